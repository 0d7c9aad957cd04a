"""Asking the published file: what it holds, so that a table of another version is told and not stumbled over.

What lives here: reading. What doesn't: which questions are asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.engine import connected


@dataclass(frozen=True)
class Published:
    """An open published file and the columns of its marts."""

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, frozenset[str]]

    def holds(self, required: str) -> bool:
        """Whether there is the mart, or the column if `table.column` is asked for."""
        table, _, column = required.partition(".")
        return table in self.columns and (not column or column in self.columns[table])

    def lacks(self, required: Sequence[str]) -> list[str]:
        return [name for name in required if not self.holds(name)]

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of a query's columns and its rows."""
        result = self.connection.execute(sql)
        return [column[0] for column in result.description], result.fetchall()

    def records(self, sql: str) -> list[dict[str, Any]]:
        names, rows = self.rows(sql)
        return [dict(zip(names, row, strict=True)) for row in rows]


@contextmanager
def opened(file: Path) -> Iterator[Published]:
    """The published file, read only."""
    with connected(file, read_only=True) as connection:
        columns: dict[str, set[str]] = {}
        for table, column in connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        ).fetchall():
            columns.setdefault(table, set()).add(column)
        yield Published(connection, {table: frozenset(names) for table, names in columns.items()})
