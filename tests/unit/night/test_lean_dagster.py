"""Dagster's event log with its files kept open: the same events, for every reader."""

from __future__ import annotations

import inspect
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import dagster as dg
import pytest
from dagster._core.definitions.assets.definition.assets_definition import AssetsDefinition
from dagster._core.execution.context.data_version_cache import DataVersionCache
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage

from dagster_project.night import lean_dagster

# What a process writes that is killed right after it; the file is named in its first argument.
KILLED = """
import os, signal, sys
import dagster as dg
from dagster_project.night import lean_dagster
lean_dagster.make_lean()
with dg.DagsterInstance.get() as instance:
    for name in "abc":
        instance.report_runless_asset_event(dg.AssetMaterialization(name))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="counted")])
def counted() -> Iterator[object]:
    yield dg.Output(3, metadata={"rows": 3})
    yield dg.AssetCheckResult(passed=True, check_name="is_there", metadata={"rows": 3})


@pytest.fixture(autouse=True)
def made_lean() -> Iterator[None]:
    lean_dagster.make_lean()
    yield
    lean_dagster.close_files()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
        yield made


def storage_of(instance: dg.DagsterInstance) -> SqliteEventLogStorage:
    storage = instance.event_log_storage
    assert isinstance(storage, SqliteEventLogStorage)
    return storage


def events_seen_by_another_process(home: Path, run_id: str) -> list[str]:
    """Without what is replaced here, as the UI's server reads them."""
    program = (
        "import dagster as dg, sys\n"
        "with dg.DagsterInstance.get() as instance:\n"
        "    entries = [record.event_log_entry for record in instance.get_records_for_run(sys.argv[1]).records]\n"
        "    print(*(entry.dagster_event.event_type_value for entry in entries if entry.dagster_event))"
    )
    read = subprocess.run(
        [sys.executable, "-c", program, run_id],
        env={**os.environ, "DAGSTER_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return read.stdout.split()


def test_upstream_still_has_what_is_replaced() -> None:
    """Fails when Dagster renames or stops using one of them: then the replacement would do nothing, or harm."""
    whole = inspect.getsource(SqliteEventLogStorage)
    assert "return self._connect(run_id)" in whole
    assert "return self._connect(INDEX_SHARD_NAME)" in whole
    assert "with self._db_lock:" in whole
    assert "self._initialized_dbs.add(shard)" in whole
    assert "self.has_table(AssetEventTagsTable.name)" in inspect.getsource(SqlEventLogStorage)
    assert "column_name in column_names" in inspect.getsource(lean_dagster._known_has_asset_key_column)
    assert "engine.dialect.has_table" in inspect.getsource(lean_dagster._known_has_table)
    together = inspect.getsource(lean_dagster._known_asset_and_check_keys)
    assert "return set(self.keys).union(self.check_keys)" in together
    outputs = inspect.getsource(lean_dagster._known_output_asset_keys)
    assert "for step_output in self.step.step_outputs" in outputs
    assert "self._context.get_output_asset_keys()" in inspect.getsource(DataVersionCache)


def test_a_run_is_told_as_dagster_tells_it(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run = dg.materialize([counted], instance=instance)
    assert run.success
    mine = [
        record.event_log_entry.dagster_event.event_type_value
        for record in instance.get_records_for_run(run.run_id).records
        if record.event_log_entry.dagster_event
    ]
    assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS"} < set(mine)
    assert events_seen_by_another_process(tmp_path, run.run_id) == mine
    latest = instance.get_latest_materialization_event(dg.AssetKey("counted"))
    assert latest is not None
    assert latest.run_id == run.run_id


def test_who_follows_a_run_hears_of_it(instance: dg.DagsterInstance) -> None:
    """The UI's server waits for a change of the run's file; commits are in the log beside it."""
    first = dg.materialize([counted], instance=instance)
    heard = Event()
    storage_of(instance).watch(first.run_id, None, lambda *_: heard.set())
    try:
        for _ in range(50):
            instance.report_engine_event("still here", run_id=first.run_id, job_name="any")
            if heard.wait(0.2):
                break
        assert heard.is_set()
    finally:
        storage_of(instance).end_watch(first.run_id, lambda *_: None)
        storage_of(instance).dispose()


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], env={**os.environ, "DAGSTER_HOME": str(tmp_path)}, check=False
    )
    assert killed.returncode == -9
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        assert sorted(key.to_user_string() for key in instance.all_asset_keys()) == ["a", "b", "c"]


def test_a_file_that_was_replaced_is_opened_again(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """As of a restored backup: what is in the file that stands there counts."""
    dg.materialize([counted], instance=instance)
    index = Path(storage_of(instance).path_for_shard("index"))
    lean_dagster.close_files()
    backup = index.read_bytes()
    instance.report_runless_asset_event(dg.AssetMaterialization("later"))
    assert len(instance.all_asset_keys()) == 2
    restored = tmp_path / "restored.db"
    restored.write_bytes(backup)
    for beside in ("-wal", "-shm"):
        index.with_name(index.name + beside).unlink(missing_ok=True)
    restored.replace(index)
    assert [key.to_user_string() for key in instance.all_asset_keys()] == ["counted"]


def test_no_more_files_are_open_than_said(instance: dg.DagsterInstance) -> None:
    runs = [dg.materialize([counted], instance=instance).run_id for _ in range(lean_dagster.OPEN_FILES + 2)]
    assert len(lean_dagster._open) == lean_dagster.OPEN_FILES
    # An older one is opened again.
    assert instance.get_records_for_run(runs[0]).records
    lean_dagster.close_files()
    assert not lean_dagster._open
    with sqlite3.connect(storage_of(instance).path_for_shard(runs[-1])) as closed:
        assert closed.execute("select count(*) from event_logs").fetchone()[0] > 5


def test_the_keys_of_an_asset_are_those_that_dagster_finds() -> None:
    assert isinstance(counted, AssetsDefinition)
    assert counted.asset_and_check_keys == lean_dagster._known_asset_and_check_keys(counted)
    prefixed = counted.with_attributes(asset_key_replacements={dg.AssetKey("counted"): dg.AssetKey("other")})
    assert prefixed.asset_and_check_keys == lean_dagster._known_asset_and_check_keys(prefixed)
    assert dg.AssetKey("other") in prefixed.asset_and_check_keys
