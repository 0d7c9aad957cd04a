"""The reference tables in Dagster: what a run shows, and how it stops."""

from __future__ import annotations

import dagster as dg
import duckdb
import pytest

from dagster_project.reference.assets import load_reference, write_run_context
from dagster_project.reference.tables import TABLES
from dagster_project.warehouse import Warehouse


@pytest.fixture
def reference_dir(tmp_path, monkeypatch):
    for name in ("landing", "reference"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"THROUGHLINE_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    return tmp_path / "reference"


def materialize(**options) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [load_reference, write_run_context], resources={"warehouse": Warehouse()}, raise_on_error=False, **options
    )


def test_every_table_is_an_asset_that_tells_its_rows_and_its_file(reference_dir):
    (reference_dir / "shared_mailboxes.csv").write_text("local_part\ninfo\n")
    result = materialize()
    assert result.success
    found = {
        event.asset_key.path[1]: event.materialization.metadata for event in result.get_asset_materialization_events()
    }
    assert set(found) == {*(table.name for table in TABLES), "run_context"}
    assert found["shared_mailboxes"]["dagster/row_count"].value == 1
    assert found["shared_mailboxes"]["shipped_with_throughline"].value is False
    assert found["teams"]["shipped_with_throughline"].value is True


def test_one_table_can_be_materialized_alone(reference_dir, tmp_path):
    assert materialize(selection=[dg.AssetKey(["reference", "teams"])]).success
    with duckdb.connect(str(tmp_path / "warehouse" / "throughline.duckdb")) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'reference'").fetchall()
    assert tables == [("teams",)]


def test_a_wrong_table_stops_the_run_in_one_line_and_loads_nothing(reference_dir, tmp_path):
    (reference_dir / "teams.csv").write_text("match_field,match_value,team\nid,x,nobody\n")
    result = materialize()
    assert not result.success
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert "teams.csv, line 2, column team: 'nobody'" in failure.user_failure_data.description
    assert "\n" not in failure.user_failure_data.description
    assert not (tmp_path / "warehouse" / "throughline.duckdb").exists()
