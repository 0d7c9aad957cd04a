"""What goes to the lake before a build and comes back after it. Spark's part, the files, is written by DuckDB here."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from dagster_project.settings import SettingError, Settings
from dagster_project.spark import engine, lake
from dagster_project.spark.engine import OnSpark
from dagster_project.transform.engines import OnDuckDB, engine_of


def node(schema: str, name: str, materialized: str) -> dict[str, Any]:
    return {
        "unique_id": f"model.t.{name}",
        "resource_type": "model",
        "schema": schema,
        "alias": name,
        "description": "It's a table.",
        "config": {"materialized": materialized},
        "columns": {"id": {"name": "id", "description": "Whose?"}},
    }


NODES = [
    node("staging", "stg_deals", "view"),
    node("intermediate", "int_memory", "incremental"),
    node("marts", "fct_deals", "table"),
]
MANIFEST = {"nodes": {one["unique_id"]: one for one in NODES}}
EVERY = {(one["schema"], one["alias"]) for one in NODES}


def inputs(spark):
    """The tables that the build begins with."""
    folder = spark.build / lake.INPUTS
    return sorted(str(place.relative_to(folder)) for place in folder.glob("*/*"))


@pytest.fixture
def spark(tmp_path, monkeypatch):
    """The engine with a lake folder, beside a project whose manifest has three models."""
    (tmp_path / "project" / "target").mkdir(parents=True)
    (tmp_path / "project" / "target" / "manifest.json").write_text(json.dumps(MANIFEST))
    settings = replace(Settings.from_environment({}), lake_dir=tmp_path / "lake", engine="spark")
    monkeypatch.setattr(engine, "InstalledDbt", lambda **_: None)
    monkeypatch.setattr(engine, "DBT_PROJECT_DIR", tmp_path / "project")
    return OnSpark(settings)


@pytest.fixture
def connection():
    """A build file after a night on DuckDB: the memory holds one row, the mart yesterday's."""
    with duckdb.connect() as connection:
        connection.execute(
            "create schema raw_crm; create schema staging; create schema intermediate; create schema marts"
        )
        connection.execute("create table raw_crm.deals as select 1 as id")
        connection.execute("create view staging.stg_deals as from raw_crm.deals")
        connection.execute("create table intermediate.int_memory as select cast(1 as bigint) as id")
        connection.execute("create table marts.fct_deals as select 'yesterday' as id")
        yield connection


def built(connection, spark, schema, name, rows):
    """Write what Spark would have."""
    place = spark.build / lake.TABLES / f"{schema}.db" / name
    place.mkdir(parents=True)
    connection.execute(f"copy ({rows}) to '{place}/part-0.parquet'")


def said(**statuses):
    return {"results": [{"unique_id": f"model.t.{name}", "status": status} for name, status in statuses.items()]}


def test_what_models_read_goes_to_the_lake_and_what_they_are_does_not(spark, connection, tmp_path):
    yesterday = lake.build_folder(tmp_path / "lake", "of_yesterday")
    lake.begin_build(yesterday)
    (tmp_path / "lake" / "somebody_elses").mkdir()
    spark.prepare(connection, EVERY)
    assert not yesterday.exists()
    assert (tmp_path / "lake" / "somebody_elses").exists()
    assert inputs(spark) == ["intermediate/int_memory", "raw_crm/deals"]


def test_some_models_are_built_on_what_the_others_are(spark, connection):
    """As when one asks for a few assets in the UI."""
    spark.prepare(connection, {("marts", "fct_deals")})
    assert inputs(spark) == ["intermediate/int_memory", "raw_crm/deals", "staging/stg_deals"]


def test_what_was_built_replaces_tables_and_views_and_is_described(spark, connection):
    spark.prepare(connection, EVERY)
    built(connection, spark, "staging", "stg_deals", "select 2 as id")
    built(connection, spark, "marts", "fct_deals", "select 'today' as id")
    memory = spark.build / lake.INPUTS / "intermediate" / "int_memory"
    connection.execute(f"copy (select cast(2 as integer) as id, 'new' as since) to '{memory}/part-1.parquet'")
    spark.bring_back(connection, MANIFEST, said(stg_deals="success", fct_deals="success", int_memory="success"))
    assert connection.execute("from staging.stg_deals").fetchall() == [(2,)]
    assert connection.execute("from marts.fct_deals").fetchall() == [("today",)]
    assert connection.execute("from intermediate.int_memory order by id").fetchall() == [(1, None), (2, "new")]
    assert connection.execute("select typeof(id) from intermediate.int_memory").fetchall() == [("BIGINT",)] * 2
    comments = connection.execute("select comment from duckdb_tables() where table_name = 'fct_deals'").fetchall()
    assert comments == [("It's a table.",)]


def test_a_contract_says_what_the_columns_are(spark, connection):
    promised = node("marts", "fct_deals", "table")
    promised["config"]["contract"] = {"enforced": True}
    promised["columns"]["id"]["data_type"] = "hugeint"
    spark.prepare(connection, EVERY)
    built(connection, spark, "marts", "fct_deals", "select cast(1 as decimal(38, 0)) as id")
    spark.bring_back(connection, {"nodes": {"model.t.fct_deals": promised}}, said(fct_deals="success"))
    assert connection.execute("select typeof(id) from marts.fct_deals").fetchall() == [("HUGEINT",)]


def test_what_failed_stays_as_it_was(spark, connection):
    spark.prepare(connection, EVERY)
    built(connection, spark, "marts", "fct_deals", "select 'half' as id")
    spark.bring_back(connection, MANIFEST, said(fct_deals="error"))
    assert connection.execute("from marts.fct_deals").fetchall() == [("yesterday",)]


def test_a_table_that_can_not_be_read_leaves_all_as_it_was(spark, connection):
    spark.prepare(connection, EVERY)
    built(connection, spark, "staging", "stg_deals", "select 2 as id")
    place = spark.build / lake.TABLES / "marts.db" / "fct_deals"
    place.mkdir(parents=True)
    (place / "part-0.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(duckdb.Error):
        spark.bring_back(connection, MANIFEST, said(stg_deals="success", fct_deals="success"))
    assert connection.execute("from staging.stg_deals").fetchall() == [(1,)]
    assert connection.execute("from marts.fct_deals").fetchall() == [("yesterday",)]


def test_a_table_without_files_is_told(spark, connection):
    spark.prepare(connection, EVERY)
    with pytest.raises(FileNotFoundError, match=r"marts\.fct_deals"):
        spark.bring_back(connection, MANIFEST, said(fct_deals="success"))


def test_duckdb_is_the_engine_unless_the_settings_say_otherwise():
    assert isinstance(engine_of(Settings.from_environment({}), None), OnDuckDB)


@pytest.mark.parametrize(
    ("environment", "found", "told"),
    [
        ({"THROUGHLINE_ENGINE": "sparc"}, object(), r"THROUGHLINE_ENGINE: 'sparc' is no engine; write duckdb or spark"),
        ({"THROUGHLINE_ENGINE": "spark"}, None, r"THROUGHLINE_ENGINE: spark needs PySpark and dbt-spark"),
    ],
)
def test_an_engine_that_is_not_there_is_told(monkeypatch, environment, found, told):
    monkeypatch.setattr("dagster_project.settings.find_spec", lambda name: found)
    with pytest.raises(SettingError, match=told):
        Settings.from_environment(environment)


def test_java_is_asked_for(monkeypatch):
    monkeypatch.setattr("dagster_project.settings.find_spec", lambda name: object())
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SettingError, match=r"THROUGHLINE_ENGINE: spark needs Java"):
        Settings.from_environment({"THROUGHLINE_ENGINE": "Spark"})
