"""The raw tables themselves: creating them, and giving older ones today's columns and types.

What lives here: the shape of `raw_<source>.<object>`. What doesn't: which rows stand in it (loader.py, versions.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from dagster_project.engine import identifier, only_row, transaction
from dagster_project.landing import sql
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.landing.inspection import LINEAGE_COLUMNS


def execute(connection: duckdb.DuckDBPyConnection, statement: str, parameters: Sequence[object] = ()) -> int:
    """Run a statement; for one that counts or writes rows, how many."""
    row = connection.execute(statement, list(parameters)).fetchone()
    return row[0] if row and isinstance(row[0], int) else 0


def ensure_table(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    """Create the object's typed raw table, or give an older one the columns and types that the catalog has now."""
    _create_table(connection, landing_object)
    present = table_columns(connection, landing_object)
    for name, sql_type in LINEAGE_COLUMNS.items():
        if name not in present:
            add_column(connection, landing_object, name, sql_type)
    for column in landing_object.columns:
        stored = present.get(column.name.lower())
        if stored is None:
            add_column(connection, landing_object, column.name, column.sql_type)
        elif stored[1] != column.sql_type:
            name = identifier(stored[0])
            cast = sql.cast_native(name, stored[1], column.type)
            lost = only_row(
                connection,
                f"select count(*) from {sql.table(landing_object)} "
                f"where not {sql.is_blank(name, stored[1])} and ({cast}) is null",
            )[0]
            if lost:
                raise LandingError(
                    f"{landing_object.source}: {landing_object.name}: column {column.name} is {column.type} "
                    f"in the catalog now, but {lost} rows loaded earlier hold something else; "
                    "run load_landing with full_refresh: true"
                )
            alter_type(connection, landing_object, stored[0], column.sql_type, cast)


def _create_table(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    wanted = {column.name: column.sql_type for column in landing_object.columns} | LINEAGE_COLUMNS
    connection.execute(f"create schema if not exists {identifier(landing_object.schema)}")
    columns = ", ".join(f"{identifier(name)} {sql_type}" for name, sql_type in wanted.items())
    connection.execute(f"create table if not exists {sql.table(landing_object)} ({columns})")


def ensure_tables(connection: duckdb.DuckDBPyConnection, objects: Iterable[LandingObject]) -> None:
    """The same for several; one look tells which of them stand as the catalog wants them, on most nights all."""
    stored: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, name, sql_type in connection.execute(
        "select schema_name, table_name, lower(column_name), data_type from duckdb_columns() "
        "where database_name = current_database() and starts_with(schema_name, 'raw_')"
    ).fetchall():
        stored.setdefault((schema, table), {})[name] = sql_type
    listed = list(objects)
    missing = [o for o in listed if (o.schema, o.snake_name) not in stored]
    if missing:
        # Each statement by itself would wait for the disk.
        with transaction(connection):
            for landing_object in missing:
                _create_table(connection, landing_object)
    for landing_object in listed:
        present = stored.get((landing_object.schema, landing_object.snake_name))
        if present is None:
            continue
        wanted = {column.name.lower(): column.sql_type for column in landing_object.columns}
        if not (wanted.items() <= present.items() and LINEAGE_COLUMNS.keys() <= present.keys()):
            ensure_table(connection, landing_object)


def empty(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The raw tables (`raw_salesforce.lead`) that never held a row; one look instead of one into each."""
    rows = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where database_name = current_database() and starts_with(schema_name, 'raw_') and estimated_size = 0"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def table_columns(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> dict[str, tuple[str, str]]:
    """Lower-case name → (name, type), as the raw table stands."""
    rows = connection.execute(f"describe {sql.table(landing_object)}").fetchall()
    return {name.lower(): (name, sql_type) for name, sql_type, *_ in rows}


def add_column(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, name: str, sql_type: str) -> None:
    connection.execute(f"alter table {sql.table(landing_object)} add column {identifier(name)} {sql_type}")


def alter_type(
    connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, name: str, sql_type: str, using: str
) -> None:
    table, column = sql.table(landing_object), identifier(name)
    connection.execute(f"alter table {table} alter column {column} set data type {sql_type} using {using}")
