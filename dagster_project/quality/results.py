"""What became of each promise: one record per promise and run, kept in `audit.check_results`.

What lives here: the record, and how it reads in words and as a Markdown table. What doesn't: evaluation, by Great
Expectations or by dbt, and the table's shape (dagster_project/audit).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Any, Literal

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import only_row, transaction
from dagster_project.markdown import markdown_records, markdown_table
from dagster_project.quality.builds import naive_utc
from dagster_project.quality.suites import EVERY_OBJECT, EXPECTATIONS_DIR, SQL_TYPE

# Enough rows to see the pattern and look them up; more would bury it, and the count tells how many there are.
SAMPLE_ROWS = 20

# A log shows fewer, and less of each: the page and the UI show the rest.
EXPLAINED_ROWS = 3
EXPLAINED_WIDTH = 200

# Begins the type of a promise that dbt asked, such as `dbt.relationships`; a test of its own file is `dbt.singular`.
DBT_TYPE = "dbt."
SINGULAR_TYPE = DBT_TYPE + "singular"

Status = Literal["passed", "failed", "errored"]


@dataclass(frozen=True)
class CheckResult:
    """One promise as it was found in one run.

    `errored` means that the promise could not be evaluated (a missing column, a broken query); `message` says why.
    `checked_rows` is the table's row count. `unexpected_count` is the number of rows that break the promise, where it
    is a promise about rows.
    """

    table_name: str
    layer: str
    expectation: str
    expectation_type: str
    column_name: str | None
    promise: str
    severity: str
    status: Status
    checked_rows: int | None = None
    unexpected_count: int | None = None
    sample_rows: Sequence[Mapping[str, Any]] = ()
    message: str | None = None

    @property
    def finding(self) -> str:
        """What was found, in a few words."""
        if self.status == "passed":
            return "holds"
        if self.status == "errored":
            return f"could not be evaluated: {self.message}"
        if self.unexpected_count is None:
            return self.message or "does not hold"
        # A query may return anything, a group or a missing row of another table: it has no "of so many".
        of_rows = f" of {self.checked_rows}" if self.checked_rows and self.expectation_type != SQL_TYPE else ""
        return f"{self.unexpected_count}{of_rows} {'row breaks' if self.unexpected_count == 1 else 'rows break'} it"

    @property
    def line(self) -> str:
        """Which promise, and what was found."""
        return f"{self.table_name}.{self.expectation}: {self.finding}"

    @property
    def mend(self) -> str:
        """What to do when the promise doesn't hold."""
        return mend(self.table_name, self.expectation, self.expectation_type, self.status)

    @property
    def explanation(self) -> str:
        """The promise, what was found, a few rows and the mend, for a log.

        Logs reach a journal or a mail: rows in front of the marts, which may hold personal data, aren't told there.
        """
        shown = [
            shorten(", ".join(f"{k}={v}" for k, v in row.items()), EXPLAINED_WIDTH, placeholder=" …")
            for row in list(self.sample_rows)[:EXPLAINED_ROWS]
        ]
        if shown and self.layer != "marts":
            shown = ["in the data docs, as it may hold personal data"]
        lines = [
            f"{self.severity}: {self.table_name}.{self.expectation}",
            f"  promise  {self.promise}",
            f"  found    {self.finding}",
            *(f"  row      {row}" for row in shown),
            f"  mend     {self.mend}",
        ]
        return "\n".join(lines)


def home(table_name: str, expectation: str, expectation_type: str) -> str:
    """The file in which a promise stands."""
    if expectation_type == SINGULAR_TYPE:
        return f"dbt_models/tests/{expectation}.sql"
    schema, name = table_name.split(".")
    if expectation_type.startswith(DBT_TYPE):
        return f"{name}.yml, beside the model"
    file = EXPECTATIONS_DIR / schema / f"{name}.yml"
    if schema.startswith("raw_") and not (file.exists() and f"- name: {expectation}\n" in file.read_text("utf-8")):
        return f"expectations/{EVERY_OBJECT}"
    return f"expectations/{schema}/{name}.yml"


def mend(table_name: str, expectation: str, expectation_type: str, status: str) -> str:
    """What to do about a promise that doesn't hold, by what it is about."""
    place = home(table_name, expectation, expectation_type)
    if status == "errored":
        return f"Mend the promise in {place}, or the table that it asks."
    if table_name.startswith("raw_"):
        return f"Mend the records in the source system and deliver them again. The promise stands in {place}."
    return (
        f"Look the rows up in {table_name} of the build file. Mend the records or reference rows that they come from; "
        f"if these are right, mend the model. The promise stands in {place}."
    )


def record(
    connection: duckdb.DuckDBPyConnection,
    results: Iterable[CheckResult],
    *,
    run_id: str,
    checked_at: datetime,
    as_of: datetime,
    load_id: str,
    build_id: str | None,
) -> None:
    """Append the results of a run; earlier runs' results stay."""
    prepare_audit(connection)
    (check_number,) = only_row(connection, "select coalesce(max(check_number), 0) + 1 from audit.check_results")
    rows = [
        [
            run_id,
            naive_utc(checked_at),
            naive_utc(as_of),
            result.layer,
            result.table_name,
            result.expectation,
            result.expectation_type,
            result.column_name,
            result.promise,
            result.severity,
            result.status,
            result.checked_rows,
            result.unexpected_count,
            _json(result.sample_rows),
            result.message,
            load_id,
            build_id if result.layer != "raw" else None,
            f"index.html#{result.table_name}",
            check_number,
        ]
        for result in results
    ]
    if rows:
        # By itself, each row would be a transaction of its own.
        with transaction(connection):
            connection.executemany(f"insert into audit.check_results values ({', '.join('?' * len(rows[0]))})", rows)


def _json(rows: Sequence[Mapping[str, Any]]) -> str | None:
    return json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False) if rows else None


def markdown_report(results: Sequence[CheckResult]) -> str:
    """Every promise of a table with what was found, broken ones first, sample rows below."""
    order = {"errored": 0, "failed": 1, "passed": 2}
    ordered = sorted(results, key=lambda result: order[result.status])
    found = [(r.status, r.promise, r.finding) for r in ordered]
    lines = [markdown_table(["status", "promise", "found"], found)]
    for result in ordered:
        if result.status != "passed":
            lines += ["", f"**{result.expectation}**: {result.promise} {result.mend}"]
        if result.sample_rows:
            lines += ["", markdown_records(result.sample_rows)]
    return "\n".join(lines)
