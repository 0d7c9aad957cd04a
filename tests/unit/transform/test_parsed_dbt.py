"""dbt on the project as it was parsed before, as a night starts it."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from dbt.cli.main import dbtRunner
from dbt.compilation import Compiler
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.events.types import LogStartLine, NodeStart
from dbt.task import runnable
from dbt.tracking import track_behavior_change_warn
from dbt_common.events import functions, logger
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Note

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
    assert "msg = msg_from_base_event(e, level=level)" in inspect.getsource(parsed_dbt._fire_event)
    assert "get_event_manager().fire_event(" in inspect.getsource(functions.fire_event)
    assert "self.pb_msg = ParseDict(kwargs, msg_cls())" in inspect.getsource(parsed_dbt._word_event)
    assert '__getattribute__("pb_msg")' in inspect.getsource(parsed_dbt._field_of_event)
    assert "linker.write_graph(graph_path" in inspect.getsource(parsed_dbt._write_graph_file)
    assert "self.write_graph_file(linker" in inspect.getsource(Compiler.compile)
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


@pytest.mark.parametrize(
    ("kept_from", "heard"), [("info", ["LogStartLine", "Note"]), ("debug", ["NodeStart", "LogStartLine", "Note"])]
)
def test_only_events_that_somebody_hears_are_worded(
    kept_from: str, heard: list[str], tmp_path: Path, lean_events: None
) -> None:
    file = tmp_path / "dbt.log"
    manager = EventManager()
    manager.add_logger(
        logger.LoggerConfig(
            name="lean",
            level=EventLevel(kept_from),
            line_format=logger.LineFormat.Json,
            output_file_name=str(file),
        )
    )
    manager.add_callback(track_behavior_change_warn)
    node = {"node_name": "dim_user", "unique_id": "model.throughline.dim_user"}
    events = [NodeStart(node_info=node), LogStartLine(description="a model", index=1, total=2, node_info=node)]
    for happened in [*events, Note(msg="an error")]:
        manager.fire_event(happened, level=EventLevel.ERROR if isinstance(happened, Note) else None)
    manager.flush()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["info"]["name"] for line in lines] == heard
    assert lines[-2]["data"]["node_info"]["unique_id"] == "model.throughline.dim_user"
    assert lines[-1] | {"info": {}} == {"data": {"msg": "an error"}, "info": {}}


def test_an_event_of_any_level_is_told_to_who_asked_for_all(lean_events: None) -> None:
    told: list[str] = []
    manager = EventManager()
    manager.add_callback(lambda message: told.append(message.info.name))
    manager.fire_event(NodeStart(node_info={"unique_id": "model.throughline.dim_user"}))
    assert told == ["NodeStart"]


def test_an_event_has_its_fields_when_they_are_read(lean_events: None) -> None:
    started = LogStartLine(description="a model", index=1, total=2)
    assert "pb_msg" not in started.__dict__
    assert (started.description, started.index, started.to_dict()["total"]) == ("a model", 1, 2)
    started.index = 3
    assert started.pb_msg.index == 3


@pytest.fixture
def lean_events() -> Iterator[None]:
    with (
        mock.patch.object(EventManager, "fire_event", parsed_dbt._fire_if_heard),
        mock.patch.object(BaseEvent, "__init__", parsed_dbt._remember_event),
        mock.patch.object(BaseEvent, "__getattr__", parsed_dbt._worded_event),
    ):
        yield


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
    assert_made_of_nothing_but_what_it_reads(made, manifest)
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


# What a statement could look at beside the rows that it reads: a clock, chance, files, the engine's own tables.
HIDDEN_INPUTS = re.compile(
    r"\b(?:(?:now|today|random|uuid|uuidv4|uuidv7|gen_random_uuid|nextval|currval|getenv|current_setting|glob"
    r"|get_current_time\w*|read_\w+|duckdb_\w+)\s*\("
    r"|current_date\b|current_time(?:stamp)?\b|localtime(?:stamp)?\b|information_schema\b)"
)


def assert_made_of_nothing_but_what_it_reads(made: Any, manifest: Any) -> None:
    """On this stands that a node whose rows to read are the same needn't be built (`unchanged.py`)."""
    for node in (done.node for done in made.results if done.node.language == "sql"):
        read = [manifest.nodes.get(key) or manifest.sources[key] for key in node.depends_on.nodes]
        known = {(each.schema, getattr(each, "alias", None) or each.identifier) for each in [*read, node]}
        named = set(re.findall(r'"throughline"\."(\w+)"\."(\w+)"', node.compiled_code))
        assert named <= known, f"{node.name} reads {named - known} without ref() or source()"
        text = re.sub(r"--[^\n]*|/\*.*?\*/", "", node.compiled_code, flags=re.DOTALL)
        text = re.sub(r"'(?:[^']|'')*'", "''", text)
        assert not (found := HIDDEN_INPUTS.findall(text)), f"{node.name} asks {found}"
    assert HIDDEN_INPUTS.search("select now() as moment")
    assert not HIDDEN_INPUTS.search("select today.amount")


def compiled(folder: Path, manifest: Any, *selection: str) -> Any:
    """dbt's outcome of compiling everything, or what is selected, in this process."""
    parsed_dbt.make_lean()
    places = ["--project-dir", str(DBT_PROJECT_DIR), "--target-path", str(folder), "--log-path", str(folder)]
    environment = {**dbt_environment(None), "THROUGHLINE_BUILD_FILE": str(folder / "throughline.duckdb")}
    with mock.patch.dict(os.environ, environment):
        outcome = dbtRunner(manifest=manifest).invoke(["--quiet", "compile", *selection, *places])
    assert outcome.success
    return outcome.result
