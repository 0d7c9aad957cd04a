"""The promises that dbt asks, in the models' YAML and in `dbt_models/tests`: good data breaks none, each failed.

The SQL is what dbt compiles, run on the tables of a made-up company. A table whose YAML promises something gets rows
that break every kind of promise at once: a promise added to the YAML is covered, and one of a new kind fails a test
until such a row is added. A test with a file of its own has its own defect here.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.engine import identifier, literal
from dagster_project.transform.project import DBT_PROJECT_DIR, prepared_project
from tests.compiled_models import invoke_dbt
from tests.defects import DOUBLE, EMPTY, copy_with_defect
from tests.runs import Warehouse

# A value of each type; texts are the column's own, so that none is found in another.
VALUES = {"BOOLEAN": "false", "DATE": "date '2024-01-01'", "TIMESTAMP": "timestamp '2024-01-01'"}


@pytest.fixture(scope="module")
def dbt_tests() -> list[Any]:
    """Every data test of the project as dbt compiles it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "throughline.duckdb"
        compiled = invoke_dbt(file, "compile", "--select", "resource_type:test")
    return [done.node for done in compiled.results if done.node.resource_type == "test"]


def kept(test: Any, connection: duckdb.DuckDBPyConnection) -> bool:
    return not connection.execute(test.compiled_code).fetchall()


def test_good_data_breaks_no_promise(built: Warehouse, dbt_tests) -> None:
    with duckdb.connect(str(built.file), read_only=True) as connection:
        assert [test.name for test in dbt_tests if not kept(test, connection)] == []


def test_models_have_their_columns_in_the_order_of_their_contract(built: Warehouse) -> None:
    """dbt puts them so for DuckDB and for Spark; a test's tables are made by the model's own text."""
    manifest = json.loads(prepared_project().manifest_path.read_text())
    with duckdb.connect(str(built.file), read_only=True) as connection:
        asked = [
            (node["alias"], list(node["columns"]), f"describe {node['schema']}.{node['alias']}")
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["config"]["contract"]["enforced"]
        ]
        assert len(asked) > 60
        for name, columns, described in asked:
            assert [row[0] for row in connection.execute(described).fetchall()] == columns, name


def test_every_promise_in_the_models_yaml_fails_on_rows_that_break_it(built: Warehouse, tmp_path, dbt_tests) -> None:
    generic = [test for test in dbt_tests if test.name not in DEFECTS]
    file = tmp_path / built.file.name
    shutil.copyfile(built.file, file)
    with duckdb.connect(str(file)) as connection:
        for model in sorted({test.attached_node.split(".")[-1] for test in generic}):
            break_every_promise(connection, model)
        assert [test.name for test in generic if kept(test, connection)] == []


def break_every_promise(connection: duckdb.DuckDBPyConnection, model: str) -> None:
    """Put rows in the model's place that are blank, doubled, unknown elsewhere, of no set, and unmapped.

    Where a promise leaves deleted rows out, these rows are not deleted.
    """
    ((schema, kind),) = connection.execute(
        "select table_schema, table_type from information_schema.tables where table_name = ?", [model]
    ).fetchall()
    table = f"{identifier(schema)}.{identifier(model)}"
    columns = {column: sql_type for column, sql_type, *_ in connection.execute(f"describe {table}").fetchall()}
    # A type that lists its values would refuse others before the promise is asked; not every engine has such types.
    types = {column: "VARCHAR" if known.startswith("ENUM") else known for column, known in columns.items()}
    connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {table}")
    connection.execute(
        f"create table {table} ({', '.join(f'{identifier(column)} {sql_type}' for column, sql_type in types.items())})"
    )
    alive = {"is_deleted": "false"} if "is_deleted" in types else {}
    strange = {
        column: literal(f"{column} of {model}") if sql_type == "VARCHAR" else VALUES.get(sql_type, "1")
        for column, sql_type in types.items()
    }
    others = {"VARCHAR": "'unmapped'", "BOOLEAN": "true"}
    unmapped = {column: others[sql_type] for column, sql_type in types.items() if sql_type in others}
    for row in ({}, alive, strange, strange, unmapped | alive):
        values = ", ".join(f"{value} as {identifier(column)}" for column, value in row.items())
        connection.execute(f"insert into {table} by name select {values or f'null as {identifier(next(iter(types)))}'}")


# Each test with a file of its own: a table, and the SQL that gives it a defect.
DEFECTS = {
    "assert_each_opportunity_has_one_originator": ("intermediate.int_identity__opportunity_originators", EMPTY),
    "assert_established_originators_only_become_earlier": (
        "intermediate.int_identity__originator_changes",
        "insert into {table} by name select 'L1' as previous_record_id",
    ),
    "assert_every_candidate_touch_has_one_status": ("marts.fct_touch_eligibility", DOUBLE),
    "assert_every_mql_has_one_outcome": ("intermediate.int_velocity__responses", EMPTY),
    "assert_mql_credit_sums_to_mqls_with_content": (
        "marts.rpt_content_effectiveness",
        "update {table} set mql_credit = mql_credit + 1",
    ),
    "assert_no_credit_after_close": (
        "intermediate.int_revenue__opportunities",
        "update {table} set closed_at = '1999-01-01'",
    ),
    "assert_no_invoice_comes_twice": (
        "intermediate.int_finance__invoices",
        "insert into {table} by name select system as source_system, 'I1' as invoice_id, 'O1' as opportunity_id,"
        " 10 as amount_original, 'USD' as currency, timestamp '2024-01-01' as invoiced_at"
        " from (values ('one'), ('other')) as systems (system)",
    ),
    "assert_no_site_is_tracked_twice": (
        "intermediate.int_web__page_views",
        "insert into {table} by name select system as source_system, 'https://x.example/?a=' || system as url,"
        " timestamp '2024-01-01' + to_minutes(minute) as viewed_at"
        " from range(20) as minutes (minute), (values ('one'), ('other')) as systems (system)",
    ),
    "assert_people_keep_their_number": ("marts.dim_person", EMPTY),
    "assert_persons_partition_identifiers": ("intermediate.int_identity__person_identifiers", EMPTY),
    "assert_rejected_means_unworked": (
        "intermediate.int_lifecycle__transitions",
        "insert into {table} by name select 'P1' as person_id, 'rejected' as stage, date '2024-03-02' as entered_at;"
        " insert into intermediate.int_lifecycle__sales_actions by name select 'P1' as person_id, 'call' as"
        " action_type, timestamp '2024-03-01' as acted_from",
    ),
}


def test_every_test_with_a_file_of_its_own_has_a_defect_that_breaks_it() -> None:
    assert sorted(DEFECTS) == sorted(path.stem for path in (DBT_PROJECT_DIR / "tests").glob("*.sql"))


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_noticed(built: Warehouse, tmp_path, dbt_tests, name: str) -> None:
    table, defect = DEFECTS[name]
    (test,) = [test for test in dbt_tests if test.name == name]
    with duckdb.connect(str(copy_with_defect(built.file, tmp_path, table, defect)), read_only=True) as connection:
        assert not kept(test, connection)
