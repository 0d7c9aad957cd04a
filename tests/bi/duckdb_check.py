"""Reads every table and view of the published file with the oldest DuckDB that readers are promised (`make bi-check`).

It runs in an environment of its own, which has DuckDB's client and nothing of the project.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

RELATIONS = """
    select table_schema, table_name from information_schema.tables
    where table_catalog = current_database() and table_schema <> 'information_schema'
    order by table_schema, table_name
"""


def published_file(arguments: list[str]) -> Path:
    """The file that was named, or the one of the warehouse folder."""
    if arguments:
        return Path(arguments[0])
    return Path(os.environ.get("THROUGHLINE_WAREHOUSE_DIR") or "warehouse") / "published" / "throughline.duckdb"


def main(arguments: list[str]) -> int:
    """Exit code: 0 when everything could be read, else 1, with a line per failure."""
    file = published_file(arguments)
    if not file.is_file():
        print(f"{file} does not exist; expected a published file; publish with `make run` first", file=sys.stderr)
        return 1
    client = f"DuckDB {duckdb.__version__}"
    try:
        connection = duckdb.connect(str(file), read_only=True)
        relations = connection.execute(RELATIONS).fetchall()
    except duckdb.Error as error:
        print(f"{client} can't open {file}: {one_line(error)}")
        return 1
    failures = 0
    for schema, name in relations:
        relation = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
        try:
            connection.execute(f"select * from {relation} limit 1").fetchall()
            connection.execute(f"select count(*) from {relation}").fetchall()
        except duckdb.Error as error:
            print(f"{client} can't read {schema}.{name}: {one_line(error)}")
            failures += 1
    if not relations:
        print(f"{file} holds no tables; expected marts, reference and audit")
        return 1
    if failures:
        print(f"{client} can't read {failures} of {len(relations)} tables and views of {file}")
        return 1
    print(f"{client} reads all {len(relations)} tables and views of {file}")
    return 0


def one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
