"""What dbt's tests found, in the shape of every other promise, with some of the rows that break it.

What lives here: reading dbt's results. What doesn't: keeping and showing them, see `quality/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from dagster_project.engine import identifier, only_row
from dagster_project.quality.results import DBT_TYPE, SAMPLE_ROWS, SINGULAR_TYPE, CheckResult, Status
from dagster_project.transform.engines import BrokenRows
from dagster_project.transform.translator import check_description

# Rules whose tests return numbers of nulls, in place of the rows that have them.
_COUNT_NULLS = {"never_null", "not_null"}

_STATUSES: Mapping[str, Status] = {"pass": "passed", "fail": "failed", "warn": "failed", "error": "errored"}


def outcomes_of_tests(
    connection: duckdb.DuckDBPyConnection,
    run_results: Mapping[str, Any],
    manifest: Mapping[str, Any],
    broken_rows: BrokenRows | None = None,
) -> list[CheckResult]:
    """One result per test that dbt ran. Tests that it skipped, since a model before them failed, found nothing.

    `broken_rows` are what another engine found of the tests whose SQL only it reads.
    """
    return [
        _outcome(connection, result, manifest["nodes"][result["unique_id"]], manifest, broken_rows or {})
        for result in run_results["results"]
        if result["unique_id"].startswith("test.") and result["status"] in _STATUSES
    ]


def _outcome(
    connection: duckdb.DuckDBPyConnection,
    result: Mapping[str, Any],
    test: Mapping[str, Any],
    manifest: Mapping[str, Any],
    broken_rows: BrokenRows,
) -> CheckResult:
    status = _STATUSES[result["status"]]
    model = guarded_model(test, manifest)
    generic = test.get("test_metadata")
    arguments = generic["kwargs"] if generic else {}
    columns = arguments.get("columns") or [arguments[key] for key in ("column_name",) if key in arguments]
    count: int | None = result["failures"]
    rows: Sequence[Mapping[str, Any]] = ()
    if status == "failed":
        rule = generic["name"] if generic else ""
        if result["unique_id"] in broken_rows and rule not in _COUNT_NULLS:
            count, rows = broken_rows[result["unique_id"]]
        else:
            count, rows = _found(connection, _broken_rows(rule, model, columns, result["compiled_code"]))
    return CheckResult(
        table_name=f"{model['schema']}.{model['name']}",
        layer=model["schema"],
        expectation=test["name"],
        expectation_type=DBT_TYPE + generic["name"] if generic else SINGULAR_TYPE,
        column_name=", ".join(columns) or None,
        promise=check_description(test),
        severity="warn" if test["config"]["severity"].lower() == "warn" else "blocking",
        status=status,
        unexpected_count=None if status == "errored" else count,
        sample_rows=rows,
        message=" ".join(str(result["message"]).split()) if status == "errored" else None,
    )


def guarded_model(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model that a test is about, the same as in the asset graph: the one its YAML or its config names, else the
    first that it reads."""
    named = test["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
    read = [manifest["nodes"][unique_id] for unique_id in test["depends_on"]["nodes"] if unique_id.startswith("model.")]
    attached = manifest["nodes"].get(test.get("attached_node") or "")
    return next((model for model in read if model["name"] == named), attached or read[0])


def _broken_rows(rule: str, model: Mapping[str, Any], columns: Sequence[str], compiled: str) -> str:
    """The rows that break a promise: what the test itself returns, unless that is only their number.

    The models that a failed test reads are in the file, as dbt left them.
    """
    table = f"{identifier(model['schema'])}.{identifier(model['name'])}"
    names = [identifier(column) for column in columns]
    first = f"select {', '.join(names)}, * exclude ({', '.join(names)}) from {table}"
    if rule in _COUNT_NULLS:
        return f"{first} where {' or '.join(f'{name} is null' for name in names)}"
    if rule == "accepted_values":
        return f"{first} where {names[0]} in (select value_field from ({compiled}\n))"
    return compiled


def _found(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, Sequence[Mapping[str, Any]]]:
    """How many rows a query has, and some of them."""
    (count,) = only_row(connection, f"select count(*) from ({query}\n)")
    found = connection.execute(f"select * from ({query}\n) order by all limit {SAMPLE_ROWS}")
    names = [column[0] for column in found.description]
    return count, [dict(zip(names, row, strict=True)) for row in found.fetchall()]
