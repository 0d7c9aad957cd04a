"""What is known before any company is built: graphs with their components, expressions that both engines must read
alike, the unit tests beside the models, and a catalogue that holds what isn't ours.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.spark import lake
from dagster_project.spark.dbt_on_spark import invoke_dbt
from dagster_project.spark.dialect import in_spark

# What the engines would do differently without naming it: see `dagster_project/spark/dialect.py` and the session.
EXPRESSIONS = (
    "trim('\u00a0 a b\u3000')",
    "ltrim('\u2003a ')",
    "rtrim(' a\u202f')",
    "trim('\ta\n')",
    "trim('__a_b_', '_')",
    "ltrim('__a_', '_')",
    "rtrim('_a__', '_')",
    "trim(both '_' from '_a_')",
    "'${userId}'",
    "'it''s'",
    r"'\d'",
    "7 / 2",
    "cast(2 as decimal(18, 2)) / 3",
    "round(cast(322.275 as double), 2)",
    "cast(cast(322.275 as double) as decimal(9, 2))",
    "2 * sign(cast(-2.5 as decimal(9, 2)))",
)


def graphs() -> list[tuple[int, int]]:
    """Edges of graphs that share no node: what is one edge, goes in a circle, is a long chain, a star, a web."""
    draw = random.Random(7)
    shapes: list[Iterable[tuple[int, int]]] = [
        [(0, 1)],
        [(0, 0)],
        [(1, 0), (0, 1), (0, 1)],
        [(0, 1), (1, 2), (2, 0)],
        # As records that were merged one into the next, and the same in an order that hooks nothing twice.
        [(node, node + 1) for node in range(500)],
        [(node * 37 % 401, (node + 1) * 37 % 401) for node in range(400)],
        [(300, node) for node in range(300)],
        # Smallest neighbours that lead away from each other.
        [(node, 1000 - node) for node in range(500)] + [(node + 1, 1000 - node) for node in range(499)],
        *([(draw.randrange(200), draw.randrange(200)) for _ in range(edges)] for edges in (50, 100, 200, 400)),
    ]
    return [
        (10_000 * number + left, 10_000 * number + right)
        for number, edges in enumerate(shapes)
        for left, right in edges
    ]


def wrong_components(spark: Any, home: Path) -> list[tuple[int, int | None, int | None]]:
    """Each node whose component isn't the smallest node that it is connected with: node, found, right."""
    edges = graphs()
    spark.sql("create database if not exists vectors")
    spark.createDataFrame(edges, "left_id int, right_id int").write.format("parquet").saveAsTable("vectors.edges")
    arguments = json.dumps({"edges": "select left_id, right_id from vectors.edges", "scratch": "vectors.found"})
    invoke_dbt(spark, home, "run-operation", "spark_spread_components", "--args", arguments, "--quiet")
    rows = [tuple(row) for row in spark.table("vectors.found_labels").collect()]
    found, right = dict(rows), smallest_connected(edges)
    wrong = [(node, found.get(node), right.get(node)) for node in sorted(found.keys() | right.keys())]
    return [row for row in wrong if row[1] != row[2]] + [(-1, len(rows), len(right))] * (len(rows) != len(right))


def smallest_connected(edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Per node the smallest one that it is connected with, by walking from each node that isn't reached yet."""
    neighbours: dict[int, set[int]] = {}
    for left, right in edges:
        neighbours.setdefault(left, set()).add(right)
        neighbours.setdefault(right, set()).add(left)
    component: dict[int, int] = {}
    for start in sorted(neighbours):
        waiting = [] if start in component else [start]
        while waiting:
            node = waiting.pop()
            if node not in component:
                component[node] = start
                waiting += neighbours[node]
    return component


def wrong_expressions(spark: Any) -> list[str]:
    """Each expression of which Spark makes something else than DuckDB."""
    wrong = []
    for expression in EXPRESSIONS:
        right = duckdb.sql(f"select {expression}").fetchall()[0][0]
        found = spark.sql(in_spark(f"select {expression}")).collect()[0][0]
        if found != right:
            wrong.append(f"{expression}: {found!r}, in DuckDB {right!r}")
    return wrong


def failed_unit_tests(spark: Any, home: Path) -> list[str]:
    """The rules' own vectors on Spark: each that doesn't pass, with what dbt said. The models must have been built.

    Unit tests whose rows are written in DuckDB's SQL, for hundreds of rows by a rule, are left out.
    """
    unit_tests = json.loads((home / "target" / "manifest.json").read_text())["unit_tests"].values()
    in_duckdb = [test["name"] for test in unit_tests if "sql" in _formats(test)]
    asked = ("--select", "test_type:unit", "--exclude", *in_duckdb)
    results = invoke_dbt(spark, home, "test", "--quiet", "--threads", "3", *asked).result.results
    assert len(results) > len(in_duckdb)
    print(f"{len(results)} unit tests asked, {len(in_duckdb)} of rows in DuckDB's SQL left out")
    return [
        f"{result.node.name}: {result.status}: {' '.join(str(result.message).split())[:300]}"
        for result in results
        if str(result.status) != "pass"
    ]


def _formats(test: Mapping[str, Any]) -> set[str]:
    """How the unit test's rows are written."""
    return {str(rows.get("format")) for rows in (*test["given"], test["expect"])}


def lost_databases(spark: Any, home: Path) -> list[str]:
    """What is wrong where the catalogue has a database that Throughline did not make: it must stand, and be told."""
    build = lake.build_folder(home / "catalogue", "test")
    lake.begin_build(build, ["crm"])
    spark.sql("create database crm")
    spark.sql("create table crm.deals using parquet as select 1 as id")
    wrong = []
    try:
        lake.register(spark, build)
        wrong.append("a build replaced it")
    except lake.LakeError as error:
        if "a database crm that Throughline did not make" not in str(error):
            wrong.append(f"it was told as: {error}")
    if spark.table("crm.deals").count() != 1:
        wrong.append("its table lost rows")
    spark.sql("drop database crm cascade")
    for _ in range(2):
        # The second time it is the one of the build before.
        lake.register(spark, build)
    return wrong
