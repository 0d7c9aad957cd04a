"""dbt on the project as it was parsed before, as a night starts it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from dbt.cli.main import dbtRunner
from dbt.compilation import Compiler
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.task import runnable
from dbt_common.events import logger
from dbt_common.events.event_manager import EventManager

from dagster_project.transform import parsed_dbt
from dagster_project.transform.project import DBT_PROJECT_DIR, PARSED_DBT, dbt_environment, prepared_project


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With a build file of its own, which dbt has never seen."""
    prepared_project()
    places = ["--project-dir", str(DBT_PROJECT_DIR), "--target-path", str(folder), "--log-path", str(folder)]
    return subprocess.run(
        [sys.executable, "-P", str(PARSED_DBT), str(DBT_PROJECT_DIR), *arguments, *places],
        env={**os.environ, **dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(folder / "throughline.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_another_warehouse_is_no_reason_to_parse_again(tmp_path: Path) -> None:
    listed = run(tmp_path, "ls", "--select", "dim_user", "--resource-type", "model", "--output", "name")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines()[-1].endswith("dim_user")
    assert "partial parsing" not in listed.stdout


@pytest.mark.slow
def test_what_dbt_cannot_do_it_says_and_ends_with_its_own_code(tmp_path: Path) -> None:
    unknown = run(tmp_path, "build", "--no-such-option")
    assert unknown.returncode == 2
    assert "No such option '--no-such-option'" in unknown.stderr


@pytest.mark.slow
def test_a_node_that_fails_is_no_success(tmp_path: Path) -> None:
    """Without its upstream the model has nothing to read."""
    failed = run(tmp_path, "build", "--select", "dim_user")
    assert failed.returncode == 1
    assert "does not exist" in failed.stdout


def test_upstream_still_has_what_is_replaced() -> None:
    """Fails when dbt renames or stops using one of them: then the replacement would do nothing.

    A test before this one may have replaced them in this process: what stood there is read.
    """
    assert "line = self.create_line(msg)" in inspect.getsource(parsed_dbt._write_line)
    assert "logger.write_line(msg)" in inspect.getsource(EventManager.fire_event)
    assert "dct.update(self.namespace)" in inspect.getsource(parsed_dbt._context)
    assert "node = self._compile_code(node, manifest, extra_context)" in inspect.getsource(Compiler.compile_node)
    assert "write_manifest(self.manifest, self.config.project_target_path)" in inspect.getsource(runnable)


def test_a_context_is_what_dbt_makes_of_it() -> None:
    """Macros of the project come before dbt's own, whichever way the dictionaries are put together."""

    class Context(ManifestContext):
        def __init__(self, namespace: MacroNamespace) -> None:
            self._ctx = {"shared": "builtin"}
            self.namespace = namespace

        def generate_builtins(self) -> dict[str, Any]:
            return {"own": "builtin"}

    def of(**names: str) -> dict[str, Any]:
        return dict(names)

    namespace = MacroNamespace(
        of(root="root", shared="root"),
        of(shared="local"),
        of(dbt_only="dbt", root="dbt"),
        {"package": of(own="package")},
    )
    lean, whole = (dict(make(Context(namespace))) for make in (parsed_dbt._flat_context, parsed_dbt._context))
    assert lean.pop("context") is not whole.pop("context")
    assert lean == whole
    assert (lean["shared"], lean["root"], lean["own"]) == ("local", "root", "builtin")


@pytest.mark.parametrize(("kept_from", "levels"), [("info", ["info", "error"]), ("debug", ["debug", "info", "error"])])
def test_only_lines_that_are_kept_are_worded(
    kept_from: str, levels: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worded: list[str] = []

    class Logger(logger._Logger):
        def create_line(self, msg: Any) -> str:
            worded.append(msg.info.level)
            return msg.info.level

    file = tmp_path / "dbt.log"
    config = logger.LoggerConfig(name="lean", level=logger.EventLevel(kept_from), output_file_name=str(file))
    lean = Logger(config)
    for level in ("debug", "info", "error"):
        parsed_dbt._write_kept_line(lean, SimpleNamespace(info=SimpleNamespace(level=level, name="LogStartLine")))
    lean.flush()
    assert worded == levels
    assert file.read_text().splitlines() == levels


@pytest.mark.slow
def test_sql_that_is_kept_is_what_dbt_makes(tmp_path: Path) -> None:
    """Every model and every data test, made twice: by dbt, and from what an earlier build left."""
    manifest = parsed_dbt.parsed(prepared_project().project_dir)
    project = tmp_path / "project"
    (project / "target").mkdir(parents=True)
    (project / "target" / "parsed_from.txt").write_text("these files")
    parsed_dbt._compiled.clear()
    made = compiled(tmp_path, manifest)
    parsed_dbt.keep_compiled_sql(project, manifest, made)
    parsed_dbt.know_compiled_sql(project)
    again = compiled(tmp_path, manifest)
    assert {done.node.unique_id: done.node.compiled_code for done in again.results} == {
        done.node.unique_id: done.node.compiled_code for done in made.results
    }
    # What depends on the tables that stand there, or is no SQL, is made each time.
    assert sorted(manifest.nodes[key].name for key in manifest.nodes.keys() - parsed_dbt._compiled.keys()) == [
        "int_attribution__channel_effects",
        "int_coverage__link_rate_memory",
        "int_identity__creation_memory",
        "int_identity__originator_memory",
        "int_identity__record_states",
        "int_trust__skill",
    ]
    # A unit test puts its rows in place of a model, under the model's name.
    model = manifest.nodes["model.throughline.dim_user"]
    with mock.patch.object(model, "raw_code", "select 1 as of_a_unit_test"):
        made = compiled(tmp_path, manifest, "--select", "dim_user").results
    assert [done.node.compiled_code for done in made if done.node.name == "dim_user"] == ["select 1 as of_a_unit_test"]
    (project / "target" / "parsed_from.txt").write_text("other files")
    parsed_dbt.know_compiled_sql(project)
    assert not parsed_dbt._compiled


def compiled(folder: Path, manifest: Any, *selection: str) -> Any:
    """dbt's outcome of compiling everything, or what is selected, in this process."""
    parsed_dbt.make_lean()
    places = ["--project-dir", str(DBT_PROJECT_DIR), "--target-path", str(folder), "--log-path", str(folder)]
    environment = {**dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(folder / "throughline.duckdb")}
    with mock.patch.dict(os.environ, environment):
        outcome = dbtRunner(manifest=manifest).invoke(["--quiet", "compile", *selection, *places])
    assert outcome.success
    return outcome.result
