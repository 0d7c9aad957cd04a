"""What every room needs of DuckDB: a connection in UTC, transactions, and names and values written safely into SQL.

What doesn't live here: any SQL of its own. Whatever comes from a file, a path or a setting is bound, or passes through
`identifier` or `literal`, so that nothing is ever executed from data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

# The format of a file that is made here: its compression takes a fifth less time and space than that of the oldest
# format, DuckDB's default. It is the build's own; what BI tools read is attached, and so has the default.
_NEW_FILE: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "v1.5.0"}


@contextmanager
def connected(file: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB file, in UTC, closed at the end: a file takes one writer or many readers."""
    connection = duckdb.connect(str(file), read_only=read_only, config={} if file.exists() else _NEW_FILE)
    try:
        # Not in `config`: the timezone's extension isn't loaded yet while connecting.
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside happens, or nothing."""
    connection.execute("begin transaction")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        # An error may have ended the transaction, or the connection, already; it is the one to be told.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise


def only_row(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] | Mapping[str, object] = ()
) -> tuple[Any, ...]:
    """The row of a query that has exactly one, such as a count, or of a statement that tells how many rows it wrote."""
    row = connection.execute(query, parameters).fetchone()
    assert row is not None, query
    return row


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_table(name: str) -> str:
    """A table's name with its schema, such as `marts.dim_person`, as quoted SQL identifiers."""
    return ".".join(map(identifier, name.split(".")))


def literal(value: str) -> str:
    """A text as a quoted SQL literal, for the places that take no bound parameter."""
    return "'" + value.replace("'", "''") + "'"
