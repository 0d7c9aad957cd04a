"""dbt's models, compiled once per process and then executed as plain SQL: the marts without dbt's own seconds.

The SQL is what `dbt compile` writes, so nothing of it is repeated here. Left out are contracts, tests, and what
incremental models remember: every build is a first. `integration/test_runs.py` proves that dbt builds the same rows.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from dagster_project.transform.project import DBT_PROJECT_DIR, dbt_environment


@dataclass(frozen=True)
class CompiledModel:
    """A model as dbt compiled it, with the relation it fills."""

    name: str
    schema: str
    is_view: bool
    is_python: bool
    code: str

    def build(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Fill the relation."""
        if self.is_python:
            self._build_python(connection)
        else:
            kind = "view" if self.is_view else "table"
            connection.execute(f'create or replace {kind} "{self.schema}"."{self.name}" as {self.code}')

    def _build_python(self, connection: duckdb.DuckDBPyConnection) -> None:
        module: dict[str, Any] = {}
        exec(compile(self.code, f"{self.name}.py", "exec"), module)
        frame = module["model"](module["dbtObj"](lambda name: connection.query(f"select * from {name}")), connection)
        connection.register("python_model", frame)
        connection.execute(f'create or replace table "{self.schema}"."{self.name}" as from python_model')
        connection.unregister("python_model")


def build_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Build every model, upstream first."""
    for model in compiled_models():
        connection.execute(f'create schema if not exists "{model.schema}"')
        model.build(connection)


@cache
def compiled_models() -> tuple[CompiledModel, ...]:
    """Every model in an order in which it can be built."""
    with tempfile.TemporaryDirectory() as folder:
        # The file's name becomes the database's name in the SQL.
        result = invoke_dbt(
            Path(folder) / "throughline.duckdb",
            "compile",
            "--select",
            "resource_type:model",
            "--indirect-selection",
            "empty",
        )
    nodes = {done.node.unique_id: done.node for done in result.results}
    upstream = {key: sorted(set(node.depends_on.nodes) & set(nodes)) for key, node in sorted(nodes.items())}
    return tuple(
        CompiledModel(
            name=node.alias,
            schema=node.schema,
            is_view=node.config.materialized == "view",
            is_python=node.language == "python",
            code=node.compiled_code,
        )
        for node in (nodes[key] for key in TopologicalSorter(upstream).static_order())
        # dbt has already written ephemeral ones into those that read them.
        if node.config.materialized != "ephemeral"
    )


def invoke_dbt(build_file: Path, *arguments: str) -> Any:
    """dbt's result of a command on a build file, run in this process, which lets go of the file afterwards.

    dbt-duckdb keeps its connection, open for writing, as long as the process lives: until it is closed nobody can open
    the file for reading, and the next invocation on that path would find the old file behind it.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", DBT_PROJECT_DIR, "--profiles-dir", DBT_PROJECT_DIR]
    with tempfile.TemporaryDirectory() as target:
        folders += ["--target-path", target, "--log-path", target]
        options = ["--quiet", "--no-use-colors", *(str(folder) for folder in folders)]
        environment = {**dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(build_file)}
        try:
            with mock.patch.dict(os.environ, environment):
                outcome = dbtRunner().invoke([*arguments, *options])
        finally:
            if DuckDBConnectionManager._ENV is not None:
                DuckDBConnectionManager._ENV.close()
            DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.result
