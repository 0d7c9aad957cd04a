"""Loading: new and changed landing files into `raw_<source>`, one transaction per object, with their fingerprints.

What lives here: what is read again, superseding, snapshots, and the tables of schema `audit` that remember it. What
doesn't: file discovery (files.py), headers (inspection.py), values (casting.py), and any meaning of the records.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import identifier, literal, only_row, transaction
from dagster_project.erasure.door import Door
from dagster_project.landing import (
    audit,
    coverage,
    days,
    deletions,
    freshness,
    raw_tables,
    readers,
    reports,
    snapshots,
    sql,
    superseded,
    text_records,
    verdicts,
)
from dagster_project.landing.answers import Answers, read_answers
from dagster_project.landing.audit import FileResult
from dagster_project.landing.casting import LOST_ROW, NUL_BYTES, UNREAD_CELL, FileCasting, LandedValue
from dagster_project.landing.catalog import LandingObject, catalog
from dagster_project.landing.errors import LandingError
from dagster_project.landing.faults import one_line
from dagster_project.landing.files import Found, LandedFile, content_hash, find_files, unchanged_on_disk
from dagster_project.landing.inspection import LINEAGE_COLUMNS, InspectedFile, Workspace, inspect
from dagster_project.landing.readers import RECORDS, LineEndsDiffer
from dagster_project.landing.text_records import RefusedRecord
from dagster_project.landing.versions import Versions
from dagster_project.settings import SAMPLE_LANDING_DIR

# Raised whenever the same file would be loaded differently: every file is then read again.
LOADER_VERSION = 4

# How many columns' treatments one line of the log names; audit.landed_values lists all.
MAX_TREATMENTS_LOGGED = 5

# A file with the values that stand inside its columns beside them. In memory a million rows of thirty columns take a
# gibibyte. More rows than these are put on disk, where a scan reads only its own columns, and repeated values once.
PLACED = "landing_placed"
# A file's rows without the people who are forgotten.
ADMITTED = "landing_admitted"
MAX_ROWS_IN_MEMORY = 100_000
# The types that Parquet gives back as they were.
_KEPT_BY_PARQUET = {"VARCHAR", "JSON", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadResult:
    """What an object's raw table holds after the load, and what this load read.

    `rejected` counts the rows of all landed files that stand in the reject table, `duplicates` those that lost to
    another version in the same file. `unrecognised` names what the object's source folder (or the landing folder)
    holds that no object claims.
    """

    object: LandingObject
    rows: int
    new_rows: int
    rejected: int
    duplicates: int
    files: int
    bytes: int
    newest_record: datetime | None
    files_read: tuple[FileResult, ...]
    unrecognised: tuple[str, ...]
    # One line when the object stopped arriving (freshness.py).
    overdue: str | None = None


def load_objects(
    connection: duckdb.DuckDBPyConnection,
    objects: Sequence[LandingObject],
    landing_dir: Path,
    loaded_at: datetime,
    snapshot_objects: Collection[str] = (),
    full_refresh: bool = False,
    log: Callable[[str], None] = _logger.warning,
    confirmed_deliveries: Collection[str] = (),
) -> dict[str, LoadResult]:
    """Load the objects' new and changed files; the results are by raw table (`raw_salesforce.lead`).

    Every file is inspected before the first is loaded. `snapshot_objects` are names such as `salesforce.Opportunity`.
    A full refresh rebuilds the objects' tables from what the folder holds. Warnings go to `log`.
    Unusual deliveries that somebody confirmed are named by their fingerprint (verdicts.py).
    Raises LandingError; the objects loaded before it stay loaded, the object at fault stays as it was.
    """
    snapshots = frozenset(_named_object(name).raw_table for name in snapshot_objects)
    moment = loaded_at.astimezone(UTC).replace(tzinfo=None) if loaded_at.tzinfo else loaded_at
    prepare_audit(connection)
    superseded.begin_load(connection)
    found = find_files(landing_dir)
    if not found.files and not found.broken:
        raise LandingError(
            f"landing folder {landing_dir} holds no file that Throughline knows; expected <source>/<Object>.csv "
            f"(or .csv.gz, .parquet, .jsonl, .jsonl.gz), sources {', '.join(s.name for s in catalog().sources)}; "
            "export at least one source or point THROUGHLINE_LANDING_DIR at the folder that holds the exports"
        )
    for stray in found.unrecognised:
        log(f"landing: {stray.name} is not loaded: {stray.reason}")
    if full_refresh:
        # Every model is built and every promise asked again, whatever is known of them.
        connection.execute("delete from audit.known_nodes")
        connection.execute("delete from audit.known_promises")
    starts_over = _changes_between_sample_and_company(connection, landing_dir)
    landed = {} if starts_over else audit.fingerprints(connection)
    known = {o.raw_table: {} if full_refresh else landed.get((o.source, o.name), {}) for o in objects}
    # What was landed once is not absent: a vanished file deletes nothing.
    absent = [
        o for o in objects if o.required and o.source in found.sources and not found.of(o) and not known[o.raw_table]
    ]

    answers = read_answers(connection)
    door = Door.of(connection)
    workspace = Workspace()
    pool = ThreadPoolExecutor(max_workers=2)
    try:
        due: list[LandedFile] = []
        untouched: list[tuple[LandedFile, str]] = []
        for landing_object in objects:
            is_snapshot = landing_object.raw_table in snapshots
            changed, same = _changed_files(landing_object, answers, found, known[landing_object.raw_table], is_snapshot)
            due.extend(changed)
            untouched.extend(same)
        clashes = [problem for landing_object in objects for problem in found.clashes(landing_object)]
        used = {landing_object.source for landing_object in objects}
        clashes += [problem for source, problem in found.broken if source in used]
        inspected = inspect(connection, due, absent, workspace, pool, clashes, answers)
        if starts_over:
            log(
                f"landing: {landing_dir} is the project's sample and the warehouse holds a company's data, "
                "or the reverse; "
                "raw is rebuilt from scratch, so that the two never mix"
            )
        _remember_folder(connection, landing_dir, moment, starts_over)
        raw_tables.ensure_tables(connection, catalog().objects)
        for file, digest in untouched:
            audit.touch(connection, file, digest)
            audit.record_delivery(connection, file, digest, moment)
        empty = raw_tables.empty(connection)
        loaded: dict[str, tuple[tuple[FileResult, ...], int]] = {}
        for landing_object in objects:
            files = tuple(inspected.get(landing_object.raw_table, ()))
            if not (files or full_refresh) and landing_object.raw_table in empty:
                # A company uses three sources of twenty; what never came takes no statement.
                loaded[landing_object.raw_table] = (), 0
                continue
            load = _ObjectLoad(
                connection,
                landing_object,
                files,
                workspace,
                moment,
                landing_object.raw_table in snapshots,
                full_refresh,
                log,
                frozenset(confirmed_deliveries),
                answers,
                door,
            )
            with one_line(f"{landing_object.source}: {landing_object.name}"):
                loaded[landing_object.raw_table] = load.run()
        reloaded = {table for table, (files_read, new_rows) in loaded.items() if files_read or new_rows}
        coverage.write(connection, [s for s in catalog().sources if s.name in used], reloaded)
        return _results(connection, objects, found, loaded, moment, log)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        workspace.close()


def _named_object(label: str) -> LandingObject:
    source, _, name = label.partition(".")
    landing_object = catalog().find_object(source, name)
    if landing_object is None:
        raise LandingError(
            f"settings: snapshot_objects names {label!r}, which is no landing object; expected <source>.<Object> "
            "such as salesforce.Opportunity; correct it in the reference table settings"
        )
    return landing_object


def loader_version(landing_object: LandingObject, answers: Answers) -> str:
    """Changes when the loader, the object's catalog entry or a setting about its files does; files loaded under another
    version are read again."""
    columns = [f"{c.name} {c.type} {c.required} {c.decisive}" for c in landing_object.columns]
    names = [text for c in landing_object.columns for text in (*c.headers[1:], *map(str, c.until))]
    rules = [landing_object.day_tables or "", landing_object.earliest_by or ""]
    rules += [str(landing_object.leaves_out_unknown_columns)] if any(rules) else []
    rules += [f"{c.digest} {c.unless}" for c in landing_object.columns if c.digest]
    entry = "|".join(
        [*columns, *names, *rules, *landing_object.column_prefixes, *landing_object.key, answers.of(landing_object)]
    )
    return f"{LOADER_VERSION}-{hashlib.blake2b(entry.encode(), digest_size=6).hexdigest()}"


def _changes_between_sample_and_company(connection: duckdb.DuckDBPyConnection, landing_dir: Path) -> bool:
    remembered = connection.execute("select is_sample from audit.landing_folder").fetchone()
    return remembered is not None and remembered[0] != is_sample(landing_dir)


def is_sample(landing_dir: Path) -> bool:
    """Whether the folder is the project's sample, whose data never mix with a company's."""
    return landing_dir.resolve() == SAMPLE_LANDING_DIR.resolve()


def _remember_folder(
    connection: duckdb.DuckDBPyConnection, landing_dir: Path, moment: datetime, starts_over: bool
) -> None:
    if starts_over:
        # What is kept of a table has today's columns.
        raw_tables.ensure_tables(connection, catalog().objects)
    with transaction(connection):
        if starts_over:
            for landing_object in catalog().objects:
                superseded.keep(connection, landing_object, f"from {sql.table(landing_object)} as kept where true")
                connection.execute(f"drop table if exists {sql.table(landing_object)}")
            connection.execute("delete from audit.landed_files")
            connection.execute("delete from audit.rejected_rows")
            connection.execute("delete from audit.deliveries")
        connection.execute("delete from audit.landing_folder")
        connection.execute(
            "insert into audit.landing_folder values (?, ?, ?)", [str(landing_dir), is_sample(landing_dir), moment]
        )


def _changed_files(
    landing_object: LandingObject,
    answers: Answers,
    found: Found,
    known: dict[str, audit.Fingerprint],
    is_snapshot: bool,
) -> tuple[list[LandedFile], list[tuple[LandedFile, str]]]:
    """The files to read, in delivery order, and those whose stamp on disk moved but not their content."""
    files = found.of(landing_object)
    if not files:
        return [], []
    version = loader_version(landing_object, answers)
    changed: list[LandedFile] = []
    same: list[tuple[LandedFile, str]] = []
    for file in files:
        before = known.get(file.name)
        if before is None or before.loader_version != version or (is_snapshot and before.missing_records):
            # A snapshot that waits for its confirmation is looked at every night, until it is confirmed or replaced.
            changed.append(file)
        elif before.stamp != file.stamp:
            if file.bytes and before.content_hash == (digest := content_hash(file)):
                same.append((file, digest))
            else:
                changed.append(file)
    if landing_object.sums and changed:
        # What is split over the parts of a delivery can only be added up with all of them.
        groups = {file.delivery_group for file in changed}
        changed = [file for file in files if file.delivery_group in groups]
    if landing_object.day_tables and changed:
        changed = days.with_their_parts(files, changed)
    if is_snapshot and changed:
        # A snapshot in parts is whole only with all its parts, the unchanged ones too.
        newest = changed[-1].delivery_group
        changed = [file for file in files if file in changed or file.delivery_group == newest]
        changed.sort(key=lambda file: file.delivery_group == newest)
    return changed, same


def _results(
    connection: duckdb.DuckDBPyConnection,
    objects: Sequence[LandingObject],
    found: Found,
    loaded: dict[str, tuple[tuple[FileResult, ...], int]],
    moment: datetime,
    log: Callable[[str], None],
) -> dict[str, LoadResult]:
    """What the load came to, by raw table; that an object stopped arriving is said in the log as well."""
    kept = freshness.is_folder_kept(connection, {file.name for file in found.files}, moment)
    deliveries = freshness.deliveries(connection)
    counts = audit.counts(connection)
    empty = raw_tables.empty(connection)
    results = {}
    for landing_object in objects:
        name = (landing_object.source, landing_object.name)
        table = landing_object.raw_table
        rows, newest = (0, None) if table in empty else _rows_and_newest(connection, landing_object)
        rejected, duplicates = counts.get(name, (0, 0))
        files = found.of(landing_object)
        overdue = freshness.overdue(
            landing_object, deliveries.get(name, []), [file.name for file in files], kept, moment
        )
        if overdue:
            log(f"landing: {overdue}")
        files_read, new_rows = loaded[table]
        results[table] = LoadResult(
            object=landing_object,
            rows=rows,
            new_rows=new_rows,
            rejected=rejected,
            duplicates=duplicates,
            files=len(files),
            bytes=sum(file.bytes for file in files),
            newest_record=newest,
            files_read=files_read,
            unrecognised=tuple(
                f"{u.name}: {u.reason}" for u in found.unrecognised if u.source in ("", landing_object.source)
            ),
            overdue=overdue,
        )
    return results


def _rows_and_newest(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject
) -> tuple[int, datetime | None]:
    moments = ", ".join(f"max(cast({identifier(name)} as timestamp))" for name in landing_object.moments)
    rows, newest = only_row(
        connection,
        f"select count(*), coalesce({moments or 'cast(null as timestamp)'}) from {sql.table(landing_object)}",
    )
    return rows, newest


class _ObjectLoad:
    """One object's load: its files appended, then superseded versions removed, all in one transaction."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        landing_object: LandingObject,
        files: tuple[InspectedFile, ...],
        workspace: Workspace,
        moment: datetime,
        is_snapshot: bool,
        full_refresh: bool,
        log: Callable[[str], None],
        confirmed: frozenset[str],
        answers: Answers,
        door: Door | None,
    ) -> None:
        self._confirmed = confirmed
        self._door = door
        self._connection = connection
        self._object = landing_object
        self._files = files
        self._workspace = workspace
        self._moment = moment
        self._is_snapshot = is_snapshot
        self._full_refresh = full_refresh
        self._log = log
        self._answers = answers
        self._notes: dict[int, list[LandedValue]] = {}
        self._placed_file: Path | None = None
        self._versions = Versions(connection, landing_object)
        self._table = sql.table(landing_object)
        self._keys = ", ".join(sql.key_expressions(landing_object))
        self._named_keys = ", ".join(f"{key} as k{n}" for n, key in enumerate(sql.key_expressions(landing_object)))
        self._key_names = ", ".join(f"k{n}" for n in range(len(landing_object.key)))

    def run(self) -> tuple[tuple[FileResult, ...], int]:
        """Load; the result is what each file brought, and by how many records the table grew."""
        try:
            return self._run_once()
        except LineEndsDiffer:
            # The reader's error has ended the transaction, so the object starts again, with files it can read.
            for plan in self._files:
                if plan.text is not None:
                    plan.text.is_careful = True
            return self._run_once()

    def _run_once(self) -> tuple[tuple[FileResult, ...], int]:
        with transaction(self._connection):
            if self._full_refresh:
                self._empty()
            self._drop_snapshot_marks()
            if not self._files:
                return (), 0
            self._add_unknown_columns()
            before = self._count_rows()
            self._execute(
                "create or replace temp table landing_rejects "
                "(delivery bigint, record_number bigint, line bigint, "
                "column_name varchar, reason varchar, record varchar, scope varchar)"
            )
            deletions.create_tombstones(self._connection, self._object)
            self._execute(
                f"create or replace temp table landing_present as select {self._named_keys} from {self._table} limit 0"
            )
            first = only_row(self._connection, "select coalesce(max(delivery), 0) + 1 from audit.landed_files")[0]
            loaded: dict[int, int] = {}
            worth: dict[int, float] = {}
            for delivery, plan in enumerate(self._files, start=first):
                with one_line(f"{self._object.source}: {plan.file.name}"):
                    loaded[delivery], worth[delivery] = self._append(plan, delivery)
            self._place_rejects(first)
            is_confirmed = {
                delivery: verdicts.judge(
                    self._connection, plan, delivery, loaded[delivery], worth[delivery], self._confirmed
                )
                for delivery, plan in enumerate(self._files, start=first)
            }
            if self._is_snapshot:
                self._note_present_keys(first)
            days.replace_days(self._connection, self._object, [plan.file for plan in self._files], first, bool(before))
            added = reports.add_up_parts(self._connection, self._object, self._files, first)
            for delivery, notes in added.items():
                self._notes[delivery] += [LandedValue(*note) for note in notes]
            twins = self._versions.remove_twins(first)
            if before or len(self._files) > 1:
                self._versions.remove_earlier_versions(first, bool(before))
                reports.replace_respelt(self._connection, self._object, first)
            deletions.bury(self._connection, self._object)
            missing = self._mark_deleted(first) if self._is_snapshot else {}
            self._place_rejects(first)
            results = tuple(
                self._record_file(
                    plan,
                    delivery,
                    loaded[delivery],
                    *twins.get(delivery, (0, 0)),
                    is_confirmed[delivery],
                    missing.get(delivery, 0),
                )
                for delivery, plan in enumerate(self._files, start=first)
            )
            treated = [treatment for result in results for treatment in result.treatments]
            if treated:
                self._log(
                    f"landing: {self._object.label}: {'; '.join(treated[:MAX_TREATMENTS_LOGGED])}"
                    f"{'; …' if len(treated) > MAX_TREATMENTS_LOGGED else ''}; audit.landed_values lists them"
                )
            return results, self._count_rows() - before

    def _execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement; for one that writes rows, how many."""
        return raw_tables.execute(self._connection, statement, parameters)

    def _count_rows(self) -> int:
        return self._execute(f"select count(*) from {self._table}")

    def _empty(self) -> None:
        superseded.keep(self._connection, self._object, f"from {self._table} as kept where true")
        self._execute(f"drop table {self._table}")
        raw_tables.ensure_table(self._connection, self._object)
        for audit_table in audit.TABLES_BY_FILE:
            self._execute(
                f"delete from audit.{audit_table} where source_system = ? and object = ?",
                [self._object.source, self._object.name],
            )

    def _drop_snapshot_marks(self) -> None:
        """An object that is no snapshot any more holds no deletion marks."""
        if not self._is_snapshot:
            superseded.change(self._connection, self._object, "_deleted_at = null", "kept._deleted_at is not null")

    def _add_unknown_columns(self) -> None:
        """Columns outside the catalog: text from text files, Parquet's own type, text where types disagree."""
        wanted: dict[str, tuple[str, str]] = {}
        for plan in self._files:
            for name, native in plan.unknown_columns.items():
                known = wanted.setdefault(name.lower(), (name, native))
                if known[1] != native:
                    wanted[name.lower()] = (known[0], "VARCHAR")
        present = raw_tables.table_columns(self._connection, self._object)
        for lowered, (name, native) in wanted.items():
            stored = present.get(lowered)
            if stored is None:
                raw_tables.add_column(self._connection, self._object, name, native)
            elif stored[1] not in (native, "VARCHAR"):
                raw_tables.alter_type(
                    self._connection, self._object, stored[0], "VARCHAR", f"cast({identifier(stored[0])} as varchar)"
                )

    def _append(self, plan: InspectedFile, delivery: int) -> tuple[int, float]:
        """Append a file's good rows and note its rejects; how many rows, and the rejects' share of the amount."""
        relation, number, record = self._relation(plan, delivery)
        casting = FileCasting(self._connection, self._object, plan, delivery, relation, number, record, self._answers)
        self._notes[delivery] = casting.notes
        if plan.text is not None and plan.text.nul_bytes:
            casting.notes.append(LandedValue("all columns", NUL_BYTES, plan.text.nul_bytes, ""))
        lost, _ = casting.note_unreadable()
        relation, number = casting.relation, casting.number
        if lost and self._is_snapshot:
            self._note_rejected_keys(casting)
        types = {
            name: sql_type for name, (_, sql_type) in raw_tables.table_columns(self._connection, self._object).items()
        }
        self._types = types | {name: kind.lower() for name, kind in LINEAGE_COLUMNS.items()}
        names = [column.raw_name for column in plan.kept_columns]
        values = casting.values(types)
        rejected = (
            f"select record_number from landing_rejects where delivery = {delivery} and record_number is not null "
            f"and scope <> {literal(UNREAD_CELL)}"
        )
        deletion = deletions.deletion_condition(plan.columns, self._answers.deletion_columns)
        told_by_key = 0
        if deletion is not None:
            names.append("_deleted_by_loader")
            values.append(deletion)
            told_by_key = deletions.note_tombstones(
                self._connection,
                self._object,
                delivery,
                number,
                relation,
                casting.key_values(),
                f"({deletion}) and {deletions.is_told_by_key(self._object, plan.columns)}",
            )
        if told_by_key:
            rejected += f" union all select record_number from {deletions.TOMBSTONES} where delivery = {delivery}"
        has_rejects = self._execute(f"select count(*) from ({rejected})")
        good = f"where {number} not in ({rejected})" if has_rejects else ""
        names += ["_file", "_row", "_loaded_at", "_delivery", superseded.SINCE]
        targets = ", ".join(map(identifier, names))
        moment = f"cast({literal(self._moment.isoformat(sep=' '))} as timestamp)"
        lineage = f"{literal(plan.file.name)}, {number}, {moment}, {delivery}, {superseded.TICK}"
        query = f"select {', '.join([*values, lineage])} from {relation} {good}"
        rows = self._execute(f"insert into {self._table} ({targets}) {self._admitted(names, targets, query)}")
        worth = self._rejected_worth(plan, delivery, relation, number, values) if has_rejects else 0.0
        self._execute(f"drop table if exists temp.{RECORDS}")
        self._execute(f"drop table if exists temp.{PLACED}")
        if self._placed_file is not None:
            self._placed_file.unlink()
            self._placed_file = None
        return rows + told_by_key, worth

    def _admitted(self, names: Sequence[str], targets: str, query: str) -> str:
        """The query, or where one of its rows is a forgotten person's, one of the same rows without the person."""
        if self._door is None:
            return query
        texts = [name for name in names if name != "_file" and "VARCHAR" in self._types[name.lower()]]
        named = f"select * from ({query}) as delivered ({targets})"
        if not self._door.known(named, texts, self._object):
            return query
        self._execute(f"create or replace temp table {ADMITTED} as {named}")
        self._door.admit(ADMITTED, self._object, are_rows=True)
        return f"select {targets} from temp.{ADMITTED}"

    def _rejected_worth(
        self, plan: InspectedFile, delivery: int, relation: str, number: str, values: Sequence[str]
    ) -> float:
        read = {column.raw_name: value for column, value in zip(plan.kept_columns, values, strict=False)}
        amount = verdicts.worth_column(self._object)
        if amount is None or amount not in read:
            return 0.0
        currency = next((read[name] for name in ("CurrencyIsoCode", "currency") if name in read), None)
        return verdicts.rejected_worth(self._connection, relation, number, delivery, read[amount], currency)

    def _relation(self, plan: InspectedFile, delivery: int) -> tuple[str, str, str]:
        """The file as (relation, SQL of a record's number, SQL of a record's text); the reader's rejects are noted."""
        relation, number, record = self._own_columns(plan, delivery)
        if not plan.places:
            return relation, number, record
        # What stands inside other columns is looked up once, not in every scan.
        values = [f"{place.expression} as {identifier(place.alias)}" for place in plan.places]
        needed = [f"{place.expression} as {identifier(place.alias)}" for place in plan.lookups]
        unneeded = ", ".join(identifier(place.alias) for place in plan.lookups)
        own = [column for column in plan.columns if column.is_own]
        columns, named = [f"src.* exclude ({unneeded})" if unneeded else "src.*"], own
        if plan.file.object.leaves_out_unknown_columns:
            marks = self._answers.deletion_columns
            own = [c for c in own if c.catalogued or c in plan.json_columns or deletions.is_marked_by(c, marks)]
            columns, named = ["landing_number", *(column.expression for column in own)], [*plan.kept_columns]
        placed = (
            f"select {', '.join([*columns, *values])} "
            f"from (select {', '.join([f'{number} as landing_number', 'src.*', *needed])} from {relation}) as src"
        )
        pairs = ", ".join(f"{literal(column.name)}, {column.expression}" for column in named)
        record = f"cast(json_object({pairs}) as varchar)"
        is_kept = plan.file.object.leaves_out_unknown_columns and {c.native_type for c in own} <= _KEPT_BY_PARQUET
        if is_kept and plan.parquet_path is not None and self._delivered(plan) > MAX_ROWS_IN_MEMORY:
            self._placed_file = self._workspace.new_path(".parquet")
            path = literal(str(self._placed_file))
            self._execute(f"copy ({placed}) to {path} (format parquet)")
            return f"read_parquet({path}) as src", "landing_number", record
        self._execute(f"create or replace temp table {PLACED} as {placed}")
        return f"{PLACED} as src", "landing_number", record

    def _own_columns(self, plan: InspectedFile, delivery: int) -> tuple[str, str, str]:
        """The file's own columns as `_relation` says."""
        if plan.parquet_path is not None:
            return readers.parquet_relation(plan.parquet_path), "(file_row_number + 1)", "cast(to_json(src) as varchar)"
        assert plan.text is not None
        if plan.header is not None:
            refused = readers.read_csv_records(
                self._connection, plan.file, plan.text, plan.header, plan.looks_like_record, self._workspace
            )
            own = [column for column in plan.columns if column.is_own]
            pairs = ", ".join(f"{literal(column.raw_name)}, {column.expression}" for column in own)
            relation = (
                RECORDS,
                readers.record_number(self._connection, RECORDS),
                f"cast(json_object({pairs}) as varchar)",
            )
        else:
            refused = readers.read_json_records(self._connection, plan.file, plan.text, plan.json_keys, self._workspace)
            relation = RECORDS, "line_number", "line"
        self._note_refused(delivery, refused)
        return f"{relation[0]} as src", relation[1], relation[2]

    def _note_refused(self, delivery: int, refused: Sequence[RefusedRecord]) -> None:
        if refused:
            refused = [
                replace(r, reason=f"{verdicts.SUMMARY_ROW}: {r.reason}") if reports.is_summary_text(r.record) else r
                for r in refused
            ]
            self._execute(
                f"insert into landing_rejects select {delivery}, null, unnest(?), null, unnest(?), unnest(?), "
                f"{literal(LOST_ROW)}",
                [[r.line for r in refused], [r.reason for r in refused], [r.record for r in refused]],
            )

    def _note_rejected_keys(self, casting: FileCasting) -> None:
        """A rejected row was delivered all the same: its record isn't missing from the snapshot."""
        self._execute(
            f"insert into landing_present select {self._keys} from (select {', '.join(casting.key_values())} "
            f"from {casting.relation} where {casting.number} in "
            f"(select record_number from landing_rejects where delivery = {casting.delivery}))"
        )

    def _newest_deliveries(self, first: int) -> list[int]:
        newest = self._files[-1].file.delivery_group
        return [d for d, plan in enumerate(self._files, start=first) if plan.file.delivery_group == newest]

    def _note_present_keys(self, first: int) -> None:
        deliveries = ", ".join(map(str, self._newest_deliveries(first)))
        self._execute(
            f"insert into landing_present select {self._keys} from {self._table} where _delivery in ({deliveries})"
        )

    def _mark_deleted(self, first: int) -> dict[int, int]:
        """Mark what the newest delivery of a snapshot lacks; by delivery, how many records wait for a confirmation."""
        deliveries = self._newest_deliveries(first)
        name = verdicts.fingerprint(
            self._object, [self._files[delivery - first].content_hash.result() for delivery in deliveries]
        )
        missing = snapshots.mark_deleted(
            self._connection, self._object, deliveries, self._moment, name, self._confirmed, self._log
        )
        return dict.fromkeys(deliveries, missing)

    def _place_rejects(self, first: int) -> None:
        """Give the rejects of this load their line, which in CSV isn't the record's number: fields hold line breaks."""
        for delivery, plan in enumerate(self._files, start=first):
            wanted = [
                number
                for (number,) in self._connection.execute(
                    "select record_number from landing_rejects "
                    "where delivery = ? and record_number is not null and line is null",
                    [delivery],
                ).fetchall()
            ]
            if not wanted:
                continue
            if plan.header is None:
                self._execute(
                    "update landing_rejects set line = record_number "
                    "where delivery = ? and record_number is not null and line is null",
                    [delivery],
                )
                continue
            assert plan.text is not None
            path, is_gzip = plan.text.whole or (plan.text.path, plan.text.gzip)
            places = text_records.locate(path, is_gzip, plan.header, plan.looks_like_record, set(wanted))
            self._execute(
                "create or replace temp table landing_places (record_number bigint, line bigint, record varchar)"
            )
            if places:
                self._execute(
                    "insert into landing_places select unnest(?), unnest(?), unnest(?)",
                    [list(places), [line for line, _ in places.values()], [text for _, text in places.values()]],
                )
            self._execute(
                "update landing_rejects as reject set line = place.line, record = place.record "
                "from landing_places as place where reject.delivery = ? and reject.record_number = place.record_number",
                [delivery],
            )

        self._forget_in_notes()

    def _forget_in_notes(self) -> None:
        """What is noted of records that don't come into raw is kept as well."""
        if self._door is not None:
            for name in ("landing_rejects", "landing_present", deletions.TOMBSTONES):
                self._door.admit(name, self._object)

    def _record_file(
        self,
        plan: InspectedFile,
        delivery: int,
        rows: int,
        duplicates: int,
        exact_duplicates: int,
        is_confirmed: bool,
        missing: int,
    ) -> FileResult:
        """Write a file's fingerprint and rejects; those of its earlier content go."""
        file = plan.file
        digest = plan.content_hash.result()
        if not unchanged_on_disk(file):
            raise LandingError(
                f"{file.object.source}: {file.name}: changed while it was read; "
                "deliver under a name that starts with `_` and rename it when complete"
            )
        identity = [file.object.source, file.object.name, file.name]
        for audit_table in audit.TABLES_BY_FILE:
            self._execute(
                f"delete from audit.{audit_table} where source_system = ? and object = ? and file = ?", identity
            )
        self._execute(
            "insert into audit.rejected_rows by name select ? as source_system, ? as object, ? as file, line, "
            "column_name, reason, record, ? as rejected_at, scope "
            "from landing_rejects where delivery = ? order by line, record_number, scope",
            [*identity, self._moment, delivery],
        )
        lost, cells = only_row(
            self._connection,
            "select count(*) filter (scope = ?), count(*) filter (scope = ?) from landing_rejects where delivery = ?",
            [LOST_ROW, UNREAD_CELL, delivery],
        )
        self._note_values(identity, delivery)
        recoded = plan.text.recoded_lines if plan.text else 0
        result = FileResult(
            file.name,
            file.bytes,
            delivery,
            rows,
            lost,
            duplicates,
            exact_duplicates,
            recoded,
            cells,
            self._treatments(file, delivery),
        )
        (summary_rows,) = only_row(
            self._connection,
            f"select count(*) from landing_rejects where delivery = ? and {verdicts.NO_RECORD}",
            [delivery],
        )
        delivered = self._delivered(plan)
        if rows + result.rejected != delivered:
            raise LandingError(
                f"{file.object.source}: {file.name}: {delivered:,} rows were delivered, but {rows:,} were loaded and "
                f"{result.rejected:,} rejected, so that some are unaccounted for; expected every row in one of them; "
                "keep the file and report it, and deliver it in another form (.parquet or .jsonl) until then"
            )
        audit.record(
            self._connection,
            file,
            content_hash=digest,
            loader_version=loader_version(file.object, self._answers),
            delivered=delivered,
            rows=rows,
            rejected=result.rejected,
            summary_rows=summary_rows,
            duplicates=duplicates,
            exact_duplicates=exact_duplicates,
            recoded_lines=recoded,
            is_confirmed=is_confirmed,
            missing_records=missing,
            delivery=delivery,
            loaded_at=self._moment,
        )
        audit.record_delivery(self._connection, file, digest, self._moment)
        coverage.note_columns(self._connection, plan)
        return result

    def _delivered(self, plan: InspectedFile) -> int:
        """How many rows the file holds, counted without what became of them."""
        if plan.parquet_path is not None:
            return self._execute(
                "select cast(sum(num_rows) as bigint) from parquet_file_metadata(?)", [str(plan.parquet_path)]
            )
        assert plan.text is not None
        return plan.text.delivered

    def _treatments(self, file: LandedFile, delivery: int) -> tuple[str, ...]:
        return tuple(f"{file.name}: {n.column}: {n.treatment} ({n.cells:,} cells)" for n in self._notes[delivery])

    def _note_values(self, identity: list[str], delivery: int) -> None:
        """Keep what was done to the file's values, for `audit.landed_values`, and say it in the log."""
        notes = self._notes[delivery]
        examples = [note.example for note in notes]
        if self._door is not None:
            examples = self._door.clean(examples, self._object)
        for note, example in zip(notes, examples, strict=True):
            self._execute(
                "insert into audit.landed_values values (?, ?, ?, ?, ?, ?, ?, ?)",
                [*identity, note.column, note.treatment, note.cells, example, self._moment],
            )
