"""Defects that neither the loader nor the models make: a built warehouse's tables, changed by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

DOUBLE = "insert into {table} select * from {table} limit 1"
EMPTY = "delete from {table}"


def copy_with_defect(built: Path, folder: Path, table: str, defect: str) -> Path:
    """A copy of the file in which a table has the defect, an SQL statement that may name the table as `{table}`."""
    # The file's name is the database's name in the SQL of its views.
    file = folder / built.name
    shutil.copyfile(built, file)
    with duckdb.connect(str(file)) as connection:
        make_writable(connection, table)
        connection.execute(defect.format(table=table))
    return file


def make_writable(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """A view can't have a defect of its own: put a table with its rows in its place."""
    if connection.execute(
        "select 1 from duckdb_views() where schema_name || '.' || view_name = $table", {"table": table}
    ).fetchall():
        connection.execute(f"create temp table view_rows as from {table}; drop view {table}")
        connection.execute(f"create table {table} as from view_rows; drop table view_rows")
