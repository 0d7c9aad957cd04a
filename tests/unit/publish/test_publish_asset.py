"""The published file as an asset: refused in one line when it isn't safe, described when it is."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from dagster_project.publish import assets
from dagster_project.quality import builds, results
from dagster_project.settings import Settings
from dagster_project.warehouse import Warehouse


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    for folder in ("landing", "reference"):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(f"THROUGHLINE_{folder.upper()}_DIR", str(tmp_path / folder))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("THROUGHLINE_AS_OF", "2026-01-31")
    monkeypatch.setattr(assets, "load_suites", lambda: ())
    (tmp_path / "warehouse").mkdir()
    return Settings.from_environment()


def materialize() -> dg.ExecuteInProcessResult:
    asset = assets.build_publish_asset([dg.AssetKey(["marts", "fct_spend"])])
    return dg.materialize([asset], resources={"warehouse": Warehouse()}, raise_on_error=False)


def test_publishing_alone_before_anything_was_built_is_refused(settings):
    result = materialize()
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "Not published: the models have never been built" in failure.step_failure_data.user_failure_data.description
    assert not settings.published_file.exists()


def test_a_publication_says_where_it_is_and_what_is_in_it(settings):
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema marts; create table marts.fct_spend as select unnest(range(1200)) as cost")
        builds.finish_build(connection, builds.start_build(connection, "run", settings.as_of))

    result = materialize()

    (event,) = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["path"].value == str(settings.published_file)
    assert metadata["bytes"].value == settings.published_file.stat().st_size
    assert metadata["as_of"].value == "2026-01-31T23:59:59.999999+00:00"
    assert "| marts.fct_spend | 1,200 |" in metadata["tables"].value
    assert metadata["removed"].value == "nothing: retention_days is 0"


def test_a_good_night_forgets_old_check_results_and_says_how_many(settings):
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema marts; create table marts.fct_spend as select 1 as cost")
        connection.execute("create schema reference; create table reference.settings (key varchar, value varchar)")
        connection.execute("insert into reference.settings values ('retention_days', '90')")
        for days_ago in (200, 100, 0):
            results.record(
                connection,
                [results.CheckResult("marts.fct_spend", "marts", "holds", "sql", None, "It.", "blocking", "passed")],
                run_id=str(days_ago),
                checked_at=datetime.now(UTC) - timedelta(days=days_ago),
                as_of=settings.as_of,
                load_id="load",
                build_id="build",
            )
        builds.finish_build(connection, builds.start_build(connection, "run", settings.as_of))

    (event,) = materialize().get_asset_materialization_events()

    removed = event.materialization.metadata["removed"].value
    assert removed.startswith("0 finished runs with their logs, 2 check results and 0 log files, older than ")
    for file in (settings.build_file, settings.published_file):
        with duckdb.connect(str(file), read_only=True) as connection:
            assert connection.execute("select run_id from audit.check_results").fetchall() == [("0",)]
