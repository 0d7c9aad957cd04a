"""dbt's models, compiled once per process and then executed as plain SQL: the marts without dbt's own seconds.

Views before the marts are built as tables: a company of tests has few records, and a view is planned again by everyone
who reads it.

The SQL is what `dbt compile` writes, for a first night and for a later one, on which incremental models add to what
they hold; nothing of it is repeated here. Left out are contracts and tests; `integration/test_sample.py` proves
that dbt builds the same rows.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import duckdb

from tests.once import once_for_all_processes

if TYPE_CHECKING:
    from tests.nothing_delivered import Untouched

EVERY_MODEL = ("resource_type:model",)


@dataclass(frozen=True)
class CompiledModel:
    """A model as dbt compiled it, with the relation it fills."""

    name: str
    schema: str
    is_view: bool
    is_incremental: bool
    is_python: bool
    # Relations of models and sources.
    reads: tuple[str, ...]
    code: str

    @property
    def relation(self) -> str:
        return f"{self.schema}.{self.name}"

    def build(self, connection: duckdb.DuckDBPyConnection, is_first_night: bool) -> int | None:
        """Fill the relation, or add to it. The rows that it has, if it was filled."""
        if self.is_python:
            return self._build_python(connection)
        if self.is_incremental and not is_first_night:
            connection.execute(f"create or replace temp table additions as {self.code}")
            connection.execute(f'insert into "{self.schema}"."{self.name}" by name from additions')
            return None
        if self.is_view:
            connection.execute(f'create or replace view "{self.schema}"."{self.name}" as {self.code}')
            return None
        return _rows(connection.execute(f'create or replace table "{self.schema}"."{self.name}" as {self.code}'))

    def _build_python(self, connection: duckdb.DuckDBPyConnection) -> int:
        module: dict[str, Any] = {}
        exec(compile(self.code, f"{self.name}.py", "exec"), module)
        frame = module["model"](module["dbtObj"](lambda name: connection.query(f"select * from {name}")), connection)
        connection.register("python_model", frame)
        rows = _rows(connection.execute(f'create or replace table "{self.schema}"."{self.name}" as from python_model'))
        connection.unregister("python_model")
        return rows


def _rows(created: duckdb.DuckDBPyConnection) -> int:
    """How many rows a table was created with."""
    ((rows,),) = created.fetchall()
    return int(rows)


def build_models(
    connection: duckdb.DuckDBPyConnection,
    is_first_night: bool = True,
    select: tuple[str, ...] = EVERY_MODEL,
    only: Collection[str] = (),
) -> None:
    """Build the selected models, upstream first; on a later night the incremental ones keep what they hold.

    `only` names models: they and what they stand on are built, nothing else.
    """
    build(connection, chosen_models(is_first_night, select, only), is_first_night)


def chosen_models(
    is_first_night: bool, select: tuple[str, ...] = EVERY_MODEL, only: Collection[str] = ()
) -> Sequence[CompiledModel]:
    """The selected models, or of them those of the names in `only` with what they stand on."""
    models = compiled_models(is_first_night, select)
    return standing_on(models, only) if only else models


def build(
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[CompiledModel],
    is_first_night: bool,
    untouched: Untouched | None = None,
) -> None:
    """Build the models in their order, but for those that are `untouched`: they are created."""
    if not is_first_night:
        _drop_views_of_a_night(connection)
    for schema in {model.schema: None for model in models}:
        connection.execute(f'create schema if not exists "{schema}"')
    if untouched is None:
        for model in models:
            model.build(connection, is_first_night)
        return
    untouched.look_at_sources(connection)
    for model in models:
        if statement := untouched.statement(model):
            connection.execute(statement)
        else:
            untouched.note_built(model, model.build(connection, is_first_night))


def _drop_views_of_a_night(connection: duckdb.DuckDBPyConnection) -> None:
    """What a real night built as a view becomes a table here; DuckDB replaces no view by a table."""
    for schema, name in connection.execute(
        "select schema_name, view_name from duckdb_views() where not internal and schema_name <> 'marts'"
    ).fetchall():
        connection.execute(f'drop view "{schema}"."{name}"')


def standing_on(models: Sequence[CompiledModel], names: Collection[str]) -> list[CompiledModel]:
    """The models of these names and everything that they read, in building order."""
    if unknown := set(names) - {model.name for model in models}:
        raise ValueError(f"no model is called {', '.join(sorted(unknown))}")
    needed = {model.relation for model in models if model.name in names}
    for model in reversed(models):
        if model.relation in needed:
            needed |= set(model.reads)
    return [model for model in models if model.relation in needed]


def compiled_models(is_first_night: bool, select: tuple[str, ...] = EVERY_MODEL) -> tuple[CompiledModel, ...]:
    """The models that dbt's selectors name, in an order in which they can be built."""
    return _compiled_models(is_first_night, select)


@cache
def _compiled_models(is_first_night: bool, select: tuple[str, ...]) -> tuple[CompiledModel, ...]:
    if select != EVERY_MODEL:
        return _compile(is_first_night, select)
    return once_for_all_processes(f"models {is_first_night}", lambda: _compile(is_first_night, select))


def _compile(is_first_night: bool, select: tuple[str, ...]) -> tuple[CompiledModel, ...]:
    with tempfile.TemporaryDirectory() as folder:
        # The file's name becomes the database's name in the SQL.
        file = Path(folder) / "throughline.duckdb"
        if not is_first_night:
            _create_incremental_models(file)
        result = invoke_dbt(
            file,
            "compile",
            "--select",
            *select,
            "--indirect-selection",
            "empty",
        )
    # Selectors such as +rpt_reconciliation name the tests and sources on the way, too.
    nodes = {done.node.unique_id: done.node for done in result.results if done.node.resource_type == "model"}
    relations = {key: f"{node.schema}.{node.alias}" for key, node in nodes.items()}
    upstream = {key: sorted(set(node.depends_on.nodes) & set(nodes)) for key, node in sorted(nodes.items())}
    return tuple(
        CompiledModel(
            name=node.alias,
            schema=node.schema,
            is_view=node.config.materialized == "view" and node.schema == "marts",
            is_incremental=node.config.materialized == "incremental",
            is_python=node.language == "python",
            # A source's key is source.<project>.<schema>.<table>.
            reads=tuple(
                relations.get(key) or ".".join(key.split(".")[-2:])
                for key in node.depends_on.nodes
                if key in relations or key.startswith("source.")
            ),
            code=node.compiled_code,
        )
        for node in (nodes[key] for key in TopologicalSorter(upstream).static_order())
        # dbt has already written ephemeral ones into those that read them.
        if node.config.materialized != "ephemeral"
    )


def _create_incremental_models(file: Path) -> None:
    """That the tables exist is all that dbt asks before it writes the SQL of a later night."""
    with duckdb.connect(str(file)) as connection:
        for model in compiled_models(True, EVERY_MODEL):
            if model.is_incremental:
                connection.execute(f'create schema if not exists "{model.schema}"')
                connection.execute(f'create table "{model.schema}"."{model.name}" (nothing integer)')


def let_go() -> None:
    """Close the file that dbt-duckdb holds open, for writing, as long as the process lives.

    Until then nobody can open the file for reading, and the next invocation on that path would find the old file.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()


def invoke_dbt(build_file: Path, *arguments: str) -> Any:
    """dbt's result of a command on a build file, run in this process, which lets go of the file afterwards."""
    # dbt and Dagster take seconds to import and 200 MiB, which most tests and the benchmark of a model don't need.
    from dbt.cli.main import dbtRunner

    from dagster_project.transform.parsed_dbt import keep_compiled_sql, know_compiled_sql, make_lean
    from dagster_project.transform.project import DBT_PROJECT_DIR, dbt_environment

    make_lean()
    folders = ["--project-dir", DBT_PROJECT_DIR, "--profiles-dir", DBT_PROJECT_DIR]
    with tempfile.TemporaryDirectory() as target:
        folders += ["--target-path", target, "--log-path", target]
        options = ["--quiet", "--no-use-colors", *(str(folder) for folder in folders)]
        environment = {**dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(build_file)}
        try:
            # dbt looks for a query's first word, which is found without grouping the others: a fifth of a unit test.
            ungrouped = mock.patch("sqlparse.engine.grouping.group", lambda statement: statement)
            with mock.patch.dict(os.environ, environment), ungrouped:
                manifest = _parsed_project()
                know_compiled_sql(DBT_PROJECT_DIR)
                outcome = dbtRunner(manifest=manifest).invoke([*arguments, *options])
            if outcome.success:
                keep_compiled_sql(DBT_PROJECT_DIR, manifest, outcome.result)
        finally:
            let_go()
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.result


def _parsed_project() -> Any:
    """The project as it was last parsed. dbt by itself would parse it again, ten seconds, for every new build file."""
    from dagster_project.transform.parsed_dbt import parsed
    from dagster_project.transform.project import prepared_project

    return parsed(prepared_project().project_dir)
