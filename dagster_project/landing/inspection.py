"""Looking at every file before anything is loaded: its columns, and whether it can be used at all.

What lives here: headers against the catalog. What doesn't: values (loader.py rejects rows, it doesn't stop for them).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.landing import families, paths, readers, sql, text_files
from dagster_project.landing.answers import Answers
from dagster_project.landing.catalog import Column, LandingObject, flat, loose
from dagster_project.landing.errors import LandingError
from dagster_project.landing.faults import one_line
from dagster_project.landing.files import LandedFile, content_hash, unpacked
from dagster_project.landing.matching import Match, Names, best
from dagster_project.landing.paths import Path as ValuePath
from dagster_project.landing.paths import Place, parse_path
from dagster_project.landing.readers import TextSource
from dagster_project.landing.text_files import Header

LINEAGE_COLUMNS = {
    "_file": "VARCHAR",
    "_row": "BIGINT",
    "_loaded_at": "TIMESTAMP",
    "_delivery": "BIGINT",
    "_deleted_at": "TIMESTAMP",
    "_deleted_by_loader": "BOOLEAN",
    "_since": "BIGINT",
}

# The column that names the currency of a record's amounts.
CURRENCY_COLUMN = "currency"

# What a value of a type may look like in any locale; whether it can be read is decided elsewhere.
_NUMBER_LIKE = re.compile(r"[-+(]?[^\w\s]?\s?[\d.,'\s]*\d[\d.,'\s]*([eE][-+]?\d+)?[%)]?\s?[^\w\s]?")
_DATE_LIKE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?|\d{8,14}")
_LOOKS = {
    "date": _DATE_LIKE,
    "timestamp": _DATE_LIKE,
    "decimal": _NUMBER_LIKE,
    "rate": _NUMBER_LIKE,
    "integer": _NUMBER_LIKE,
    "boolean": re.compile("|".join(map(re.escape, (*sql.TRUE_WORDS, *sql.FALSE_WORDS))), re.IGNORECASE),
}


class Workspace:
    """A folder for what a load needs only while it runs; on disk beside nothing of the company's.

    Files are read through a link in it: a path may hold quotes, wildcards or `key=value` folders, all of which the
    reader would interpret.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="throughline-landing-")
        self._count = 0

    def new_path(self, suffix: str = "") -> Path:
        """A path that nothing uses yet."""
        self._count += 1
        return Path(self._folder.name) / f"{self._count}{suffix}"

    def link(self, path: Path, suffix: str) -> Path:
        """The file under a name that the reader can't misunderstand."""
        link = self.new_path(suffix)
        link.symlink_to(path.absolute())
        return link

    def close(self) -> None:
        """Remove everything."""
        self._folder.cleanup()


@dataclass(frozen=True)
class DeliveredColumn:
    """A column of a file: how SQL reads it, its type there, and the raw column it becomes.

    `name` is what the file calls it, or the path to it; `matched_by` says how it was recognised, blank if it wasn't.
    Amounts may be in the `currency` that their header names, or in millionths.
    """

    expression: str
    native_type: str
    raw_name: str
    catalogued: Column | None
    name: str = ""
    matched_by: str = ""
    currency: str = ""
    is_micros: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it is one of the file's columns, and not a value inside one or something that a header says."""
        return self.matched_by not in ("path", "label", "family")


@dataclass(frozen=True)
class Columns:
    """A file's columns; `places` are the values inside others, `json` the text columns that must hold JSON for them.

    `lookups` are what several places need, worked out before them.
    """

    all: tuple[DeliveredColumn, ...] = ()
    places: tuple[Place, ...] = ()
    lookups: tuple[Place, ...] = ()
    json: tuple[DeliveredColumn, ...] = ()
    # First and last days of what rows sum up.
    spans: tuple[tuple[DeliveredColumn, DeliveredColumn], ...] = ()


@dataclass
class InspectedFile:
    """A file that can be loaded, with everything the loader needs to know about it."""

    file: LandedFile
    columns: tuple[DeliveredColumn, ...]
    content_hash: Future[str]
    text: TextSource | None = None
    header: Header | None = None
    json_keys: tuple[str, ...] = ()
    parquet_path: Path | None = None
    places: tuple[Place, ...] = ()
    lookups: tuple[Place, ...] = ()
    json_columns: tuple[DeliveredColumn, ...] = ()
    spans: tuple[tuple[DeliveredColumn, DeliveredColumn], ...] = ()

    def looks_like_record(self, fields: Sequence[str]) -> bool:
        """Whether a line's fields could be one of the file's records: typed columns hold what their type may look like.

        Without a filled typed column, the key must be there and hold no blank.
        """
        is_filled = False
        for value, column in zip(fields, self.columns, strict=False):
            target, text = column.catalogued, value.strip()
            if target is None:
                continue
            if target.name in self.file.object.key and target.required and not text:
                return False
            looks = _LOOKS.get(target.type)
            if looks is None or not text:
                if target.type == "id" and " " in text:
                    return False
                continue
            if not looks.fullmatch(text):
                return False
            is_filled = True
        keys = [v.strip() for v, c in zip(fields, self.columns, strict=False) if c.raw_name in self.file.object.key]
        return is_filled or all(key and " " not in key for key in keys)

    @property
    def kept_columns(self) -> tuple[DeliveredColumn, ...]:
        """The columns that raw holds: all of them, or those that the catalog lists."""
        if not self.file.object.leaves_out_unknown_columns:
            return self.columns
        return tuple(column for column in self.columns if column.catalogued is not None)

    @property
    def unknown_columns(self) -> dict[str, str]:
        """The columns outside the catalog that raw holds, with their type."""
        return {column.raw_name: column.native_type for column in self.kept_columns if column.catalogued is None}


def inspect(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[LandedFile],
    absent: Iterable[LandingObject],
    workspace: Workspace,
    pool: ThreadPoolExecutor,
    clashes: Iterable[str] = (),
    answers: Answers | None = None,
) -> dict[str, list[InspectedFile]]:
    """Inspect the files to be read; the result is by raw table, in delivery order.

    `absent` are required objects that a source in use never delivered, `clashes` problems that the files' names show,
    `answers` what the company's settings say. Raises one LandingError with every problem.
    """
    problems = [*clashes]
    problems += [
        f"{missing.source}: required object {missing.name} is absent; expected {missing.source}/{missing.name}.csv "
        f"(or .csv.gz, .parquet, .jsonl, .jsonl.gz, or a folder of them); "
        f"export it or remove the folder {missing.source}"
        for missing in absent
    ]
    inspected: dict[str, list[InspectedFile]] = {}
    for file in files:
        try:
            with one_line(f"{file.object.source}: {file.name}"):
                plan = _inspect_file(connection, file, workspace, pool, answers or Answers())
                if plan.file.gzip:
                    plan.content_hash.result()  # a truncated stream must be known before anything is loaded
            inspected.setdefault(file.object.raw_table, []).append(plan)
        except LandingError as error:
            problems.extend(error.problems)
    if problems:
        raise LandingError(*problems)
    return inspected


def _inspect_file(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    workspace: Workspace,
    pool: ThreadPoolExecutor,
    answers: Answers,
) -> InspectedFile:
    where = f"{file.object.source}: {file.name}"
    if file.bytes == 0:
        raise LandingError(f"{where}: is empty (0 bytes); expected at least a header; deliver it again or remove it")
    if not os.access(file.path, os.R_OK):
        raise LandingError(f"{where}: can't be read; grant this user read access to it")
    if file.member:
        file = unpacked(file, workspace.new_path())
    if file.format != "parquet" and not file.gzip and text_files.is_gzip(file.path):
        file = replace(file, gzip=True)  # some loaders compress and say nothing of it in the name
    digest = pool.submit(content_hash, file)
    named = replace(file, object=answers.named(file.object))
    if file.format == "parquet":
        path = workspace.link(file.path, ".parquet")
        return _plan(file, _parquet_columns(connection, named, path), digest, parquet_path=path)
    suffix = f".{file.format}{'.gz' if file.gzip else ''}"
    header = text_files.read_header(file, Names(file.object)) if file.format == "csv" else None
    text = TextSource(workspace.link(file.path, suffix), file.gzip)
    if text_files.utf16_of(file):
        text.rewrite(workspace.new_path(), text_files.decode_utf16)
    elif text_files.has_old_mac_lines(file):
        text.rewrite(workspace.new_path(), text_files.unify_line_ends)
    if header is not None:
        delivered = [(name, f"c{n}", "VARCHAR") for n, name in enumerate(header.names)]
        if period := text_files.period_of(header):
            raise LandingError(
                f"{where}: is a report by {period}, as the lines above its header say; expected a row per day; export "
                "it again with the breakdown by day"
            )
        columns = match_columns(connection, named, delivered, text_files.currency_of(header))
        return _plan(file, columns, digest, text, header)
    keys = readers.json_keys(connection, file, text, workspace)
    delivered = [(key, f"c{n}", "VARCHAR") for n, key in enumerate(keys)]
    # A file without any record has no columns to miss.
    columns = match_columns(connection, named, delivered) if keys else Columns()
    return _plan(file, columns, digest, text, json_keys=tuple(keys))


def _plan(
    file: LandedFile,
    columns: Columns,
    digest: Future[str],
    text: TextSource | None = None,
    header: Header | None = None,
    json_keys: tuple[str, ...] = (),
    parquet_path: Path | None = None,
) -> InspectedFile:
    return InspectedFile(
        file,
        columns.all,
        digest,
        text,
        header,
        json_keys,
        parquet_path,
        columns.places,
        columns.lookups,
        columns.json,
        columns.spans,
    )


def _parquet_columns(connection: duckdb.DuckDBPyConnection, file: LandedFile, path: Path) -> Columns:
    try:
        described = connection.execute(f"describe select * from {readers.parquet_relation(path)}").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(path), file.name)
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as Parquet ({reason}); deliver it again"
        ) from None
    if len(described) > text_files.MAX_COLUMNS:
        raise LandingError(
            f"{file.object.source}: {file.name}: holds {len(described):,} columns; expected at most "
            f"{text_files.MAX_COLUMNS:,}; export the columns that are needed, one row per record"
        )
    delivered = [(name, f"src.{identifier(name)}", native) for name, native, *_ in described]
    return match_columns(connection, file, delivered)


def match_columns(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    delivered: Sequence[tuple[str, str, str]],
    currency: str = "",
) -> Columns:
    """Catalogued columns by any of their names or paths; the others under their own name.

    `delivered` are the file's columns: name, SQL, type. `currency` is what stands above them, blank if nothing does.
    """
    where = f"{file.object.source}: {file.name}"
    names = Names(file.object)
    found: dict[str, list[tuple[int, Match]]] = {}
    holders = {flat(path.column) for column in file.object.columns for path in column.paths}
    for position, (name, _, native) in enumerate(delivered):
        may_hold = file.format == "jsonl" or not (native == "VARCHAR" or sql.is_plain(native))
        if (match := names.match(name)) and not (may_hold and match.by == "alias" and flat(name) in holders):
            found.setdefault(match.column.name, []).append((position, match))
    matched: dict[int, Match] = {}
    for column_name, matches in found.items():
        (position, match), *others = best(matches, bool(currency) or CURRENCY_COLUMN in found)
        if others:
            raise LandingError(
                f"{where}: column {column_name} is there twice, as {literal(delivered[position][0])} and "
                f"{literal(delivered[others[0][0]][0])}; expected one; remove or rename the other"
            )
        matched[position] = match
        currency = match.currency or currency
    taken: set[str] = {column.name.lower() for column in file.object.columns} | set(LINEAGE_COLUMNS)
    columns: list[DeliveredColumn] = []
    for position, (name, expression, native) in enumerate(delivered):
        if matching := matched.get(position):
            column = matching.column
            columns.append(
                DeliveredColumn(
                    expression, native, column.name, column, name, matching.by, matching.currency, matching.is_micros
                )
            )
            continue
        raw_name = name or f"column_{position + 1}"
        if raw_name.lower() in LINEAGE_COLUMNS:
            raw_name = f"delivered{raw_name}"
        if raw_name.lower() in taken:
            raise LandingError(
                f"{where}: column {literal(raw_name)} is there twice; expected one; remove or rename the other"
            )
        taken.add(raw_name.lower())
        columns.append(DeliveredColumn(expression, native, raw_name, None, name))
    places, lookups, json = _follow_paths(connection, file.object, columns)
    spans = tuple(_spans(where, columns))
    named = next((column for column in file.object.columns if column.name == CURRENCY_COLUMN), None)
    if currency and named is not None and all(column.catalogued != named for column in columns):
        columns.append(DeliveredColumn(literal(currency), "VARCHAR", named.name, named, currency, "label"))
    present = {column.raw_name for column in columns if column.catalogued is not None}
    for column in file.object.columns:
        if column.required and column.name not in present:
            lacking = f"; {file.object.lacking}" if file.object.lacking else ""
            raise LandingError(
                f"{where}: required column {column.name} is absent; "
                f"expected {' or '.join(column.headers)} in the header; add it to the export{lacking}"
            )
    return Columns(tuple(columns), places, lookups, json, spans)


def _spans(where: str, columns: Sequence[DeliveredColumn]) -> Iterator[tuple[DeliveredColumn, DeliveredColumn]]:
    """The columns that hold the first day of what a row sums up, each with the one that holds its last."""
    for column in columns:
        for first, last in column.catalogued.until if column.catalogued is not None else ():
            if loose(first) != loose(column.name):
                continue
            end = next((other for other in columns if loose(other.name) == loose(last)), None)
            if end is None:
                raise LandingError(
                    f"{where}: column {column.name} is the first day of what a row sums up, and no column {last} says "
                    "the last, so that a row may be a day or a month; expected a row per day; export with the "
                    f"breakdown by day, or with {last}"
                )
            yield column, end


def _follow_paths(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, columns: list[DeliveredColumn]
) -> tuple[tuple[Place, ...], tuple[Place, ...], tuple[DeliveredColumn, ...]]:
    """Add the catalogued columns that no header names and a path leads to.

    The result is where they stand, what several of those places need, and in which JSON.
    """
    present = {column.raw_name for column in columns if column.catalogued is not None}
    # A label such as Campaign is a name, and holds no campaign.
    by_name = {flat(column.name): column for column in reversed(columns) if column.matched_by != "alias"}
    places: list[Place] = []
    lookups = paths.Lookups()
    json: dict[str, DeliveredColumn] = {}
    for wanted in landing_object.columns:
        if wanted.name in present:
            continue
        ways: list[tuple[ValuePath, tuple[str, str]]] = []
        is_micros = False
        for path in (*wanted.paths, *(parse_path(text) for text in wanted.micros if "." in text)):
            base = by_name.get(flat(path.column))
            if base is None:
                continue
            way = paths.follow(connection, path, base.expression, base.native_type, lookups)
            if way is None:
                continue
            if ways and is_micros != (path not in wanted.paths):
                continue
            is_micros = path not in wanted.paths
            ways.append((path, way))
            if paths.is_text(base.native_type):
                json[base.raw_name] = base
        if not ways:
            continue
        if len({native for _, (_, native) in ways}) == 1:
            native, values = ways[0][1][1], [value for _, (value, _) in ways]
        else:
            native, values = "VARCHAR", [f"cast({value} as varchar)" for _, (value, _) in ways]
        alias = f"landing_place_{len(places)}"
        places.append(Place(alias, f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]))
        text = ", ".join(path.text for path, _ in ways)
        columns.append(
            DeliveredColumn(f"src.{identifier(alias)}", native, wanted.name, wanted, text, "path", is_micros=is_micros)
        )
    for wanted in landing_object.columns:
        if wanted.digest is None or wanted.name in present:
            continue
        name, fields = paths.parse_digest(wanted.digest)
        base = by_name.get(flat(name))
        digest = paths.digest(connection, base.expression, base.native_type, fields) if base is not None else None
        if digest is None:
            continue
        known = {column.raw_name: column.expression for column in columns if column.catalogued is not None}
        filled = [f"{known.get(other, 'null')} is not null" for other in wanted.unless]
        alias = f"landing_place_{len(places)}"
        places.append(Place(alias, f"case when not ({' and '.join(filled)}) then {digest} end" if filled else digest))
        columns.append(
            DeliveredColumn(f"src.{identifier(alias)}", "VARCHAR", wanted.name, wanted, wanted.digest, "path")
        )
    _collect_families(landing_object, columns, by_name, places, json)
    return tuple(places), lookups.columns, tuple(json.values())


def _collect_families(
    landing_object: LandingObject,
    columns: list[DeliveredColumn],
    by_name: Mapping[str, DeliveredColumn],
    places: list[Place],
    json: dict[str, DeliveredColumn],
) -> None:
    """Add the columns that collect others by a pattern; the members stay, too, as every unknown column does."""
    unknown = [column for column in columns if column.catalogued is None]
    for wanted in landing_object.columns:
        if wanted.family is None:
            continue
        named = [(families.name_of(wanted.family, c.name, landing_object.column_prefixes), c) for c in unknown]
        members = [(name, c.expression, c.native_type) for name, c in named if name is not None]
        objects = []
        for holder in wanted.family.within:
            base = by_name.get(flat(holder))
            if base is None or not (paths.is_text(base.native_type) or not sql.is_plain(base.native_type)):
                continue
            if paths.is_text(base.native_type):
                objects.append(paths.valid_json(base.expression))
                json[base.raw_name] = base
            else:
                objects.append(f"to_json({base.expression})")
        if not members and not objects:
            continue
        value = families.collected(wanted.family, members, objects, landing_object.column_prefixes)
        alias = f"landing_place_{len(places)}"
        places.append(Place(alias, value))
        text = ", ".join(wanted.family.names)
        columns.append(DeliveredColumn(f"src.{identifier(alias)}", "VARCHAR", wanted.name, wanted, text, "family"))
