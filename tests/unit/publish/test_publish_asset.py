"""The published file as an asset: refused in one line when it isn't safe, described when it is."""

import dagster as dg
import duckdb
import pytest

from dagster_project.publish import assets
from dagster_project.quality import builds
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
