"""The published file: written beside yesterday's, audited, then put in its place in one step.

A reader sees either yesterday's file or today's, never a mixture, and is never kept waiting: an open connection keeps
the file it opened until it connects again. A run that is killed at any moment leaves yesterday's file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.disk import sync
from dagster_project.engine import connected, identifier, literal, only_row, transaction
from dagster_project.permissions import private_umask, share
from dagster_project.publish import inputs, kept
from dagster_project.publish.masking import STAFF_COLUMNS, Masker, known_people, write_masks
from dagster_project.quality.builds import naive_utc
from dagster_project.reference.tables import TABLES_BY_NAME

# Tables of the audit schema that readers get.
AUDIT_TABLES = {"builds", "check_results", "landed_files", "publications", "rejected_rows"}

# Tables of the schema reference: what companies edit, and the run's settings.
REFERENCE_TABLES = {*TABLES_BY_NAME, "run_context"}

# Columns that stay behind: a rejected record may be anybody's, and with the salt and a list of addresses the hashes of
# the marts would tell the people.
WITHHELD = {("audit", "rejected_rows"): {"record"}, ("reference", "run_context"): {"email_salt"}}

# Columns of which readers get a part, before masking. What checks found in the marts are ids and hashes, in the layers
# before it may be a record's personal data; the reason of a reject quotes the value.
MASKED = {
    ("audit", "check_results", "sample_rows"): "case when layer = 'marts' then cast(sample_rows as varchar) end",
    ("audit", "check_results", "message"): "case when layer = 'marts' then message end",
    ("audit", "rejected_rows", "reason"): "regexp_replace(reason, '''.*''', '''…''', 's')",
}

_TEMPORARY = ".throughline-*.duckdb.tmp*"


class PublishError(RuntimeError):
    """The new file is not what the build file holds, so it was not published; the message is one line."""


@dataclass(frozen=True)
class PublishedTable:
    """A table or view of the published file. `content_hash` is the same for the same rows in any order.

    A view has the hash of its definition: what it reads is published beside it, with hashes of its own. `figures_hash`
    is that of the columns that hold no text and follow from none, which stays when a person is forgotten.
    """

    schema: str
    name: str
    row_count: int
    content_hash: str
    is_view: bool = False
    figures_hash: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Publication:
    """What was published."""

    published_at: datetime
    path: Path
    size_bytes: int
    tables: tuple[PublishedTable, ...]
    # How many publications can be built again, and what keeping their inputs takes in the build file.
    reproducible: int = 0
    inputs_bytes: int = 0


@dataclass(frozen=True)
class _Source:
    """A relation of the build file that is published, with the columns readers get."""

    schema: str
    name: str
    columns: tuple[str, ...]
    texts: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    is_view: bool = False

    @property
    def relation(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    @property
    def is_audited(self) -> bool:
        """Whether it is compared after copying: marts, and the tables that their views read."""
        return self.schema == "marts" or (self.schema == "intermediate" and not self.is_view)

    @property
    def selection(self) -> str:
        """The rows as they are published; `temp.masks` says what stands for a text with personal data."""
        columns = ", ".join(_published_column(self, column) for column in self.columns)
        rows = f"select {columns} from {self.relation}"
        if not self.masked:
            return rows
        masks = {column: f"masks_{number}" for number, column in enumerate(self.columns) if column in self.masked}
        columns = ", ".join(
            f"coalesce({masks[column]}.masked, clear.{identifier(column)}) as {identifier(column)}"
            if column in masks
            else f"clear.{identifier(column)}"
            for column in self.columns
        )
        joins = " ".join(
            f"left join temp.masks as {mask} on {mask}.value = clear.{identifier(column)} and {_applies(mask, column)}"
            for column, mask in masks.items()
        )
        return f"select {columns} from ({rows}) as clear {joins}"


def publish(
    build_file: Path,
    published_file: Path,
    *,
    marts: Collection[str],
    run_id: str,
    as_of: datetime,
    build_id: str,
    salt: str,
    replace_newer: bool = False,
    shared_group: str | None = None,
) -> Publication:
    """Replace the published file by the build file's marts with what their views read, reference and audit tables.

    `marts` are the names of the project's marts; what else the build file's schema `marts` holds was built by an
    earlier version of the project and stays behind. Personal data in texts is masked with the salt. Raises
    PublishError, and leaves the published file as it is, when the copy differs from the build file, or when it is as
    of a later timestamp and `replace_newer` was not asked for.
    """
    ensure_not_newer(published_file, as_of, replace_newer)
    published_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    share(published_file.parent, shared_group)
    remove_leftovers(published_file.parent)
    temporary = published_file.parent / f".throughline-{os.getpid()}.duckdb.tmp"
    published_at = datetime.now(UTC)
    try:
        with connected(build_file) as connection:
            prepare_audit(connection)
            _adopt_publications(connection, published_file)
            kept.settle(connection, published_file)
            sources = _masked(connection, _sources(connection, frozenset(marts)), salt)
            tables = tuple(_described(connection, source) for source in sources if source.is_audited)
            with private_umask():
                _write(connection, temporary, sources)
            publication_rows = _publication_rows(connection, tables, published_at, as_of, run_id, build_id)
            if kept.MART in marts:
                kept.prepare(connection, build_id)
        _add_publication(temporary, publication_rows)
        audit_copy(temporary, tables)
        share(temporary, shared_group)
        sync(temporary)
        temporary.replace(published_file)
        sync(published_file.parent)
    except BaseException:
        remove_leftovers(published_file.parent)
        raise
    _add_publication(build_file, publication_rows)
    with connected(build_file) as connection:
        kept.confirm(connection, build_id)
        kept.forget(connection)
        connection.execute("checkpoint")
        inputs_bytes = inputs.kept_bytes(connection)
        (reproducible,) = only_row(
            connection,
            "select count(*) from audit.kept_publications "
            "where is_published and raw_tick is not null and inputs_removed_by is null",
        )
    size = published_file.stat().st_size
    return Publication(published_at, published_file, size, tables, reproducible, inputs_bytes)


def ensure_not_newer(published_file: Path, as_of: datetime, replace_newer: bool) -> None:
    """Raise PublishError when the published file is as of a later timestamp than the run, unless that was asked for."""
    published = published_as_of(published_file)
    if published is not None and published > naive_utc(as_of) and not replace_newer:
        raise PublishError(
            f"Not published: {published_file} is as of {published:%Y-%m-%d %H:%M} UTC, later than this run's AS_OF "
            f"{naive_utc(as_of):%Y-%m-%d %H:%M} UTC, and stays. To replace it by the earlier one, run once more with "
            "THROUGHLINE_REPLACE_NEWER=true; to look at an earlier day beside it, set THROUGHLINE_WAREHOUSE_DIR to "
            "another folder"
        )


def published_as_of(published_file: Path) -> datetime | None:
    """The logical time (UTC, without an offset) of the published file; none before there is a readable one."""
    if not published_file.exists():
        return None
    try:
        with connected(published_file, read_only=True) as connection:
            columns = {name for name, *_ in connection.execute("describe audit.publications").fetchall()}
            # Files published before publications were numbered have only the clock.
            latest = "publication_number" if "publication_number" in columns else "published_at"
            row = connection.execute(
                f"select as_of from audit.publications order by {latest} desc nulls last limit 1"
            ).fetchone()
    except duckdb.Error:
        return None  # what can't be read is replaced all the same
    return row[0] if row else None


def described_tables(
    connection: duckdb.DuckDBPyConnection, marts: Collection[str], salt: str, as_tables: Collection[str] = ()
) -> list[PublishedTable]:
    """The marts and what their views read, with the hashes that a publication of them would have.

    `as_tables` are marts of which the rows are wanted though they are views here: another engine makes tables of them.
    """
    sources = [
        replace(source, is_view=source.is_view and source.name not in as_tables)
        for source in _sources(connection, frozenset(marts))
    ]
    return [_described(connection, source) for source in _masked(connection, sources, salt) if source.is_audited]


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of a run that was killed; the warehouse's lock sees to it that none is in use."""
    for leftover in folder.glob(_TEMPORARY):
        leftover.unlink(missing_ok=True)


def audit_copy(copy: Path, tables: Sequence[PublishedTable]) -> None:
    """Read the written file as a BI tool would and compare it with what the build file holds.

    Raises PublishError at the first table that differs, when the credit isn't tied out to the cent, or when the
    report's won revenue isn't the opportunities'.
    """
    with connected(copy, read_only=True) as connection:
        columns = _columns(connection)
        for expected in tables:
            source = _source(columns, expected.schema, expected.name, expected.is_view)
            if expected.is_view:
                # The tables that it reads are compared row by row: that it can be read and says the same is enough.
                connection.execute(f"describe {source.relation}")
                found = replace(expected, content_hash=_definition_hash(connection, source))
            else:
                found = _described(connection, source)
            if found != expected:
                raise PublishError(
                    f"Not published: {expected.full_name} has {found.row_count} rows (hash {found.content_hash}) "
                    f"in the new file, {expected.row_count} (hash {expected.content_hash}) in the build file"
                )
        names = {table.name for table in tables}
        if {"fct_opportunities", "rpt_lead_to_revenue"} <= names:
            won, reported = only_row(
                connection,
                """
                select
                    (select coalesce(sum(amount), 0) from marts.fct_opportunities where is_won),
                    (select coalesce(sum(won_amount), 0) from marts.rpt_lead_to_revenue)
                """,
            )
            if Decimal(won) != Decimal(reported):
                raise PublishError(
                    f"Not published: won revenue is {won} in fct_opportunities but {reported} in rpt_lead_to_revenue"
                )
        if "rpt_reconciliation" in names:
            (open_models,) = only_row(
                connection, "select count(*) from marts.rpt_reconciliation where difference is null or difference <> 0"
            )
            if open_models:
                raise PublishError(
                    f"Not published: rpt_reconciliation has {open_models} rows whose difference isn't 0.00"
                )


def _sources(connection: duckdb.DuckDBPyConnection, marts: frozenset[str]) -> list[_Source]:
    """What is published: every mart and what its views read, every reference table, the audit tables for readers."""
    read_by_views = _read_by_views(connection, marts)
    names = connection.execute(
        """
        select table_schema, table_name, table_type = 'VIEW'
        from information_schema.tables
        where table_catalog = current_database() and table_schema in ('marts', 'intermediate', 'reference', 'audit')
        order by table_schema, table_name
        """
    ).fetchall()
    if absent := sorted(marts - {name for schema, name, _ in names if schema == "marts"}):
        raise PublishError(
            f"Not published: marts that the build file lacks: {', '.join(absent)}; build every model, then publish"
        )
    readers_get = {
        "marts": marts,
        "intermediate": read_by_views,
        "reference": REFERENCE_TABLES,
        "audit": AUDIT_TABLES,
    }
    columns = _columns(connection)
    return [_source(columns, schema, name, is_view) for schema, name, is_view in names if name in readers_get[schema]]


def _masked(connection: duckdb.DuckDBPyConnection, sources: Sequence[_Source], salt: str) -> list[_Source]:
    """The sources with the columns in which something is masked; what it is stands in `temp.masks`."""
    texts = [
        (source, column, f"cast({_published_value(source, column)} as varchar) as value from {source.relation}")
        for source in sources
        for column in source.columns
        if column in source.texts and not source.is_view
    ]
    write_masks(
        connection, [(column, f"select {query}") for _, column, query in texts], Masker(salt, known_people(connection))
    )
    masked: dict[_Source, set[str]] = {}
    if texts and only_row(connection, "select exists (from temp.masks)")[0]:
        numbered = " union all ".join(
            f"select {number} as number, {str(bool(STAFF_COLUMNS.fullmatch(column))).lower()} as is_staff, {query}"
            for number, (_, column, query) in enumerate(texts)
        )
        for (number,) in connection.execute(
            f"select distinct number from ({numbered}) join temp.masks using (value) where not (by_name and is_staff)"
        ).fetchall():
            source, column, _ = texts[number]
            masked.setdefault(source, set()).add(column)
    return [replace(source, masked=frozenset(masked.get(source, ()))) for source in sources]


def _applies(mask: str, column: str) -> str:
    """Columns that name the company's own people keep names, be they a prospect's as well."""
    return f"not {mask}.by_name" if STAFF_COLUMNS.fullmatch(column) else "true"


def _read_by_views(connection: duckdb.DuckDBPyConnection, marts: frozenset[str]) -> set[str]:
    """The intermediate tables and views that the marts' views are worked out from, however indirectly."""
    views = connection.execute(
        "select schema_name, view_name, sql from duckdb_views() where schema_name in ('marts', 'intermediate')"
    ).fetchall()
    waiting = [sql for schema, name, sql in views if schema == "marts" and name in marts]
    definitions = {name: sql for schema, name, sql in views if schema == "intermediate"}
    found: set[str] = set()
    while waiting:
        names = set(re.findall(r'\bintermediate"?\."?(\w+)', waiting.pop())) - found
        found |= names
        waiting += [definitions[name] for name in names if name in definitions]
    return found


# The columns of a relation with their types, by schema and name.
_Columns = Mapping[tuple[str, str], Sequence[tuple[str, str]]]


def _columns(connection: duckdb.DuckDBPyConnection) -> _Columns:
    """Of every relation of the file, in one look: DuckDB goes through all columns for each."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, name, column, data_type in connection.execute(
        """
        select table_schema, table_name, column_name, data_type from information_schema.columns
        where table_catalog = current_database()
        order by table_schema, table_name, ordinal_position
        """
    ).fetchall():
        found.setdefault((schema, name), []).append((column, data_type))
    return found


def _source(columns: _Columns, schema: str, name: str, is_view: bool) -> _Source:
    withheld = WITHHELD.get((schema, name), set())
    types = {column: data_type for column, data_type in columns.get((schema, name), ()) if column not in withheld}
    texts = frozenset(column for column, data_type in types.items() if data_type in {"VARCHAR", "JSON"})
    return _Source(schema, name, tuple(types), texts, is_view=is_view)


def _published_column(source: _Source, column: str) -> str:
    return f"{_published_value(source, column)} as {identifier(column)}"


def _published_value(source: _Source, column: str) -> str:
    return MASKED.get((source.schema, source.name, column), identifier(column))


def published_tables(connection: duckdb.DuckDBPyConnection, names: Mapping[str, bool]) -> list[PublishedTable]:
    """Tables of a published file as they are now; `names` says of `schema.table` whether it is a view."""
    columns = _columns(connection)
    found = []
    for full_name, is_view in sorted(names.items()):
        schema, _, name = full_name.partition(".")
        found.append(_described(connection, _source(columns, schema, name, is_view)))
    return found


def _described(connection: duckdb.DuckDBPyConnection, source: _Source) -> PublishedTable:
    figures = None
    if source.is_view:
        (count,) = only_row(connection, f"select count(*) from {source.relation}")
        content = _definition_hash(connection, source)
    else:
        figures_of = [one for one in source.columns if one not in source.texts and one not in _NUMBERED]
        marks = _hash_of(source.columns), _hash_of(figures_of)
        count, content, figures = only_row(connection, f"select count(*), {', '.join(marks)} from ({source.selection})")
    return PublishedTable(source.schema, source.name, count, content, source.is_view, figures)


# Numbers by the order of texts, which an erasure may change.
_NUMBERED = {"touch_key"}


def _hash_of(columns: Sequence[str]) -> str:
    return f"coalesce(sum(hash({', '.join(map(identifier, columns))})), 0)::varchar" if columns else "'0'"


def _definition_hash(connection: duckdb.DuckDBPyConnection, source: _Source) -> str:
    return hashlib.md5(_definition(connection, source).encode()).hexdigest()


def _definition(connection: duckdb.DuckDBPyConnection, source: _Source) -> str:
    """The statement that creates the view, for any database: without the name of the one that it was built in."""
    sql, catalog = only_row(
        connection,
        """
        select sql, database_name from duckdb_views()
        where database_name = current_database() and schema_name = $schema and view_name = $name
        """,
        {"schema": source.schema, "name": source.name},
    )
    return re.sub(rf'(?<![\w."])"?{re.escape(catalog)}"?\.(?=\w|")', "", sql)


def _write(connection: duckdb.DuckDBPyConnection, file: Path, sources: Sequence[_Source]) -> None:
    """Copy the sources into a new file, each in the order of its columns so that the same rows give the same file."""
    connection.execute(f"attach {literal(str(file))} as published")
    for schema in sorted({source.schema for source in sources}):
        connection.execute(f"create schema published.{identifier(schema)}")
    for source in sources:
        if not source.is_view:
            connection.execute(f"create table published.{source.relation} as {source.selection} order by all")
    _write_views(connection, [source for source in sources if source.is_view])
    if comments := _comments(connection, sources):
        connection.execute(";\n".join(comments))
    connection.execute("checkpoint published")
    connection.execute("detach published")


def _write_views(connection: duckdb.DuckDBPyConnection, views: Sequence[_Source]) -> None:
    """Create the views again, each as soon as what it reads is there."""
    (build,) = only_row(connection, "select current_database()")
    waiting = {view: _definition(connection, view) for view in views}
    connection.execute("use published")
    try:
        while waiting:
            created = [view for view, sql in waiting.items() if _creates(connection, sql)]
            if not created:
                names = ", ".join(f"{view.schema}.{view.name}" for view in waiting)
                raise PublishError(f"Not published: views that read what isn't published: {names}")
            waiting = {view: sql for view, sql in waiting.items() if view not in created}
    finally:
        connection.execute(f"use {identifier(build)}")


def _creates(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        connection.execute(sql)
    except duckdb.CatalogException:
        return False
    return True


def _comments(connection: duckdb.DuckDBPyConnection, sources: Sequence[_Source]) -> list[str]:
    """Statements that give the copies the comments of their sources."""
    relations = connection.execute(
        """
        select schema_name, table_name, comment from duckdb_tables()
        where database_name = current_database() and comment is not null
        union all
        select schema_name, view_name, comment from duckdb_views()
        where database_name = current_database() and comment is not null
        """
    ).fetchall()
    columns = connection.execute(
        """
        select schema_name, table_name, column_name, comment from duckdb_columns()
        where database_name = current_database() and comment is not null
        order by column_index
        """
    ).fetchall()
    copied = {(source.schema, source.name): source for source in sources}
    statements = []
    for schema, name, comment in relations:
        if source := copied.get((schema, name)):
            kind = "view" if source.is_view else "table"
            statements.append(f"comment on {kind} published.{source.relation} is {literal(comment)}")
    for schema, name, column, comment in columns:
        source = copied.get((schema, name))
        if source and column in source.columns:
            place = f"published.{source.relation}.{identifier(column)}"
            statements.append(f"comment on column {place} is {literal(comment)}")
    return statements


def _adopt_publications(connection: duckdb.DuckDBPyConnection, published_file: Path) -> None:
    """Enter the last publication if its run was killed between replacing the file and noting it."""
    if not published_file.exists():
        return
    try:
        connection.execute(f"attach {literal(str(published_file))} as yesterday (read_only)")
    except duckdb.Error:
        return  # what can't be opened is replaced all the same
    try:
        connection.execute(
            """
            insert into audit.publications by name
            select * from yesterday.audit.publications
            where published_at not in (select published_at from audit.publications);
            update audit.publications
            set publication_number = (select coalesce(max(publication_number), 0) + 1 from audit.publications)
            where publication_number is null;
            """
        )
    finally:
        connection.execute("detach yesterday")


def _publication_rows(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[PublishedTable],
    published_at: datetime,
    as_of: datetime,
    run_id: str,
    build_id: str,
) -> list[list[object]]:
    (number,) = only_row(connection, "select coalesce(max(publication_number), 0) + 1 from audit.publications")
    return [
        [
            naive_utc(published_at),
            naive_utc(as_of),
            run_id,
            build_id,
            table.full_name,
            table.row_count,
            table.content_hash,
            number,
            table.figures_hash,
            None,
        ]
        for table in tables
    ]


def _add_publication(file: Path, rows: Sequence[Sequence[object]]) -> None:
    with connected(file) as connection:
        if rows:
            with transaction(connection):
                connection.executemany("insert into audit.publications values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("checkpoint")
