"""Where the models run: what a build asks of an engine, and DuckDB's answers. Spark's are in dagster_project/spark.

The only place of the project that picks by the engine's name. Everything before the models (landing, reference, audit)
and after them (checks, publishing) works on DuckDB's build file: another engine takes its tables from there, and brings
the models' tables back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Protocol

import duckdb
from dagster_dbt import DbtCliResource

from dagster_project.settings import Settings
from dagster_project.transform.known_nodes import KnownNodes

# Of a failed test, by its unique id: how many rows break it, and some of them.
BrokenRows = Mapping[str, tuple[int, Sequence[Mapping[str, Any]]]]


class Engine(Protocol):
    """Runs the models of one build."""

    @property
    def dbt(self) -> DbtCliResource:
        """The dbt that builds there."""

    @property
    def place(self) -> str:
        """Where that is, for the run's log."""

    def prepare(self, connection: duckdb.DuckDBPyConnection, built: Set[tuple[str, str]]) -> None:
        """Take what the models read from the build file; `built` are the schemas and names of those to be built."""

    def bring_back(
        self,
        connection: duckdb.DuckDBPyConnection,
        manifest: Mapping[str, Any],
        run_results: Mapping[str, Any],
    ) -> BrokenRows:
        """Put what was built into the build file; returns what broke tests that can't be asked there again."""

    def used(self) -> str | None:
        """What the build took of the engine, in a line; None where there is nothing to tell."""

    def doubt(self) -> str | None:
        """What a build that went well raises doubts of, in a line; None as a rule."""


class OnDuckDB:
    """The models are built in the build file itself."""

    def __init__(self, dbt: DbtCliResource, settings: Settings) -> None:
        self.dbt = dbt
        self.place = f"DuckDB, {settings.build_file}"
        self._nodes = KnownNodes(settings.warehouse_dir)

    def prepare(self, connection: duckdb.DuckDBPyConnection, built: Set[tuple[str, str]]) -> None:
        self._nodes.hand_over(connection)

    def bring_back(
        self,
        connection: duckdb.DuckDBPyConnection,
        manifest: Mapping[str, Any],
        run_results: Mapping[str, Any],
    ) -> BrokenRows:
        self._nodes.take_back(connection)
        return {}

    def used(self) -> str | None:
        return self._nodes.told()

    def doubt(self) -> str | None:
        return self._nodes.doubt()


def engine_of(settings: Settings, dbt: DbtCliResource) -> Engine:
    """The engine that the settings name; `dbt` is DuckDB's."""
    if settings.engine == "spark":
        # PySpark isn't installed otherwise.
        from dagster_project.spark.engine import OnSpark

        return OnSpark(settings)
    return OnDuckDB(dbt, settings)
