"""Forgetting people: the steps, in an order in which a run that is killed anywhere leaves nothing half.

What lives here: preparing new files beside the old ones, putting them in place, and finishing what a killed run began.
What doesn't: whose values they are (person.py), what stands for them (pseudonyms.py), and each kind of file.

Everything is prepared in a folder of its own. Until `ready` is written there, nothing has happened: the next run
removes the folder. From then on it is finished: by this run, or by the next one, be it a night or the command.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import string
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.disk import room_problem, sync
from dagster_project.engine import connected, only_row
from dagster_project.erasure import files, fingerprints, numbers
from dagster_project.erasure.absence import AbsenceError, Trace, kept_places, salt_of, traces
from dagster_project.erasure.person import AlreadyForgotten, CannotErase, Person, find, other_names, surnames
from dagster_project.erasure.pseudonyms import (
    MARK,
    LostKey,
    chance,
    for_email,
    for_key,
    for_name,
    for_records,
    is_long_id,
    kept_key,
    keyed_hash,
)
from dagster_project.erasure.tables import Erased, copy_without
from dagster_project.erasure.texts import EMAIL, HASH, ID, NAME, PHONE, Texts, Value, hashes
from dagster_project.erasure.touches import Touches
from dagster_project.permissions import private_umask, share
from dagster_project.publish.masking import Masker, fold, name_sequences
from dagster_project.quality.data_docs import write_page
from dagster_project.settings import PROJECT_ROOT, Settings

FOLDER, READY = ".erasing", "ready"

# Made anew by a night or a command, so that they needn't be mended.
_REMAKABLE = ("reproduced", "whatif")

# What dbt says of a build; the rest are statements.
_DBT_ARTIFACTS = (PROJECT_ROOT / "dbt_models" / "target", ("**/*.log", "**/run_results.json"))

# As engine.py makes a build file; what readers get has DuckDB's default.
_BUILD_STORAGE = "v1.5.0"


@dataclass(frozen=True)
class Erasure:
    """What was done: how much, by table and file, and where one of the values still stands, if anywhere."""

    number: int
    people: int
    values: int
    tables: dict[str, int] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    # Names that somebody else has as well, which stay wherever they may be the other's.
    names_left: int = 0
    traces: tuple[Trace, ...] = ()
    # The company's own files that still hold a value, or why they can't be looked into.
    outside: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """Everything of some people, with what takes its place."""

    people: int
    erased: Erased
    # By keyed hash: kind, pseudonym, and what stands for the name of a record.
    remembered: dict[str, tuple[str, str, str | None]]
    # What may stand nowhere afterwards, and others' values that hold one of them: Joanna Doe, joanna@.
    absent: tuple[str, ...]
    longer: tuple[str, ...]
    # Ids of numbers that begin as another's: contact 50 beside contact 5.
    unclear: tuple[str, ...]


def forget(settings: Settings, wanted: Sequence[str], home: Path, says: Callable[[str], None] = print) -> Erasure:
    """Forget people, named by an address or an id each. The warehouse's lock must be held.

    Raises CannotErase, having changed nothing.
    """
    finish(settings, home)
    build_file = settings.build_file
    if not build_file.exists():
        raise CannotErase("", f"{build_file}: there is no build file; expected that of a night; run make run first")
    if problem := room_problem(settings.warehouse_dir, [build_file, settings.published_file]):
        raise CannotErase("", f"{problem}; nothing was changed")
    with private_umask():
        with connected(build_file) as connection:
            prepare_audit(connection)
            found = _found(connection, wanted, key_of(connection, settings))
            connection.execute("checkpoint")
        salt = salt_of(settings)
        says(f"Found {found.people} {'person' if found.people == 1 else 'people'} by {len(found.absent)} values.")
        try:
            number, tables, left = _prepare(settings, found, salt)
        except BaseException:
            finish(settings, home)
            raise
        changed = _finish(settings, home)
    proof = _proof(settings, home, found)
    outside = _outside(settings, found)
    return Erasure(number, found.people, len(found.absent), tables, tuple(changed), left, proof, outside)


def finish(settings: Settings, home: Path) -> bool:
    """Finish what a killed run had prepared, or take it back if it wasn't ready; whether there was any."""
    folder = settings.warehouse_dir / FOLDER
    if not folder.exists():
        return False
    if (folder / READY).exists():
        with private_umask():
            _finish(settings, home)
    else:
        shutil.rmtree(folder)
    return True


def key_of(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bytes:
    """The key of erasures, made with the first one. Raises CannotErase where it is lost."""
    (is_used,) = only_row(connection, "select exists (from audit.erased_values)")
    try:
        return kept_key(settings.warehouse_dir, is_used=is_used)
    except LostKey as error:
        raise CannotErase("", str(error)) from None


def look_up(connection: duckdb.DuckDBPyConnection, key: bytes, value: str) -> Person:
    """The person of a value. Raises CannotErase, AlreadyForgotten where that was done."""
    done = connection.execute(
        "select erased_at from audit.erased_values inner join audit.erasures using (erasure_number) "
        "where value_hash = ? limit 1",
        [keyed_hash(key, value)],
    ).fetchone()
    if done and value.strip():
        raise AlreadyForgotten(
            value.strip(),
            f"is forgotten since {done[0]:%Y-%m-%d %H:%M} UTC; make whereabouts PERSON=… says "
            "whether it stands anywhere",
        )
    return find(connection, value)


def _found(connection: duckdb.DuckDBPyConnection, wanted: Sequence[str], key: bytes) -> _Found:
    people: dict[frozenset[str], Person] = {}
    for value in wanted:
        person = look_up(connection, key, value)
        people[frozenset(person.person_ids)] = person
    if not people:
        raise CannotErase("", "no person is named; expected an e-mail address or an id, as in make erase PERSON=jane@…")
    everybody = list(people.values())
    records = {record for person in everybody for record in person.records}
    # A pseudonym may begin as a neighbour's id does. When that is forgotten, it gets another one.
    given = _column(connection, "select pseudonym from audit.erased_values where kind = 'record'")
    former = {one for one in given if any(_core(record).lower() in one.lower() for record in records)}
    known = _column(connection, "select record_id from intermediate.int_identity__record_creations")
    present = set(_column(connection, "select table_name from duckdb_tables() where schema_name = 'intermediate'"))
    of_numbers = numbers.pseudonyms(records | former, known)
    of_numbers[EMAIL] = {email: for_email(email).pseudonym for person in everybody for email in person.emails}
    keys = numbers.keys(connection, of_numbers, present)
    touches = Touches.of(connection, keys, present)
    of_numbers = touches.in_order(of_numbers)
    of_numbers[numbers.WEB] = _of_users(connection, everybody, of_numbers[numbers.HUBSPOT], present)
    keys |= numbers.keys(connection, {numbers.WEB: of_numbers[numbers.WEB]}, present)
    unnumbered = {record for record in records | former if not numbers.system_of(record)}
    ids = {**for_records(unnumbered, known), **numbers.qualified(of_numbers)}
    tokens: dict[str, str] = {}
    names: dict[str, str | None] = {}
    parts: dict[str, str | None] = {}
    for record, surname in (surnames(connection, sorted(records)) if records else {}).items():
        names[record] = tokens.setdefault(surname, for_name(surname)) if surname else None
        if surname:
            parts[surname] = tokens[surname]
    for record in records:
        # Of a number's two forms models may know one.
        names[record] = next(filter(None, map(names.get, numbers.forms(record))), None)
    others = other_names(connection, sorted(records))
    values: list[Value] = []
    shared: dict[str, str | None] = {}
    remembered: dict[str, tuple[str, str, str | None]] = {}
    absent: list[str] = []
    for record, new in ids.items():
        values.append(Value(ID, record, new, is_cased=True))
        if is_long_id(record):
            values.append(Value(ID, record[:15], new, is_cased=True))
        if record in records:
            remembered[keyed_hash(key, record)] = ("record", new, names.get(record))
            absent.append(record)
        elif numbers.system_of(record) == numbers.WEB:
            remembered[keyed_hash(key, record)] = ("user", new, None)
    news = {**ids, **of_numbers[numbers.WEB]}
    for person in everybody:
        for email in sorted(person.emails):
            values.append(Value(EMAIL, email, of_numbers[EMAIL][email]))
            remembered[keyed_hash(key, email)] = (EMAIL, values[-1].pseudonym, None)
            news[email] = values[-1].pseudonym
        for own in sorted(person.keys - set(news)):
            values.append(for_key(own))
            remembered[keyed_hash(key, own)] = ("key", values[-1].pseudonym, None)
            news[own] = values[-1].pseudonym
        for phone in sorted(person.phones):
            values.append(Value(PHONE, phone, f"{MARK}-{chance()}"))
            remembered[keyed_hash(key, phone)] = (PHONE, values[-1].pseudonym, None)
        for first, last in sorted(person.names):
            token = next((parts[word] for word in map(fold, last.split()) if parts.get(word)), None) or MARK
            for sequence in sorted(name_sequences(first, last)):
                name = " ".join(sequence)
                if sequence in others:
                    shared[name] = token
                else:
                    values.append(Value(NAME, name, token))
                    remembered[keyed_hash(key, name)] = (NAME, token, None)
            for word in map(fold, first.split()):
                if len(word) > 1:
                    parts.setdefault(word, None)
            parts.setdefault(fold(last).strip(), None)
            full = f"{first} {last}".strip()
            if tuple(fold(full).split()) not in others and first and last:
                absent.append(full)
        absent += [*sorted(person.emails), *sorted(person.keys)]
        for known_as in person.identifiers:
            kind, _, plain = known_as.partition("|")
            # Of these keys are made: the id of a person is the hash of an identifier.
            values.append(Value(HASH, _md5(known_as), _md5(f"{kind}|{news.get(plain) or news[plain.lower()]}")))
    values += [
        Value(HASH, touch.removeprefix("tp_"), new.removeprefix("tp_"))
        for touch, new in touches.ids(of_numbers).items()
    ]
    # Some systems deliver an address as its hash.
    for hashed in hashes([value for value in values if value.kind == EMAIL], ""):
        remembered[keyed_hash(key, hashed.plain)] = (HASH, hashed.pseudonym, None)
    erased = Erased(list(dict.fromkeys(values)), names, shared, parts, numbers.lookups(of_numbers, keys))
    lowered = {value.lower() for value in absent}
    everyone = {" ".join(sequence) for sequence in others}
    everyone |= set(_column(connection, "select lower(identifier) from intermediate.int_identity__person_identifiers"))
    everyone |= set(_record_keys(connection, present))
    longer = tuple(one for one in everyone - lowered if any(value in one for value in lowered))
    unclear = tuple(
        value
        for value in absent
        if numbers.system_of(value) and any(value[:end] in everyone for end in range(len(value)))
    )
    return _Found(len(everybody), erased, remembered, tuple(dict.fromkeys(absent)), longer, unclear)


def _of_users(
    connection: duckdb.DuckDBPyConnection,
    everybody: Sequence[Person],
    contacts: Mapping[str, str],
    present: Collection[str],
) -> dict[str, str]:
    """The numbers by which trackers know the people, with their pseudonyms."""
    # Digits, so that it stays a number to what judges a site's numbers; as many as no other has.
    users = {number: "9" + chance(23, string.digits) for person in everybody for number in person.users}
    if "int_web__numbered_people" in present and _column(
        connection, "select 1 from intermediate.int_web__numbered_people limit 1"
    ):
        # The trackers' numbers are the CRM's.
        users.update(contacts)
    return users


def _record_keys(connection: duckdb.DuckDBPyConnection, present: Collection[str]) -> list[str]:
    """Qualified ids of people whom exports mention without delivering their records."""
    queries = [
        f"select distinct lower({column}) from intermediate.{table} where contains({column}, ':')"
        for table, column in (
            ("int_hubspot__deals", "contact_key"),
            ("int_hubspot__engagements", "contact_key"),
            ("int_crm__opportunity_contact_roles", "contact_id"),
            ("int_crm__campaign_members", "lead_id"),
            ("int_marketing__responses", "person_key"),
            ("int_web__page_views", "user_id"),
        )
        if table in present
    ]
    return [key for query in queries for key in _column(connection, query)]


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [cell for (cell,) in connection.execute(query).fetchall()]


def _core(record: str) -> str:
    return record[:15] if is_long_id(record) else record


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _prepare(settings: Settings, found: _Found, salt: str) -> tuple[int, dict[str, int], int]:
    """Write the new files beside the old ones, whole and compared, and then that they are ready."""
    folder = settings.warehouse_dir / FOLDER
    folder.mkdir(mode=0o700)
    erased = replace(found.erased, values=[*found.erased.values, *hashes(found.erased.values, salt)])
    build = folder / settings.build_file.name
    tables, texts = copy_without(settings.build_file, build, erased, storage=_BUILD_STORAGE)
    number = _remember(build, found)
    fingerprints.renew_inputs(settings.build_file, build)
    masks = _masks(texts, salt)
    published = settings.published_file
    if published.exists():
        new = folder / "published.duckdb"
        in_published = replace(erased, values=[*erased.values, *masks])
        changed, _ = copy_without(published, new, in_published, storage=None)
        tables.update({f"published {table}": rows for table, rows in changed.items()})
        fingerprints.renew_publication(published, new, build, number)
        sync(new)
    sync(build)
    ready = {
        "number": number,
        "values": [asdict(value) for value in (*erased.values, *masks)],
        "own": [asdict(value) for value in erased.own],
    }
    temporary = folder / f".{READY}"
    temporary.write_text(json.dumps(ready), encoding="utf-8")
    sync(temporary)
    temporary.replace(folder / READY)
    sync(folder)
    return number, tables, len(erased.shared_names)


def _remember(build: Path, found: _Found) -> int:
    with connected(build) as connection:
        (number,) = only_row(connection, "select coalesce(max(erasure_number), 0) + 1 from audit.erasures")
        connection.execute(
            "insert into audit.erasures select ?, ?, ?, ?, max(publication_number) "
            "from audit.kept_publications where is_published",
            [number, datetime.now(UTC).replace(tzinfo=None), found.people, len(found.absent)],
        )
        rows = [(hashed, *told) for hashed, told in sorted(found.remembered.items())]
        connection.execute(
            f"insert into audit.erased_values select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), "
            f"unnest(?::varchar[]), {number}",
            [list(column) for column in zip(*rows, strict=True)],
        )
        connection.execute("checkpoint")
    return int(number)


def _masks(texts: Texts, salt: str) -> list[Value]:
    """What readers get in place of addresses, numbers and names within texts: hashes of how each was written."""
    masker = Masker(salt)
    found = []
    for (kind, spelled), new in texts.spellings.items():
        old = masker.token(kind, spelled)
        found.append(Value(HASH, old, masker.token(kind, new) if kind == EMAIL else new))
    return found


def _finish(settings: Settings, home: Path) -> list[Path]:
    """Put in place what is ready, and mend the rest; may be done again from the start. The files that are others."""
    folder = settings.warehouse_dir / FOLDER
    ready = json.loads((folder / READY).read_text(encoding="utf-8"))
    texts = Texts([Value(**value) for value in ready["values"]], [Value(**value) for value in ready["own"]])
    changed = []
    for new, old in (
        (folder / settings.build_file.name, settings.build_file),
        (folder / "published.duckdb", settings.published_file),
    ):
        if new.exists():
            # What is left of the old file's journal must never meet the new file.
            old.with_name(f"{old.name}.wal").unlink(missing_ok=True)
            if old == settings.published_file:
                share(new, settings.shared_group)
            new.replace(old)
            sync(old.parent)
            changed.append(old)
    warehouse = settings.warehouse_dir
    lakes = [settings.lake_dir] if settings.lake_dir else []
    changed += files.remove([*(warehouse / name for name in _REMAKABLE), *_builds(lakes)])
    for leftover in settings.published_file.parent.glob(".throughline-*.duckdb.tmp*"):
        leftover.unlink()
    if (warehouse / "data_docs" / "index.html").exists():
        with connected(settings.build_file, read_only=True) as connection:
            changed.append(write_page(warehouse / "data_docs", connection))
    if settings.review_dir.exists() and settings.published_file.exists():
        from dagster_project.review.page import write_review

        changed.append(write_review(settings.published_file, settings.review_dir, settings.shared_group).path)
    kept = [folder, settings.build_file, settings.published_file, settings.review_dir]
    for place in (warehouse, home, *lakes):
        changed += files.rewrite((file for file in place.rglob("*") if not {file, *file.parents} & {*kept}), texts)
    target, said = _DBT_ARTIFACTS
    changed += files.rewrite((file for pattern in said for file in target.glob(pattern)), texts)
    shutil.rmtree(folder)
    sync(warehouse)
    return changed


def _builds(lakes: Iterable[Path]) -> list[Path]:
    """The tables of builds on Spark: the next one begins with those of the build file."""
    from dagster_project.spark.lake import BUILD

    return [build for lake in lakes if lake.is_dir() for build in sorted(lake.glob(f"{BUILD}*"))]


def _proof(settings: Settings, home: Path, found: _Found) -> tuple[Trace, ...]:
    return tuple(traces(kept_places(settings, home), found.absent, salt_of(settings), found.longer, found.unclear))


def _outside(settings: Settings, found: _Found) -> tuple[str, ...]:
    """Landing files and reference tables are never changed here."""
    told: list[str] = []
    for folder in (settings.landing_dir, settings.reference_dir):
        try:
            told += sorted({str(trace.file) for trace in traces([folder], found.absent, salt_of(settings))})
        except AbsenceError as error:
            told.append(str(error))
    if settings.postgres is not None:
        told.append("the copy in PostgreSQL, which the next night replaces")
    return tuple(told)
