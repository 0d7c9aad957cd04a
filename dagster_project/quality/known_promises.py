"""Promises of which nothing that they read is another aren't asked again: what was found of them is known.

What lives here: what is known of promises, kept in the build file as `audit.known_promises`. What doesn't: asking them.

A promise's mark is a hash of what it says (its type, its arguments, its query with the run's logical time in it), of
the code and the versions that ask it, and of the rows of every table that it reads. DuckDB's own parser tells which
tables, views and functions a query names. A promise that couldn't be asked is asked again, and so is one whose
answer hangs on more than rows: on a clock, on chance, on a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import quoted_table
from dagster_project.quality.results import DBT_TYPE, CheckResult
from dagster_project.quality.suites import Expectation, Suite

# By what a promise is asked, beside the suite.
_CODE = [Path(__file__).parent / name for name in ("counted_rows.py", "validation.py")]

# Functions that give the same for the same arguments: DuckDB says it of those of one row and of groups of rows.
_OF_ROWS_ALONE = """
    select function_name
    from duckdb_functions()
    group by function_name
    having bool_and(stability is not distinct from 'CONSISTENT')
"""
_OF_ARGUMENTS_ALONE = {"generate_series", "range", "unnest"}
_CLOCKS = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}

# A test of dbt's may have the name of a promise.
_FOUND = f"""
    select
        table_name, expectation, mark,
        struct_pack(status, checked_rows, unexpected_count, sample_rows := sample_rows::varchar, message)
    from audit.known_promises
    inner join audit.check_results using (table_name, expectation)
    where not starts_with(expectation_type, '{DBT_TYPE}')
    qualify row_number() over (partition by table_name, expectation order by check_number desc) = 1
"""


class KnownPromises:
    """Of some suites, whose queries have the logical time in them: read from the build file before they are asked.

    What was found is that promise's latest row of `audit.check_results`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> None:
        prepare_audit(connection)
        marks = Marks(connection)
        self._marks = {(s.table, e.name): marks.of(s, e) for s in suites for e in s.expectations}
        self._found = {
            (table, expectation): {**found, "sample_rows": json.loads(found["sample_rows"] or "[]")}
            for table, expectation, mark, found in connection.execute(_FOUND).fetchall()
            if mark == self._marks.get((table, expectation))
        }
        self._suites = suites

    def to_ask(self) -> list[Suite]:
        """The suites with the promises of which it isn't known what will be found."""
        asked = [
            replace(s, expectations=tuple(e for e in s.expectations if (s.table, e.name) not in self._found))
            for s in self._suites
        ]
        return [suite for suite in asked if suite.expectations]

    def found(self) -> list[CheckResult]:
        """What will be found of the others."""
        from dagster_project.quality.validation import result_of

        return [
            result_of(suite, expectation, **self._found[suite.table, expectation.name])
            for suite in self._suites
            for expectation in suite.expectations
            if (suite.table, expectation.name) in self._found
        ]

    def forget(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Before results are recorded: nothing is known of the promises that were asked."""
        asked = [(suite.table, expectation.name) for suite in self.to_ask() for expectation in suite.expectations]
        connection.execute(
            "delete from audit.known_promises where (table_name, expectation) in (select unnest(?), unnest(?))",
            [[table for table, _ in asked], [name for _, name in asked]],
        )

    def keep(self, connection: duckdb.DuckDBPyConnection, outcome: Sequence[CheckResult]) -> None:
        """After results were recorded: remember what was asked of which rows, but for what couldn't be asked."""
        known = [
            (r.table_name, r.expectation, mark)
            for r in outcome
            if r.status != "errored" and (mark := self._marks[r.table_name, r.expectation])
        ]
        if known:
            connection.execute(
                "insert into audit.known_promises select unnest(?), unnest(?), unnest(?)",
                [list(column) for column in zip(*known, strict=True)],
            )


class Marks:
    """Marks of promises on one build file, whose tables are read once each."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._contents: dict[str, str | None] = {}
        self._functions = {name for (name,) in connection.execute(_OF_ROWS_ALONE).fetchall()} | _OF_ARGUMENTS_ALONE

    def of(self, suite: Suite, expectation: Expectation) -> str | None:
        """None where it can't be told what is read: then the promise is asked."""
        tables = {suite.table}
        if expectation.sql:
            named = self._named_in(expectation.query_on(quoted_table(suite.table)))
            if named is None:
                return None
            tables |= named
        contents = {table: self._contents_of(table) for table in sorted(tables)}
        if None in contents.values():
            return None
        said = [suite.table, suite.id_columns, expectation.expect, expectation.arguments, expectation.sql]
        mark = json.dumps([_asked_by(), said, contents], default=str)
        return hashlib.blake2b(mark.encode(), digest_size=16).hexdigest()

    def _named_in(self, query: str) -> set[str] | None:
        """The tables and views that a query names; None if it can't be read, or reads something else as well."""
        ((told,),) = self._connection.execute("select json_serialize_sql(?)", [query]).fetchall()
        tree = json.loads(told)
        if tree["error"]:
            return None
        parts = list(_parts(tree))
        called = {part["function_name"] for part in parts if part.get("type") == "FUNCTION"}
        # A clock is named like a column.
        called |= {part["column_names"][0] for part in parts if part.get("type") == "COLUMN_REF"} & _CLOCKS
        if called - self._functions or any(part.get("sample") for part in parts):
            return None
        defined = {entry["key"] for part in parts for entry in part.get("cte_map", {}).get("map", [])}
        named = {(part["schema_name"], part["table_name"]) for part in parts if part.get("type") == "BASE_TABLE"}
        return {f"{schema}.{name}" if schema else name for schema, name in named if schema or name not in defined}

    def _contents_of(self, table: str) -> str | None:
        """Of a table's columns, and of its rows in whatever order; None if it isn't there."""
        if table not in self._contents:
            try:
                columns = self._connection.execute(f"describe {quoted_table(table)}").fetchall()
                rows = self._connection.execute(
                    f"select count(*), sum(hash(t)) from {quoted_table(table)} as t"
                ).fetchall()
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
