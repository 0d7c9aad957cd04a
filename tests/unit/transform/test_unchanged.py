"""Nodes that would come out as they stand aren't built; what is built, and what stands, is what a whole build gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.transform import unchanged
from dagster_project.transform.arguments import AFTER, KNOWN_NODES
from dagster_project.transform.project import DBT_PROJECT_DIR
from tests.compiled_models import let_go

RELATIONS = DBT_PROJECT_DIR / "macros" / "engine" / "duckdb_relations.sql"
FILES = {
    "dbt_project.yml": """
        {name: made_up, version: "1.0", profile: made_up, macro-paths: [macros],
         models: {+materialized: table}}
    """,
    "profiles.yml": """
        made_up:
          target: duckdb
          outputs: {duckdb: {type: duckdb, path: warehouse.duckdb, threads: 2}}
    """,
    "models/models.yml": """
sources:
  - {name: landed, schema: landed, tables: [{name: deals}, {name: context}]}
models:
  - name: amounts
    columns: [{name: deal, data_tests: [unique]}]
  - name: total
    columns:
      - name: amount
        data_tests: [{accepted_values: {arguments: {values: [3], quote: false}, config: {severity: warn}}}]
""",
    "models/amounts.sql": "select deal, amount from {{ source('landed', 'deals') }}",
    "models/shown.sql": "{{ config(materialized='view') }} select deal, amount, 2 as twice from {{ ref('amounts') }}",
    "models/total.sql": "select sum(amount) as amount from {{ ref('shown') }}",
    "models/report.sql": "select amount, amount > 10 as is_large from {{ ref('total') }}",
    "models/as_of.sql": "select max(as_of) as as_of from {{ source('landed', 'context') }}",
    "models/memory.sql": """
        {{ config(materialized='incremental') }}
        select amount from {{ ref('total') }}
        {% if is_incremental() %} where amount not in (select amount from {{ this }}) {% endif %}
    """,
}
MODELS = ["amounts", "as_of", "memory", "report", "shown", "total"]
ALWAYS = ["memory"]  # adds to its own rows
PARSED: dict[str, bytes] = {}


class Project:
    """A dbt project of six models, built in this process, with what is known of its nodes in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known = folder / "known.json"
        self.nodes: dict[str, Any] = {}
        for name, text in FILES.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        (folder / "macros").mkdir()
        (folder / "macros" / RELATIONS.name).write_text(RELATIONS.read_text())
        self.change("create schema landed; create table landed.context as select 1 as as_of")
        self.change("create table landed.deals as from (values ('a', 1), ('b', 2)) as t (deal, amount)")
        # The same files give the same manifest; parsing takes longer than everything else.
        if "manifest" not in PARSED:
            assert self.run("parse").success
            PARSED["manifest"] = (folder / "target" / "partial_parse.msgpack").read_bytes()
        self.manifest = Manifest.from_msgpack(PARSED["manifest"])

    def run(self, *arguments: str) -> Any:
        runner = dbtRunner(manifest=getattr(self, "manifest", None))
        places = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        try:
            return runner.invoke(["--quiet", *arguments, *places])
        finally:
            let_go()

    def build(
        self, *arguments: str, project: str = "today's", chance: Callable[[], float] = lambda: 1.0
    ) -> tuple[list[str], list[str]]:
        """The names of the models that were built, and of the tests that were asked."""
        self.known.write_text(json.dumps({"project": project, "nodes": self.nodes}))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(KNOWN_NODES, str(self.known))
            with unchanged.only_what_changed(self.manifest, chance):
                outcome = self.run("build", *arguments)
        assert outcome.exception is None, outcome.exception
        self.after = json.loads(Path(f"{self.known}{AFTER}").read_text())
        self.nodes = self.after["nodes"]
        done = [done for done in outcome.result if done.adapter_response != {"_message": "unchanged"}]
        done = [result for result in done if result.status != "skipped"]
        names: dict[str, list[str]] = {"model": [], "test": []}
        for result in done:
            names[result.node.resource_type].append(result.node.name)
        self.statuses = {result.node.name: str(result.status) for result in outcome.result}
        return sorted(names["model"]), sorted(names["test"])

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self.folder / "warehouse.duckdb")) as connection:
            connection.execute(sql)

    def rows(self) -> dict[str, list[tuple]]:
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            found = {
                name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()
            }
            return {
                name: connection.execute(f"from main.{name} order by all").fetchall()
                for name in MODELS
                if name in found  # what stands on a broken promise isn't built
            }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    yield Project(tmp_path)


def test_upstream_still_has_what_is_replaced() -> None:
    """Fails when dbt runs a node in another way: then the replacement would do nothing."""
    assert list(unchanged.ModelRunner.execute.__code__.co_varnames[:3]) == ["self", "model", "manifest"]
    assert list(unchanged.TestRunner.execute.__code__.co_varnames[:3]) == ["self", "test", "manifest"]


def test_what_reads_the_same_rows_is_not_built(project: Project) -> None:
    built, asked = project.build()
    assert built == MODELS
    assert len(asked) == 2
    before = project.rows()
    assert project.build() == (ALWAYS, [])
    assert project.after["unchanged"] == len(MODELS) - len(ALWAYS) + 2
    assert project.rows() == before
    assert set(project.statuses.values()) == {"success", "pass"}


def test_the_work_ends_behind_a_model_that_comes_out_the_same(project: Project) -> None:
    project.build()
    project.change("insert into landed.deals values ('c', 5), ('d', -5)")
    built, asked = project.build()
    # The view and its reader look at other deals; their total is the same, so the report stands.
    assert built == ["amounts", "memory", "shown", "total"]
    assert asked == ["unique_amounts_deal"]
    assert len(project.rows()["amounts"]) == 4


def test_the_order_of_rows_is_no_change_but_a_copy_is(project: Project) -> None:
    project.build()
    project.change("create or replace table landed.deals as from landed.deals order by deal desc")
    assert project.build() == (ALWAYS, [])
    project.change("insert into landed.deals from landed.deals where deal = 'a'")
    assert "amounts" in project.build()[0]
    assert project.statuses["unique_amounts_deal"] == "fail"


def test_a_test_that_did_not_pass_is_asked_again(project: Project) -> None:
    project.change("insert into landed.deals values ('c', 5)")
    project.build()
    assert project.statuses["accepted_values_total_amount__False__3"] == "warn"
    assert project.build() == (ALWAYS, ["accepted_values_total_amount__False__3"])
    assert project.statuses["accepted_values_total_amount__False__3"] == "warn"


@pytest.mark.parametrize(
    "tampering",
    [
        "update main.total set amount = 99",
        "drop table main.total",
        "drop table main.total; create view main.total as select 3 as amount",
        "delete from main.total",
        "create or replace view main.shown as select 'a' as deal, 7 as amount, 2 as twice",
    ],
)
def test_a_relation_that_is_not_what_was_built_is_built(project: Project, tampering: str) -> None:
    project.build()
    before = project.rows()
    project.change(tampering)
    assert set(project.build()[0]) > set(ALWAYS)
    assert project.rows() == before


def test_another_project_builds_everything(project: Project) -> None:
    project.build()
    assert project.build(project="tomorrow's")[0] == MODELS


def test_a_model_that_failed_is_built_again_and_what_stands_on_it(project: Project) -> None:
    project.build()
    project.change("create or replace table landed.deals as select 'a' as deal")
    project.build()
    assert project.statuses["amounts"] == "error"
    assert project.statuses["report"] == "skipped"
    assert "model.made_up.amounts" not in project.nodes
    # The rows of before again: its table still holds what it was made of, but that is no longer known.
    project.change("create or replace table landed.deals as from (values ('a', 1), ('b', 2)) as t (deal, amount)")
    assert project.build()[0] == ["amounts", "memory"]


def test_a_build_of_some_models_looks_at_what_stands_before_them(project: Project) -> None:
    project.build()
    project.change("insert into landed.deals values ('c', 5)")
    assert project.build("--select", "report") == ([], [])
    project.build("--select", "amounts")
    # Its reader in the middle wasn't built, so that the report has nothing new to read.
    assert project.build("--select", "report") == ([], [])
    assert project.build("--select", "total", "shown")[0] == ["shown", "total"]
    assert project.build("--select", "report")[0] == ["report"]
    assert project.rows()["report"] == [(8, False)]


def test_one_that_is_compared_and_differs_is_told(project: Project) -> None:
    project.build()
    # As if the build had given other rows from the same inputs.
    project.change("update main.report set amount = 4")
    inputs, contents = project.nodes["model.made_up.report"]
    with duckdb.connect(str(project.folder / "warehouse.duckdb")) as connection:
        rows, mark = connection.execute("select count(*), sum(hash(t)) from main.report as t").fetchall()[0]
    project.nodes["model.made_up.report"] = [inputs, f"{rows} {mark}"]
    assert contents != f"{rows} {mark}"
    assert project.build(chance=lambda: 1.0) == (ALWAYS, [])
    assert project.rows()["report"] == [(4, False)]
    assert project.build(chance=lambda: 0.0)[0] == MODELS
    assert project.after["different"] == ["report"]
    assert project.rows()["report"] == [(3, False)]


def test_a_killed_build_leaves_nothing_known(project: Project, tmp_path: Path) -> None:
    program = (
        "import os, signal\n"
        "from dagster_project.transform import unchanged\n"
        "from dbt.contracts.graph.manifest import Manifest\n"
        "with unchanged.only_what_changed(Manifest()):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    project.known.write_text(json.dumps({"project": "today's", "nodes": {}}))
    environment = {**os.environ, KNOWN_NODES: str(project.known), "PYTHONPATH": str(DBT_PROJECT_DIR.parent)}
    killed = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not Path(f"{project.known}{AFTER}").exists()


EDITS = st.one_of(
    st.tuples(st.just("insert"), st.sampled_from("abc"), st.integers(-2, 6)),
    st.tuples(st.just("delete"), st.sampled_from("abc"), st.just(0)),
    st.tuples(st.just("as_of"), st.just(""), st.integers(1, 2)),
    st.tuples(st.just("tamper"), st.sampled_from(["amounts", "total", "report"]), st.integers(1, 3)),
)


@pytest.mark.slow
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(nights=st.lists(st.lists(EDITS, max_size=2), min_size=1, max_size=3))
def test_any_sequence_of_nights_equals_whole_builds(
    tmp_path_factory: pytest.TempPathFactory, nights: list[list[tuple[str, str, int]]]
) -> None:
    """But for what the memory adds in other nights, which both have had."""
    folders = [tmp_path_factory.mktemp(name) for name in ("changed", "whole")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DO_NOT_TRACK", "1")
        changed, whole = (_in(folder, patch) for folder in folders)
        for night in nights:
            for kind, name, number in night:
                sql = {
                    "insert": f"insert into landed.deals values ('{name}', {number})",
                    "delete": f"delete from landed.deals where deal = '{name}'",
                    "as_of": f"update landed.context set as_of = {number}",
                    "tamper": f"update main.{name} set amount = {number}",
                }[kind]
                if kind == "tamper" and name not in changed.rows():
                    continue
                for project in (changed, whole):
                    project.change(sql)
            patch.chdir(changed.folder)
            changed.build()
            patch.chdir(whole.folder)
            whole.nodes = {}
            whole.build()
            assert changed.rows() == whole.rows()
            assert changed.statuses == whole.statuses


def _in(folder: Path, patch: pytest.MonkeyPatch) -> Project:
    patch.chdir(folder)
    return Project(folder)
