"""The published marts in a schema of a PostgreSQL database, swapped as a whole.

What lives here: copying from the published file, which is checked and masked, into a schema beside yesterday's; keys,
indexes, comments and rights; comparing; and the swap, two renames in one transaction. What doesn't: connection strings
(postgres_target.py) and where keys come from (keys.py).

A reader sees yesterday's tables or today's, and never waits. Whatever fails before the swap leaves yesterday's.
Nothing that Throughline did not make is ever dropped: a schema that it made carries a comment that lists its tables.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.publish.keys import Keys
from dagster_project.publish.postgres_target import PostgresTarget

# How the comment of a schema begins that this module made, and what stands before the list of its tables.
MARK = "Made by Throughline"
_LIST = "; tables: "

# An entry of a PostgreSQL index takes some 2,700 bytes. Longer keys are left out, and said.
_LONGEST_KEY = 2000

# How long the swap may wait for somebody who holds a lock, and dropping yesterday's tables for their last readers.
# What can't be dropped now is dropped the next night.
_LOCK_TIMEOUT = "15s"

_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TINYINT": "smallint",
    "HUGEINT": "numeric(38,0)",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}


class PostgresError(RuntimeError):
    """The marts are not in PostgreSQL, where yesterday's stay; the message is one line without any secret."""


@dataclass(frozen=True)
class CopiedTable:
    """A mart as it stands in PostgreSQL."""

    name: str
    row_count: int


@dataclass(frozen=True)
class PostgresPublication:
    """What was published to PostgreSQL, and what somebody should know of it."""

    place: str
    schema: str
    as_of: datetime
    tables: tuple[CopiedTable, ...]
    swap_seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    name: str
    data_type: str
    comment: str | None

    @property
    def postgres_type(self) -> str:
        """A type of PostgreSQL with the same values; what has none is text."""
        if self.data_type.startswith("DECIMAL("):
            return self.data_type.replace("DECIMAL", "numeric")
        return _TYPES.get(self.data_type, "text")

    @property
    def selection(self) -> str:
        """The column as it is copied."""
        known = self.data_type in _TYPES or self.data_type.startswith("DECIMAL(")
        name = identifier(self.name)
        return name if known else f"cast({name} as varchar) as {name}"

    @property
    def is_summed(self) -> bool:
        return self.data_type.startswith("DECIMAL(") or self.data_type in {"BIGINT", "INTEGER"}


@dataclass(frozen=True)
class _Mart:
    name: str
    comment: str | None
    columns: tuple[_Column, ...]
    keys: Keys = field(default_factory=Keys)

    def has(self, columns: Sequence[str]) -> bool:
        return bool(columns) and set(columns) <= {column.name for column in self.columns}


@dataclass(frozen=True)
class _View:
    """A view of somebody else's that reads the marts."""

    name: str
    options: str
    definition: str

    @property
    def statement(self) -> str:
        return f"create or replace view {self.name}{self.options} as {self.definition.rstrip().rstrip(';')}"


class _Server:
    """The database, reached through DuckDB. Every failure becomes one line that says where and at what."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, target: PostgresTarget):
        self._connection, self._target = connection, target

    @contextmanager
    def doing(self, what: str, mend: str) -> Iterator[None]:
        """Name what is being done, for the message of its failure."""
        try:
            yield
        except duckdb.Error as error:
            raise self.refused(f"{what}: {self.reason(error)}", mend) from None

    def refused(self, found: str, mend: str) -> PostgresError:
        """The error of a publication that stops here."""
        target = self._target
        return PostgresError(
            target.without_secrets(
                f"Not published to PostgreSQL ({target.place}), where schema {target.schema} stays as it was: {found}; "
                f"{mend}. The published file is not affected"
            )
        )

    def reason(self, error: duckdb.Error) -> str:
        """What PostgreSQL said, without the statement that DuckDB repeats before it."""
        said = str(error).replace(self._target.conninfo, self._target.place)
        said = re.sub(r'^(?:\w+ )?Error: Unable to connect to Postgres at ".*?": ', "", said, flags=re.DOTALL)
        said = re.sub(r'^.*?Failed to (?:execute|prepare) query ".*": ', "", said, flags=re.DOTALL)
        said = re.sub(r"\s*Is the server running.*", "", said, flags=re.DOTALL)
        return self._target.without_secrets(said) or "the connection broke"

    def run(self, *statements: str) -> None:
        """Execute statements; several are one transaction."""
        self._connection.execute(f"call postgres_execute('pg', {literal('; '.join(statements))})")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query that PostgreSQL itself answers."""
        return self._connection.execute(f"from postgres_query('pg', {literal(query)})").fetchall()


def publish_to_postgres(
    published_file: Path,
    target: PostgresTarget,
    *,
    keys: Mapping[str, Keys],
    says: Callable[[str], None] = lambda _: None,
) -> PostgresPublication:
    """Copy the published file's marts into the target's schema, and put them in yesterday's place in one step.

    Views are copied as tables: PostgreSQL has nothing that they read. Raises PostgresError; yesterday's tables stay.
    """
    schema, incoming = target.schema, f"{target.schema}__new"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        server = _Server(connection, target)
        _attach(connection, server, published_file, target)
        with server.doing("looking at the database", "see what the server says, then run again"):
            warnings = _drop_leftovers(server, schema)
            _ensure_ours(server, target)
        marts = _marts(connection, keys)
        (as_of,) = only_row(
            connection, "select as_of from published.audit.publications order by publication_number desc limit 1"
        )
        with server.doing(f"making schema {incoming}", _RIGHTS.format(place=target.place)):
            server.run(f"create schema {identifier(incoming)}", _marked(incoming, marts, as_of))
        with server.doing("copying the marts", "see that the server runs and has space, then run again"):
            server.run(*(_create(incoming, mart) for mart in marts))
            connection.execute("call pg_clear_cache()")
            for mart in marts:
                _copy(connection, incoming, mart)
            says(f"Copied {len(marts)} marts to {target.place}.")
        tables = tuple(_compared(connection, server, incoming, mart) for mart in marts)
        with server.doing("making keys and indexes", "see what the server says of the key, then run again"):
            lengths = {mart.name: _text_lengths(connection, mart) for mart in marts}
            for mart in marts:
                statements, left_out = _keys_and_indexes(incoming, mart, marts, lengths[mart.name])
                warnings += left_out
                if statements:
                    server.run(*statements)
            if references := [s for mart in marts for s in _references(incoming, mart, marts, lengths)]:
                server.run(*references)
            server.run(*(f"analyze {_relation(incoming, mart.name)}" for mart in marts))
        with server.doing(f"granting to {target.reader}", "grant by hand or mend THROUGHLINE_POSTGRES_READER"):
            if target.reader:
                server.run(*_grants(incoming, target.reader))
        begun = time.monotonic()
        before = _swap(server, target, incoming)
        seconds = time.monotonic() - begun
        says(f"Swapped schema {schema} in {seconds * 1000:.0f} ms.")
        if before and (reason := _dropped(server, before)):
            warnings.append(f"{before} holds yesterday's tables until the next night drops them: {reason}")
    return PostgresPublication(target.place, schema, as_of, tables, seconds, tuple(warnings))


_RIGHTS = (
    "expected a user who owns the schema and may make schemas: `grant create on database … to …`, as the database's "
    "owner at {place}, then run again"
)


def extension_file() -> Path:
    """DuckDB's postgres extension of the installed package: nothing is downloaded, nothing is written anywhere."""
    package = importlib.util.find_spec("duckdb_extension_postgres_scanner")
    for folder in (package.submodule_search_locations or []) if package else []:
        file = Path(folder) / "extensions" / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"
        if file.is_file():
            return file
    raise PostgresError(
        f"Not published to PostgreSQL: DuckDB's postgres extension for {duckdb.__version__} is not installed; expected "
        f"the package duckdb-extension-postgres-scanner=={duckdb.__version__} in this environment; run `make setup`"
    )


def _attach(
    connection: duckdb.DuckDBPyConnection, server: _Server, published_file: Path, target: PostgresTarget
) -> None:
    """Open the published file and the database, and say which of the two can't be opened."""
    try:
        connection.execute(f"load {literal(str(extension_file()))}")
        connection.execute(f"attach {literal(str(published_file))} as published (read_only)")
    except duckdb.Error as error:
        raise server.refused(server.reason(error), f"expected a published file at {published_file}") from None
    # NUL is the one character that PostgreSQL's texts can't hold.
    connection.execute("set pg_null_byte_replacement = ''")
    mend = "see that THROUGHLINE_PUBLISH_POSTGRES names a server that runs, a database, a user and the password"
    with server.doing("no connection", mend):
        connection.execute(f"attach {literal(target.conninfo)} as pg (type postgres)")


def _marts(connection: duckdb.DuckDBPyConnection, keys: Mapping[str, Keys]) -> list[_Mart]:
    names = connection.execute(
        """
        select table_name, comment from duckdb_tables() where database_name = 'published' and schema_name = 'marts'
        union all
        select view_name, comment from duckdb_views() where database_name = 'published' and schema_name = 'marts'
        order by 1
        """
    ).fetchall()
    columns: dict[str, list[_Column]] = {}
    for table, *column in connection.execute(
        """
        select table_name, column_name, data_type, comment from duckdb_columns()
        where database_name = 'published' and schema_name = 'marts'
        order by table_name, column_index
        """
    ).fetchall():
        columns.setdefault(table, []).append(_Column(*column))
    return [_Mart(name, comment, tuple(columns[name]), keys.get(name, Keys())) for name, comment in names]


def _relation(schema: str, name: str) -> str:
    return f"{identifier(schema)}.{identifier(name)}"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(identifier(column) for column in columns)


def _marked(schema: str, marts: Sequence[_Mart], as_of: datetime) -> str:
    """The comment by which the schema is known as Throughline's, with the tables that may be dropped with it."""
    names = ", ".join(mart.name for mart in marts)
    made = f"{MARK} as of {as_of:%Y-%m-%d %H:%M} UTC; replaced as a whole every night{_LIST}{names}"
    return f"comment on schema {identifier(schema)} is {literal(made)}"


def _create(schema: str, mart: _Mart) -> str:
    relation = _relation(schema, mart.name)
    columns = ", ".join(f"{identifier(column.name)} {column.postgres_type}" for column in mart.columns)
    comments = [f"comment on table {relation} is {literal(mart.comment)}"] if mart.comment else []
    comments += [
        f"comment on column {relation}.{identifier(column.name)} is {literal(column.comment)}"
        for column in mart.columns
        if column.comment
    ]
    return "; ".join([f"create table {relation} ({columns})", *comments])


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, mart: _Mart) -> None:
    columns = ", ".join(column.selection for column in mart.columns)
    connection.execute(
        f"insert into pg.{_relation(schema, mart.name)} select {columns} from published.{_relation('marts', mart.name)}"
    )


def _compared(connection: duckdb.DuckDBPyConnection, server: _Server, schema: str, mart: _Mart) -> CopiedTable:
    """The table as PostgreSQL counts it. Raises PostgresError when a count or the sum of a column differs."""
    summed = [identifier(column.name) for column in mart.columns if column.is_summed]
    query = ", ".join(["count(*)", *(f"cast(sum({name}) as {{text}}) as {name}" for name in summed)])
    with server.doing(f"comparing {mart.name}", "see that the server runs, then run again"):
        (found,) = server.ask(f"select {query.format(text='text')} from {_relation(schema, mart.name)}")
        expected = only_row(
            connection, f"select {query.format(text='varchar')} from published.{_relation('marts', mart.name)}"
        )
    if found != expected:
        raise server.refused(
            f"{mart.name} has {found[0]} rows there and {expected[0]} in the published file, or other sums",
            "run again",
        )
    return CopiedTable(mart.name, found[0])


def _text_lengths(connection: duckdb.DuckDBPyConnection, mart: _Mart) -> dict[str, int]:
    """The bytes of the longest value of each text that a key or an index might be made of."""
    in_keys = {name for key in (mart.keys.primary, *mart.keys.unique) for name in key}
    names = [
        column.name
        for column in mart.columns
        if column.postgres_type == "text" and (column.name in in_keys or column.name.endswith("_id"))
    ]
    if not names:
        return {}
    longest = ", ".join(f"coalesce(max(strlen({identifier(name)})), 0)" for name in names)
    row = only_row(connection, f"select {longest} from published.{_relation('marts', mart.name)}")
    return dict(zip(names, row, strict=True))


def _keys_and_indexes(
    schema: str, mart: _Mart, marts: Sequence[_Mart], lengths: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """Statements for the primary key, what else is unique, and an index on each column that names a row of another
    mart; and what was left out since its values are too long."""
    relation = _relation(schema, mart.name)
    left_out: list[str] = []

    def fits(columns: Sequence[str]) -> bool:
        if not mart.has(columns):
            return False
        if not _fits(columns, lengths):
            left_out.append(f"{mart.name}: no index on {', '.join(columns)}: values are too long for one")
            return False
        return True

    primary = mart.keys.primary if fits(mart.keys.primary) else ()
    unique = [key for key in mart.keys.unique if fits(key)]
    statements = [f"alter table {relation} add primary key ({_names(primary)})"] if primary else []
    statements += [f"create unique index on {relation} ({_names(key)})" for key in unique]
    led = {key[0] for key in (mart.keys.primary, *unique) if key}
    named = {other.keys.primary[0] for other in marts if len(other.keys.primary) == 1}
    named |= {reference.column for reference in mart.keys.references}
    statements += [
        f"create index on {relation} ({identifier(column.name)})"
        for column in mart.columns
        if column.name in named - led and column.name.endswith("_id") and fits([column.name])
    ]
    return statements, left_out


def _fits(columns: Sequence[str], lengths: Mapping[str, int]) -> bool:
    return sum(lengths.get(name, 0) for name in columns) <= _LONGEST_KEY


def _references(
    schema: str, mart: _Mart, marts: Sequence[_Mart], lengths: Mapping[str, Mapping[str, int]]
) -> list[str]:
    """Foreign keys, by which BI tools know how tables belong together."""
    keyed = {other.name for other in marts if other.has(other.keys.primary)}
    return [
        f"alter table {_relation(schema, mart.name)} add foreign key ({identifier(reference.column)}) "
        f"references {_relation(schema, reference.mart)} ({identifier(reference.key)})"
        for reference in mart.keys.references
        if mart.has([reference.column]) and reference.mart in keyed and _fits([reference.key], lengths[reference.mart])
    ]


def _grants(schema: str, reader: str) -> list[str]:
    return [
        f"grant usage on schema {identifier(schema)} to {identifier(reader)}",
        f"grant select on all tables in schema {identifier(schema)} to {identifier(reader)}",
    ]


def _ensure_ours(server: _Server, target: PostgresTarget) -> None:
    """Raise PostgresError when the swap would meet something that isn't Throughline's, or lacks a right."""
    schema = target.schema
    (found,) = server.ask(
        f"""
        select
            current_user::text, has_database_privilege(current_database(), 'create'),
            coalesce((select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = {literal(schema)}), true),
            {literal(target.reader or "")} = '' or exists (
                select from pg_roles where rolname = {literal(target.reader or "")}
            )
        """
    )
    user, may_create, owns, reader_exists = found
    if not (may_create and owns):
        missing = "make schemas in this database" if not may_create else f"replace schema {schema}, which isn't its own"
        mend = (
            f"`grant create on database … to {identifier(user)}`"
            if not may_create
            else f"`alter schema {identifier(schema)} owner to {identifier(user)}`"
        )
        raise server.refused(f"user {user} may not {missing}", f"as the database's owner: {mend}, then run again")
    if not reader_exists:
        raise server.refused(
            f"there is no role {target.reader}, which THROUGHLINE_POSTGRES_READER names",
            f"`create role {identifier(target.reader or '')} login …`, or leave the variable out",
        )
    ours, relations = _contents(server, schema)
    if strangers := [name for name in relations if name not in ours]:
        listed = ", ".join(strangers[:5]) + (f" and {len(strangers) - 5} more" if len(strangers) > 5 else "")
        raise server.refused(
            f"schema {schema} holds what Throughline did not make: {listed}",
            "move it into another schema (`alter table … set schema …`), or set THROUGHLINE_POSTGRES_SCHEMA",
        )
    if kept := server.ask(_READING.format(schema=literal(schema), kinds="'m'")):
        listed = ", ".join(name for name, *_ in kept)
        raise server.refused(
            f"materialized views read schema {schema} and would keep yesterday's: {listed}",
            "make them plain views, or drop them and make them again after each night",
        )


def _contents(server: _Server, schema: str) -> tuple[set[str], list[str]]:
    """The tables that Throughline made in a schema, by the schema's comment, and all relations that are there."""
    rows = server.ask(
        f"""
        select coalesce(obj_description(n.oid, 'pg_namespace'), ''), c.relname::text
        from pg_namespace as n
        left join pg_class as c on c.relnamespace = n.oid and c.relkind in ('r', 'v', 'm', 'f', 'p', 'S')
        where n.nspname = {literal(schema)}
        order by 2
        """
    )
    comment = rows[0][0] if rows else ""
    made = comment.partition(_LIST)[2].split(", ") if comment.startswith(MARK) else []
    return set(made), [name for _, name in rows if name]


# Views outside of a schema that read its tables: name, options, definition.
_READING = """
    select distinct
        quote_ident(vn.nspname) || '.' || quote_ident(v.relname) as view_name,
        coalesce(' with (' || array_to_string(v.reloptions, ', ') || ')', '') as options,
        pg_get_viewdef(v.oid) as definition,
        v.oid::bigint as view_number
    from pg_depend as d
    join pg_class as t on t.oid = d.refobjid
    join pg_namespace as tn on tn.oid = t.relnamespace
    join pg_rewrite as r on r.oid = d.objid
    join pg_class as v on v.oid = r.ev_class
    join pg_namespace as vn on vn.oid = v.relnamespace
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
        and tn.nspname = {schema} and vn.oid <> tn.oid and v.relkind in ({kinds})
    order by view_number
"""


def _swap(server: _Server, target: PostgresTarget, incoming: str) -> str | None:
    """Rename yesterday's schema away and the new one into its place, in one transaction; gives yesterday's new name.

    Views elsewhere that read the marts are made again on the new tables, or they would go on reading yesterday's.
    """
    schema, before = target.schema, f"{target.schema}__old_{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    mend = "see what the server says, then run again"
    with server.doing(f"looking for views that read schema {schema}", mend):
        exists = bool(server.ask(f"select 1 from pg_namespace where nspname = {literal(schema)}"))
        views = [_View(*row[:3]) for row in server.ask(_READING.format(schema=literal(schema), kinds="'v'"))]
        made = _contents(server, schema)[0]
    away = [f"alter schema {identifier(schema)} rename to {identifier(before)}"] if exists else []
    if exists and not made:
        # An empty schema that somebody made for the marts: marked, so that it is dropped like the others.
        away.append(f"comment on schema {identifier(before)} is {literal(f'{MARK}{_LIST}')}")
    mend = "mend the views that are named, or see who holds a lock, then run again"
    with server.doing(f"swapping schema {schema}", mend):
        server.run(
            f"set local lock_timeout = {literal(_LOCK_TIMEOUT)}",
            *away,
            f"alter schema {identifier(incoming)} rename to {identifier(schema)}",
            *(view.statement for view in views),
        )
    return before if exists else None


def _drop_leftovers(server: _Server, schema: str) -> list[str]:
    """Drop what a night that was killed has left, and what readers held when the last one was swapped."""
    rows = server.ask(
        f"""
        select nspname::text, coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace
        where nspname = {literal(schema + "__new")} or starts_with(nspname, {literal(schema + "__old_")})
        order by nspname
        """
    )
    warnings = []
    for name, comment in rows:
        if not comment.startswith(MARK):
            reason: str | None = "Throughline did not make it"
        else:
            reason = _dropped(server, name)
        if reason and name.endswith("__new"):
            raise server.refused(f"schema {name} is in the way: {reason}", "drop or rename it, then run again")
        if reason:
            warnings.append(f"schema {name} of an earlier night could not be dropped: {reason}")
    return warnings


def _dropped(server: _Server, schema: str) -> str | None:
    """Drop a schema with the tables that Throughline made in it; why not, if that could not be done.

    Without `cascade`: whatever somebody else hung on the tables is theirs.
    """
    try:
        ours, relations = _contents(server, schema)
        tables = ", ".join(_relation(schema, name) for name in relations if name in ours)
        server.run(
            f"set local lock_timeout = {literal(_LOCK_TIMEOUT)}",
            *([f"drop table {tables}"] if tables else []),
            f"drop schema {identifier(schema)}",
        )
    except duckdb.Error as error:
        return server.reason(error)
    return None
