"""Fingerprints of what publications were made of and said, after a person was taken out of both.

What lives here: giving a publication the fingerprints of its inputs without the person, and the hashes of the published
tables. What doesn't: comparing with them (rebuild.py, reproduce.py).

Only a fingerprint that was right before gets a new one: whatever somebody had changed by hand is found as before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from dagster_project.engine import connected, identifier, literal
from dagster_project.landing import superseded
from dagster_project.publish import inputs, kept
from dagster_project.publish.publisher import PublishedTable, published_tables
from dagster_project.publish.versioned import holds_at

# By database, schema and table.
_Columns = dict[tuple[str, str, str], set[str]]
# By table, columns and types: rows and hash of the records of each span of ticks.
_Spans = dict[tuple[str, str], list[tuple[int, int | None, int, int]]]


def renew_inputs(old: Path, new: Path) -> None:
    """Of the publications that can be built again: what of their records and memories follows from the new file."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(old))} as old (read_only); attach {literal(str(new))} as new")
        columns: _Columns = {}
        for database, schema, table, column in connection.execute(
            "select database_name, schema_name, table_name, column_name from duckdb_columns() "
            "where database_name in ('old', 'new') and contains(schema_name, 'raw_')"
        ).fetchall():
            columns.setdefault((database, schema, table), set()).add(column)
        spans: dict[str, _Spans] = {"old": {}, "new": {}}
        # The one in progress as well: a night forgets before it publishes.
        for table, condition in (
            ("kept_publications", "inputs_removed_by is null"),
            ("publication_in_progress", "true"),
        ):
            for number, tick, stored in connection.execute(
                f"select publication_number, raw_tick, files_fingerprint from old.audit.{table} "
                f"where raw_tick is not null and {condition} order by publication_number"
            ).fetchall():
                before, after = (
                    _files(connection, columns, name, number, tick, spans[name]) for name in ("old", "new")
                )
                if before == stored != after:
                    connection.execute(
                        f"update new.audit.{table} set files_fingerprint = ? where publication_number = ?",
                        [after, number],
                    )
        for memory in inputs.MEMORIES:
            _renew_memory(connection, memory)
        connection.execute("checkpoint new; detach new")


def renew_publication(old: Path, new: Path, build_file: Path, erasure: int) -> None:
    """Give the publication of the published file the hashes of its new tables, in both files, and say after what."""
    with connected(old, read_only=True) as connection:
        columns = {name for name, *_ in connection.execute("describe audit.publications").fetchall()}
        if "publication_number" not in columns:
            return  # published before publications were numbered
        number, stored = _latest(connection)
        before = {table.full_name: table for table in published_tables(connection, _are_views(stored))}
    with connected(new) as connection:
        after = {table.full_name: table for table in published_tables(connection, _are_views(stored))}
        connection.execute("alter table audit.publications add column if not exists figures_hash varchar")
        connection.execute("alter table audit.publications add column if not exists erasure_number bigint")
        _renew(connection, number, stored, before, after, erasure)
    with connected(build_file) as connection:
        _renew(connection, number, stored, before, after, erasure)


def _latest(connection: duckdb.DuckDBPyConnection) -> tuple[int, dict[str, str]]:
    rows = connection.execute(
        "select publication_number, table_name, content_hash from audit.publications "
        "where publication_number = (select max(publication_number) from audit.publications)"
    ).fetchall()
    return (rows[0][0] if rows else 0), {table: content for _, table, content in rows}


def _are_views(stored: dict[str, str]) -> dict[str, bool]:
    # A hash of rows is a number, that of a view's definition isn't.
    return {table: not content.isdigit() for table, content in stored.items()}


def _renew(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    stored: Mapping[str, str],
    before: Mapping[str, PublishedTable],
    after: Mapping[str, PublishedTable],
    erasure: int,
) -> None:
    for table, content in stored.items():
        if before[table].content_hash == content != after[table].content_hash:
            connection.execute(
                "update audit.publications set content_hash = ?, erasure_number = ? "
                "where publication_number = ? and table_name = ?",
                [after[table].content_hash, erasure, number, table],
            )
        connection.execute(
            "update audit.publications set figures_hash = ? "
            "where publication_number = ? and table_name = ? and figures_hash is null",
            [before[table].figures_hash, number, table],
        )


def _files(
    connection: duckdb.DuckDBPyConnection, columns_of: _Columns, database: str, number: int, tick: int, spans: _Spans
) -> str:
    """What `kept.files_fingerprint` says of raw at a tick, worked out of sums that are asked for once."""
    lines = []
    for table, names, types in connection.execute(
        f"select table_name, column_names, column_types from {database}.audit.kept_shapes where {holds_at(number)}"
    ).fetchall():
        schema, _, name = table.partition(".")
        if not schema.startswith(inputs.RAW):
            continue
        columns = [
            (column, kind)
            for column, kind in zip(json.loads(names), json.loads(types), strict=True)
            if not column.startswith("_") or column == "_deleted_at"
        ]
        if (table, str(columns)) not in spans:
            spans[table, str(columns)] = _spans(connection, columns_of, database, schema, name, columns)
        held = [
            (rows, mark)
            for since, until, rows, mark in spans[table, str(columns)]
            if since <= tick and (until is None or until > tick)
        ]
        if rows := sum(rows for rows, _ in held):
            lines.append((f"{identifier(schema)}.{identifier(name)}", rows, sum(mark for _, mark in held)))
    return kept.digest(str(line) for line in sorted(lines))


def _spans(
    connection: duckdb.DuckDBPyConnection,
    columns_of: _Columns,
    database: str,
    schema: str,
    name: str,
    columns: list[tuple[str, str]],
) -> list[tuple[int, int | None, int, int]]:
    found: list[tuple[int, int | None, int, int]] = []
    for place in (schema, superseded.PREFIX + schema):
        present = columns_of.get((database, place, name), set())
        if not present:
            continue
        cells = ", ".join(
            f"cast({identifier(column) if column in present else 'null'} as {kind})" for column, kind in columns
        )
        since = f"coalesce({superseded.SINCE}, 0)" if superseded.SINCE in present else "0"
        until = superseded.UNTIL if superseded.UNTIL in present else "cast(null as bigint)"
        found += connection.execute(
            f"select {since}, {until}, count(*), sum(hash({cells})) "
            f"from {database}.{identifier(place)}.{identifier(name)} group by all"
        ).fetchall()
    return found


def _renew_memory(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    held = connection.execute(
        "select publication_number, run_number, row_count, content_hash from old.audit.kept_memories "
        "where table_name = ?",
        [memory],
    ).fetchall()
    if not held:
        return
    runs = {
        database: connection.execute(
            f"select run_number, count(*), sum(hash({names})) from {database}.intermediate.{identifier(memory)} "
            "group by all"
        ).fetchall()
        for database in ("old", "new")
        for names in [
            ", ".join(
                identifier(name)
                for name, *_ in connection.execute(f"describe {database}.intermediate.{identifier(memory)}").fetchall()
            )
        ]
    }
    for number, run, rows, content in held:
        before, after = (
            (sum(count for _, count, _ in held), str(sum(mark for _, _, mark in held)))
            for held in ([one for one in runs[name] if one[0] <= run] for name in ("old", "new"))
        )
        if before == (rows, content) != after:
            connection.execute(
                "update new.audit.kept_memories set content_hash = ? where publication_number = ? and table_name = ?",
                [after[1], number, memory],
            )
