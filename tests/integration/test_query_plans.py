"""How DuckDB joins, on the shipped sample: what grows with the square of the rows shows in the plan, long before it
shows in the seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from dagster_project.engine import connected
from tests.compiled_models import compiled_models
from tests.runs import Night

# Two columns that must be equal, among conditions that must all hold.
EQUAL = r"\([a-z_]\w* = [a-z_]\w*\)"
WASTED_EQUALITY = re.compile(rf"{EQUAL} AND|AND {EQUAL}")


def test_no_join_on_equal_columns_compares_every_row_with_every_row(sample_night: Night) -> None:
    """DuckDB does so when another condition of an outer join is on one side alone or contains an `or`."""
    with connected(sample_night.build.file, read_only=True) as connection:
        found = {
            model.name: conditions
            for model in compiled_models(True)
            if not model.is_python and (conditions := list(nested_loops(connection, model.code)))
        }
    assert found == {}


@pytest.mark.parametrize(
    "condition", ["l.id = r.id and (l.since is null or l.since <= r.at)", "l.id = r.id and l.kind in ('a', 'b')"]
)
def test_such_a_join_is_found(condition: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table l as select i as id, make_timestamp(i) as since, 'a' || i % 3 as kind from range(999) t (i)"
        )
        connection.execute("create table r as select id, since as at from l")
        assert list(nested_loops(connection, f"from l left join r on {condition}"))
        assert not list(nested_loops(connection, "from l left join r on l.id = r.id and l.since <= r.at"))


@pytest.mark.parametrize("view", ["explain_credit", "fct_attribution"])
def test_a_question_about_one_deal_reads_the_credit_of_that_deal_alone(sample_night: Night, view: str) -> None:
    """Else a drill-down costs as much as the company is large."""
    with connected(sample_night.published.file, read_only=True) as connection:
        deal, rows = connection.execute(
            f"select opportunity_id, count(*) from marts.{view} group by all order by 2 desc, 1 limit 1"
        ).fetchone()
        plan = connection.execute(
            f"explain (analyze, format json) from marts.{view} where opportunity_id = '{deal}'"
        ).fetchall()[0][1]
    read = [
        (operator["extra_info"]["Table"], operator["operator_cardinality"])
        for operator in operators([json.loads(plan)])
        if "int_attribution__" in (table := str(operator.get("extra_info", {}).get("Table"))) or "positions" in table
    ]
    shared = [table for table, _ in read if not table.endswith("rules")]
    assert len(shared) == 6, read
    assert all(count <= rows for _, count in read), read


def nested_loops(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[str]:
    """The conditions of joins in the query's plan that a hash of equal columns should have served."""
    plan = connection.execute(f"explain (format json) {sql}").fetchall()[0][1]
    for operator in operators(json.loads(plan)):
        condition = str(operator.get("extra_info", {}).get("Condition"))
        if operator["name"].strip() == "BLOCKWISE_NL_JOIN" and WASTED_EQUALITY.search(condition):
            yield condition


def operators(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from operators(node.get("children", []))
