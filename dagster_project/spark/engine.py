"""The models of a build on Spark: tables to the lake, dbt in a process with a Spark session, tables back.

The build file stays what everything else reads and writes: raw tables, reference, audit, and the memory of the nights
before go from there to the lake; what Spark built replaces the models' tables there, all of it or nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from dagster_project.engine import transaction
from dagster_project.landing.superseded import PREFIX
from dagster_project.settings import Settings
from dagster_project.spark import lake
from dagster_project.spark.usage import usage_of
from dagster_project.transform.engines import BrokenRows
from dagster_project.transform.installed_dbt import InstalledDbt
from dagster_project.transform.project import DBT_PROJECT_DIR

# The program that builds; it runs in a process of its own.
DBT_ON_SPARK = Path(__file__).with_name("dbt_on_spark.py")


class OnSpark:
    """The models are built by Spark in the lake folder."""

    def __init__(self, settings: Settings) -> None:
        assert settings.lake_dir is not None
        self.place = f"Spark at {settings.spark_master}, lake folder {settings.lake_dir}"
        self.build = lake.build_folder(settings.lake_dir, uuid4().hex)
        self.dbt = InstalledDbt(
            project_dir=str(DBT_PROJECT_DIR),
            dbt_executable=sys.executable,
            # -P: what lies beside the file is no package of dbt's.
            global_config_flags=["-P", str(DBT_ON_SPARK), settings.spark_master, str(self.build)],
            target="spark",
        )

    def prepare(self, connection: duckdb.DuckDBPyConnection, built: Set[lake.Table]) -> None:
        """Fill the build's folder, in place of earlier builds'."""
        models = _models(json.loads((DBT_PROJECT_DIR / "target" / "manifest.json").read_text(encoding="utf-8")))
        schemas = {schema for schema, _ in models}
        lake.begin_build(self.build, schemas)
        read = [
            table
            for table in lake.tables_of(connection)
            if _is_read(table)
            and (table[0] not in schemas or (table in models and (table not in built or _is_memory(models[table]))))
        ]
        lake.write_parquet(connection, read, self.build / lake.INPUTS)

    def bring_back(
        self,
        connection: duckdb.DuckDBPyConnection,
        manifest: Mapping[str, Any],
        run_results: Mapping[str, Any],
    ) -> BrokenRows:
        """What dbt says it built, in one transaction. A dbt that was killed said nothing: nothing is brought back."""
        built = {result["unique_id"] for result in run_results["results"] if result["status"] == "success"}
        models = {table: node for table, node in _models(manifest).items() if node["unique_id"] in built}
        with transaction(connection):
            lake.drop_views(connection, models.keys())
            for (schema, name), node in models.items():
                types = lake.types_of(connection, schema, name) if _is_memory(node) else _promised_types(node)
                lake.read_back(connection, self.build, schema, name, types)
                _comment(connection, schema, name, node)
        file = self.build / lake.BROKEN_ROWS
        found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return {unique_id: (count, rows) for unique_id, (count, rows) in found.items()}

    def used(self) -> str | None:
        """What the build took of the cluster; None of a Spark Connect server, whose own history tells."""
        usage = usage_of(self.build / lake.EVENTS)
        return usage.told() if usage else None

    def doubt(self) -> str | None:
        return None


def _is_read(table: lake.Table) -> bool:
    """No model reads what is kept to build publications again."""
    schema, name = table
    return not schema.startswith(PREFIX) and (schema, name) not in {("audit", "kept_inputs"), ("audit", "kept_shapes")}


def _models(manifest: Mapping[str, Any]) -> dict[lake.Table, Mapping[str, Any]]:
    return {
        (node["schema"], node["alias"]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    }


def _is_memory(node: Mapping[str, Any]) -> bool:
    """Whether the table remembers what earlier nights established."""
    return bool(node["config"]["materialized"] == "incremental")


def _promised_types(node: Mapping[str, Any]) -> dict[str, str]:
    """Those of the model's contract; Spark has no whole numbers of 128 bits."""
    if not node["config"].get("contract", {}).get("enforced"):
        return {}
    return {column["name"]: column["data_type"] for column in node["columns"].values() if column.get("data_type")}


def _comment(connection: duckdb.DuckDBPyConnection, schema: str, name: str, node: Mapping[str, Any]) -> None:
    """The comments that dbt gives a table in DuckDB."""
    columns = {column["name"]: column["description"] for column in node["columns"].values() if column["description"]}
    lake.comment(connection, schema, name, node["description"], columns)
