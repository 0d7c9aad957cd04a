"""What a good night forgets and what it keeps, on a real Dagster instance and a real warehouse."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from dagster_project import retention
from dagster_project.quality import results
from dagster_project.quality.suites import SQL_TYPE
from dagster_project.settings import PROJECT_ROOT

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=91)


@dg.op
def say(context: dg.OpExecutionContext) -> None:
    context.log.info("worked")


@dg.job
def night() -> None:
    say()


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def run(instance: dg.DagsterInstance) -> str:
    return night.execute_in_process(instance=instance).run_id


def test_an_old_finished_run_goes_with_its_event_log_and_captured_output(instance, tmp_path):
    run_id = run(instance)
    output = Path(instance.compute_log_manager.get_captured_local_path([run_id, "compute_logs", "say"], "out"))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("worked")
    assert instance.all_logs(run_id)
    (events,) = tmp_path.rglob(f"{run_id}.db")

    assert retention.remove_runs(instance, retention.cutoff(90, LATER)) == 1

    assert not instance.has_run(run_id)
    assert not output.exists()
    # Dagster would have left the emptied file.
    assert not events.exists()
    with sqlite3.connect(events.with_name("index.db")) as index:
        assert index.execute("select count(*) from event_logs where run_id = ?", [run_id]).fetchone() == (0,)


def test_a_recent_run_stays_with_its_event_log(instance):
    run_id = run(instance)
    assert retention.remove_runs(instance, retention.cutoff(90, NOW + timedelta(days=89))) == 0
    assert instance.has_run(run_id)
    assert instance.all_logs(run_id)


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_an_unfinished_run_stays_however_old_it_is(instance, status):
    working = instance.create_run_for_job(night, status=dg.DagsterRunStatus(status))
    assert retention.remove_runs(instance, retention.cutoff(90, LATER)) == 0
    assert instance.has_run(working.run_id)


def test_zero_days_keep_everything():
    assert retention.cutoff(0) is None


def check(connection: duckdb.DuckDBPyConnection, table: str, days_ago: int, kind: str = SQL_TYPE) -> None:
    outcome = results.CheckResult(table, "marts", "holds", kind, None, "It holds.", "blocking", "passed")
    results.record(
        connection,
        [outcome],
        run_id=f"{days_ago} days ago",
        checked_at=NOW - timedelta(days=days_ago),
        as_of=NOW,
        load_id="load",
        build_id="build",
    )


def test_old_check_results_go_and_each_table_keeps_its_latest():
    with duckdb.connect() as connection:
        for days_ago in (120, 91, 89, 0):
            check(connection, "marts.fct_spend", days_ago)
        check(connection, "marts.left_the_project", 200)

        assert retention.remove_check_results(connection, retention.cutoff(90, NOW)) == 2

        assert connection.execute(
            "select table_name, run_id from audit.check_results order by check_number"
        ).fetchall() == [
            ("marts.fct_spend", "89 days ago"),
            ("marts.fct_spend", "0 days ago"),
            ("marts.left_the_project", "200 days ago"),
        ]


def test_dbt_s_results_and_great_expectations_keep_a_latest_each():
    with duckdb.connect() as connection:
        check(connection, "marts.fct_spend", 100)
        check(connection, "marts.fct_spend", 99, "dbt.grain")
        assert retention.remove_check_results(connection, retention.cutoff(90, NOW)) == 0


def test_logs_of_old_nights_go_and_nothing_else(tmp_path):
    names = {"old.log": 91, "new.log": 89, "notes.txt": 91}
    for name, days_ago in names.items():
        moment = (NOW - timedelta(days=days_ago)).timestamp()
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (moment, moment))
    assert retention.remove_logs(tmp_path, retention.cutoff(90, NOW)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.log", "notes.txt"]
    assert retention.remove_logs(tmp_path / "no night yet", retention.cutoff(90, NOW)) == 0


@pytest.mark.parametrize(("value", "expected"), [("30", 30), ("0", 0), (None, 0)])
def test_the_days_come_from_the_reference_settings(value, expected):
    with duckdb.connect() as connection:
        assert retention.retention_days(connection) == 0
        connection.execute("create schema reference; create table reference.settings (key varchar, value varchar)")
        connection.execute("insert into reference.settings values ('retention_days', ?)", [value])
        assert retention.retention_days(connection) == expected


def test_the_instance_forgets_ticks(tmp_path):
    settings = yaml.safe_load((PROJECT_ROOT / "dagster_project" / "dagster.yaml").read_text(encoding="utf-8"))
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"retention": settings["retention"]}) as instance:
        for kind in (InstigatorType.SCHEDULE, InstigatorType.SENSOR):
            kept = instance.get_tick_retention_settings(kind)
            assert kept[TickStatus.SKIPPED] == 7
            assert {kept[status] for status in TickStatus if status != TickStatus.SKIPPED} == {90}
