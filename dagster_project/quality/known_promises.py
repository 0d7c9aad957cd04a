"""Promises that held, and of which nothing that they ask is another, aren't asked again.

What lives here: what is known of promises, kept in the build file as `audit.known_promises`. What doesn't: asking them.

A promise's mark is a hash of what it says (its type, its arguments, its query with the run's logical time in it), of
the code and the versions that ask it, and of the rows of every table that it reads. DuckDB's own
parser tells which tables and views a query names. A promise that was broken is always asked again, since its rows are
to be shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import identifier, transaction
from dagster_project.quality.results import CheckResult
from dagster_project.quality.suites import Expectation, Suite

# What makes a result of a promise's result, beside the suite.
_CODE = [Path(__file__).parent / name for name in ("counted_rows.py", "validation.py")]


@dataclass(frozen=True)
class Found:
    """What a promise that held was found with."""

    checked_rows: int | None
    unexpected_count: int | None
    message: str | None


class KnownPromises:
    """Of some suites, whose queries have the logical time in them: read from the build file before they are asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> None:
        prepare_audit(connection)
        marks = Marks(connection)
        self._marks = {(s.table, e.name): marks.of(s, e) for s in suites for e in s.expectations}
        self._held = {
            (table, expectation): Found(checked_rows, unexpected_count, message)
            for table, expectation, mark, checked_rows, unexpected_count, message in connection.execute(
                "select table_name, expectation, mark, checked_rows, unexpected_count, message "
                "from audit.known_promises"
            ).fetchall()
            if mark == self._marks.get((table, expectation))
        }
        self._suites = suites

    def to_ask(self) -> list[Suite]:
        """The suites with the promises of which it isn't known that they hold."""
        asked = [
            replace(s, expectations=tuple(e for e in s.expectations if (s.table, e.name) not in self._held))
            for s in self._suites
        ]
        return [suite for suite in asked if suite.expectations]

    def held(self) -> list[CheckResult]:
        """What is known of the others."""
        from dagster_project.quality.validation import result_of

        return [
            result_of(suite, expectation, "passed", **asdict(self._held[suite.table, expectation.name]))
            for suite in self._suites
            for expectation in suite.expectations
            if (suite.table, expectation.name) in self._held
        ]

    def keep(self, connection: duckdb.DuckDBPyConnection, outcome: Sequence[CheckResult]) -> None:
        """Remember of the promises that were asked those that held."""
        asked = [(r.table_name, r.expectation) for r in outcome]
        passed = [
            [r.table_name, r.expectation, mark, r.checked_rows, r.unexpected_count, r.message]
            for r in outcome
            if r.status == "passed" and (mark := self._marks[r.table_name, r.expectation])
        ]
        with transaction(connection):
            connection.execute(
                "delete from audit.known_promises where (table_name, expectation) in (select unnest(?), unnest(?))",
                [[table for table, _ in asked], [name for _, name in asked]],
            )
            if passed:
                connection.execute(
                    "insert into audit.known_promises select " + ", ".join(["unnest(?)"] * len(passed[0])),
                    [list(column) for column in zip(*passed, strict=True)],
                )


class Marks:
    """Marks of promises on one build file, whose tables are read once each."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._contents: dict[str, str | None] = {}

    def of(self, suite: Suite, expectation: Expectation) -> str | None:
        """None where it can't be told what is read: then the promise is asked."""
        tables = {suite.table}
        if expectation.sql:
            named = self._named_in(expectation.query_on(_quoted(suite.table)))
            if named is None:
                return None
            tables |= named
        contents = {table: self._contents_of(table) for table in sorted(tables)}
        if None in contents.values():
            return None
        said = [suite.table, expectation.expect, expectation.arguments, expectation.sql]
        mark = json.dumps([_asked_by(), said, contents], default=str)
        return hashlib.blake2b(mark.encode(), digest_size=16).hexdigest()

    def _named_in(self, query: str) -> set[str] | None:
        """The tables and views that a query names; None if it can't be read."""
        ((told,),) = self._connection.execute("select json_serialize_sql(?)", [query]).fetchall()
        tree = json.loads(told)
        if tree["error"]:
            return None
        parts = list(_parts(tree))
        defined = {entry["key"] for part in parts for entry in part.get("cte_map", {}).get("map", [])}
        named = {(part["schema_name"], part["table_name"]) for part in parts if part.get("type") == "BASE_TABLE"}
        return {f"{schema}.{name}" if schema else name for schema, name in named if schema or name not in defined}

    def _contents_of(self, table: str) -> str | None:
        """Of a table's columns, and of its rows in whatever order; None if it isn't there."""
        if table not in self._contents:
            try:
                columns = self._connection.execute(f"describe {_quoted(table)}").fetchall()
                rows = self._connection.execute(f"select count(*), sum(hash(t)) from {_quoted(table)} as t").fetchall()
                self._contents[table] = f"{columns} {rows}"
            except duckdb.Error:
                self._contents[table] = None
        return self._contents[table]


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a query's syntax tree."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(part)


@cache
def _asked_by() -> str:
    """The versions and the code that a promise is asked by."""
    code = hashlib.blake2b(b"\0".join(file.read_bytes() for file in _CODE)).hexdigest()
    return f"{duckdb.__version__} {version('great_expectations')} {code}"


def _quoted(table: str) -> str:
    return ".".join(map(identifier, table.split(".")))
