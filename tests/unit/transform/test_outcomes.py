"""dbt's test results in the shape of every other promise."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from dagster_project.quality.results import SAMPLE_ROWS
from dagster_project.transform.outcomes import outcomes_of_tests

MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.t.fct_a": {"schema": "marts", "name": "fct_a"},
        "model.t.fct_b": {"schema": "marts", "name": "fct_b"},
        "test.t.grain_fct_a": {
            "name": "grain_fct_a",
            "description": "",
            "test_metadata": {"name": "grain", "kwargs": {"columns": ["id", "day"], "model": "x"}},
            "config": {"severity": "ERROR", "meta": {}},
            "attached_node": "model.t.fct_a",
            "depends_on": {"nodes": ["model.t.fct_a"]},
        },
        "test.t.assert_sums": {
            "name": "assert_sums",
            "description": "",
            "raw_code": "-- Fails if sums differ.\nselect 1",
            "config": {"severity": "warn", "meta": {"dagster": {"ref": {"name": "fct_b"}}}},
            "depends_on": {"nodes": ["model.t.fct_a", "model.t.fct_b"]},
        },
    }
}


def generic_test(rule: str, **arguments: Any) -> dict[str, Any]:
    return {
        "name": rule,
        "description": "",
        "test_metadata": {"name": rule, "kwargs": {**arguments, "model": "x"}},
        "config": {"severity": "ERROR", "meta": {}},
        "attached_node": "model.t.fct_a",
        "depends_on": {"nodes": ["model.t.fct_a"]},
    }


@pytest.mark.parametrize(
    ("rule", "arguments", "compiled", "rows"),
    [
        ("never_null", {"columns": ["team", "day"]}, "select 'team', 1", [("a3", None, 3), ("a4", "x", None)]),
        ("not_null", {"column_name": "team"}, "select 1", [("a3", None, 3)]),
        (
            "accepted_values",
            {"column_name": "team", "values": ["x"]},
            "select team as value_field, count(*) from marts.fct_a where team not in ('x') group by team",
            [("a1", "y", 1), ("a2", "y", 2)],
        ),
    ],
)
def test_rows_are_shown_where_the_test_only_counts_them(rule, arguments, compiled, rows) -> None:
    manifest = {
        "nodes": {"model.t.fct_a": MANIFEST["nodes"]["model.t.fct_a"], "test.t.x": generic_test(rule, **arguments)}
    }
    results = [{"unique_id": "test.t.x", "status": "fail", "failures": 1, "message": None, "compiled_code": compiled}]
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts; create table marts.fct_a as from (values ('a1', 'y', 1), ('a2', 'y', 2), "
            "('a3', null, 3), ('a4', 'x', null)) as rows (id, team, day)"
        )
        (outcome,) = outcomes_of_tests(connection, {"results": results}, manifest)
    assert outcome.unexpected_count == len(rows)
    assert sorted((row["id"], row["team"], row["day"]) for row in outcome.sample_rows) == rows
    assert next(iter(outcome.sample_rows[0])) == "team"


def found(unique_id: str, status: str, **more: Any) -> list[Any]:
    result = {"unique_id": unique_id, "status": status, "failures": 0, "message": None, "compiled_code": "-", **more}
    with duckdb.connect() as connection:
        return outcomes_of_tests(connection, {"results": [result]}, MANIFEST)


def test_a_promise_that_holds_is_kept_too() -> None:
    (outcome,) = found("test.t.grain_fct_a", "pass")
    assert (outcome.table_name, outcome.expectation, outcome.status) == ("marts.fct_a", "grain_fct_a", "passed")
    assert (outcome.expectation_type, outcome.column_name) == ("dbt.grain", "id, day")
    assert (outcome.promise, outcome.severity) == ("One row per id, day, none of them blank.", "blocking")


def test_a_broken_one_has_some_of_its_rows_and_not_more() -> None:
    query = "with many as (select range as id from range(50)) select id from many -- all of them"
    (outcome,) = found("test.t.grain_fct_a", "fail", failures=50, compiled_code=query)
    assert (outcome.status, outcome.unexpected_count) == ("failed", 50)
    assert outcome.sample_rows == [{"id": number} for number in range(SAMPLE_ROWS)]
    assert "row      id=0\n" in outcome.explanation
    assert outcome.explanation.count("  row ") == 3


def test_a_test_of_several_models_is_about_the_one_that_its_config_names() -> None:
    (outcome,) = found("test.t.assert_sums", "warn", failures=1, compiled_code="select 1 as off")
    assert (outcome.table_name, outcome.severity, outcome.status) == ("marts.fct_b", "warn", "failed")
    assert (outcome.expectation_type, outcome.promise) == ("dbt.singular", "Fails if sums differ.")
    assert "dbt_models/tests/assert_sums.sql" in outcome.mend


def test_one_that_could_not_be_asked_has_errored() -> None:
    (outcome,) = found("test.t.grain_fct_a", "error", message="Binder Error:\n  no column id")
    assert (outcome.status, outcome.unexpected_count) == ("errored", None)
    assert outcome.finding == "could not be evaluated: Binder Error: no column id"


def test_what_dbt_skipped_and_models_are_no_promises() -> None:
    assert found("test.t.grain_fct_a", "skipped") == []
    assert found("model.t.fct_a", "error") == []
