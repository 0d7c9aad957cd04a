"""The lake folder: tables as Parquet files that both engines read.

What lives here: from a DuckDB file to Parquet, from Parquet to Spark's catalogue, and back. What doesn't: which tables.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.engine import identifier, literal

# What lies in the folder of a build: the tables that it begins with, those that Spark makes, what broke dbt's tests,
# what Spark said, and what it did.
INPUTS, TABLES, BROKEN_ROWS, LOG, EVENTS = "inputs", "tables", "broken_rows.json", "spark.log", "events"

# A build has a folder of its own: what a killed one still writes lands in no other's tables.
BUILD = "throughline_build_"

# The property of a database that Throughline made, and may replace.
_OURS = "made_by_throughline"


class LakeError(RuntimeError):
    """The lake can't be used as it is; the message is one line."""


def build_folder(lake: Path, token: str) -> Path:
    """Where a build keeps its tables."""
    return lake / f"{BUILD}{token}"


def begin_build(build: Path, schemas: Iterable[str] = ()) -> None:
    """Make its folder, in place of earlier builds', with room for the schemas of what it makes.

    Whoever is not the user who runs Throughline can't look into it.
    """
    for folder in build.parent.glob(f"{BUILD}*"):
        shutil.rmtree(folder, ignore_errors=True)
    build.mkdir(parents=True, mode=0o700)
    for part in (INPUTS, TABLES, EVENTS):
        (build / part).mkdir()
    for schema in schemas:
        (build / TABLES / f"{schema}.db").mkdir()


# A table of a DuckDB file: schema and name.
Table = tuple[str, str]


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """The tables and views of the file, in order of their names."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() and not internal"
    ).fetchall()
    return sorted([*found, *_views_of(connection)])


def _views_of(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    return connection.execute(
        "select schema_name, view_name from duckdb_views() where database_name = current_database() and not internal"
    ).fetchall()


def write_parquet(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table], folder: Path) -> None:
    """Each table as a folder of one Parquet file, in place of what lay there, with the columns as Spark calls them."""
    for schema, name in tables:
        place = folder / schema / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        columns = _columns(connection, schema, name)
        values = [f"cast({identifier(column)} as {kind}) as {identifier(column)}" for column, kind, _ in columns]
        connection.execute(
            f"copy (select {', '.join(values)} from {identifier(schema)}.{identifier(name)}) "
            f"to {literal(str(place / 'part.parquet'))} (format parquet)"
        )
        (place / _COLUMNS).write_text(", ".join(f"`{column}` {kind}" for column, _, kind in columns))


# Beside a table's Parquet files; Spark looks at no file that begins with an underscore.
_COLUMNS = "_columns.sql"

# DuckDB's types as Parquet can hold them, and as Spark calls them. Parquet has no whole numbers of 128 bits, and DuckDB
# would write doubles.
_TYPES = {
    "VARCHAR": ("varchar", "string"),
    "JSON": ("varchar", "string"),
    "UUID": ("varchar", "string"),
    "BOOLEAN": ("boolean", "boolean"),
    "TINYINT": ("smallint", "smallint"),
    "SMALLINT": ("smallint", "smallint"),
    "INTEGER": ("integer", "int"),
    "BIGINT": ("bigint", "bigint"),
    "UBIGINT": ("decimal(20, 0)", "decimal(20, 0)"),
    "HUGEINT": ("decimal(38, 0)", "decimal(38, 0)"),
    "FLOAT": ("double", "double"),
    "DOUBLE": ("double", "double"),
    "DATE": ("date", "date"),
    "TIMESTAMP": ("timestamp", "timestamp_ntz"),
    # Of timestamps with an offset the warehouse holds UTC.
    "TIMESTAMP WITH TIME ZONE": ("timestamp", "timestamp_ntz"),
}


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> list[tuple[str, str, str]]:
    """Each column's name, its type for DuckDB to write, and Spark's type."""
    return [
        (column, *_types_of(f"{schema}.{name}.{column}", data_type))
        for column, data_type in types_of(connection, schema, name).items()
    ]


def _types_of(column: str, data_type: str) -> tuple[str, str]:
    if data_type.startswith("ENUM"):
        return _TYPES["VARCHAR"]
    if data_type.startswith("DECIMAL"):
        return data_type.lower(), data_type.lower()
    if data_type.endswith("[]"):
        written, read = _types_of(column, data_type[:-2])
        return f"{written}[]", f"array<{read}>"
    if data_type not in _TYPES:
        raise ValueError(
            f"{column} has the type {data_type}, which has no place in the lake; expected {', '.join(_TYPES)}"
        )
    return _TYPES[data_type]


def register(spark: Any, build: Path) -> None:
    """Make the tables that a build begins with tables of Spark's catalogue, and databases for what it makes."""
    inputs = build / INPUTS
    made = {folder.name.removesuffix(".db") for folder in (build / TABLES).glob("*.db")}
    for schema in sorted(made | {folder.name for folder in inputs.iterdir()}):
        _take_database(spark, schema, build / TABLES / f"{schema}.db")
    for place in sorted(inputs.glob("*/*")):
        # Given its columns, Spark doesn't look into the files.
        columns = (place / _COLUMNS).read_text()
        table = f"`{place.parent.name}`.`{place.name}`"
        spark.sql(f"create table {table} ({columns}) using parquet location '{place}'")


def _take_database(spark: Any, name: str, place: Path) -> None:
    """Make the database anew. A catalogue that outlives the session may hold the one of the build before, or another's
    of the same name: that one raises LakeError.
    """
    if spark.catalog.databaseExists(name):
        told = {row[0]: row[1] for row in spark.sql(f"describe database extended `{name}`").collect()}
        if _OURS not in str(told.get("Properties")):
            raise LakeError(
                f"the catalogue has a database {name} that Throughline did not make; expected none, or the one of its "
                "last build. Give Throughline a catalogue of its own, or rename that database"
            )
        spark.sql(f"drop database `{name}` cascade")
    spark.sql(f"create database `{name}` location '{place}' with dbproperties ('{_OURS}' = 'true')")


def drop_views(connection: duckdb.DuckDBPyConnection, tables: Collection[Table]) -> None:
    """Drop the views among the tables that are to be read back: DuckDB replaces no view by a table."""
    for schema, name in _views_of(connection):
        if (schema, name) in tables:
            connection.execute(f"drop view {identifier(schema)}.{identifier(name)}")


def read_back(
    connection: duckdb.DuckDBPyConnection, build: Path, schema: str, name: str, types: Mapping[str, str]
) -> None:
    """Replace the DuckDB file's table by what Spark made; `types` are those that columns must have there."""
    table = f"{identifier(schema)}.{identifier(name)}"
    places = (build / TABLES / f"{schema}.db" / name, build / INPUTS / schema / name)
    files = next((place / "*.parquet" for place in places if any(place.glob("*.parquet"))), None)
    if files is None:
        raise FileNotFoundError(f"{schema}.{name} was built on Spark, but {places[0]} has no Parquet files")
    rows = f"read_parquet({literal(str(files))}, union_by_name = true)"
    connection.execute(f"create schema if not exists {identifier(schema)}")
    columns = [column for column, *_ in connection.execute(f"describe from {rows}").fetchall()]
    values = [
        f"cast({identifier(column)} as {types[column]}) as {identifier(column)}"
        if column in types
        else identifier(column)
        for column in columns
    ]
    connection.execute(f"create or replace table {table} as select {', '.join(values)} from {rows}")


def types_of(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, str]:
    """The columns of a table in the file with their types, in order; none of a table that isn't there."""
    found = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and table_name = ? order by column_index",
        [schema, name],
    ).fetchall()
    return dict(found)


def comment(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, description: str, columns: Mapping[str, str]
) -> None:
    """Say what the table and its columns are."""
    table = f"{identifier(schema)}.{identifier(name)}"
    statements = [f"comment on table {table} is {literal(description)}"] if description else []
    statements += [
        f"comment on column {table}.{identifier(column)} is {literal(told)}" for column, told in columns.items()
    ]
    if statements:
        connection.execute(";\n".join(statements))
