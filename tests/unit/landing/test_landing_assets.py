"""The Dagster side: one asset per object, one step, metadata, and failures in one line."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.landing import assets
from dagster_project.landing.assets import asset_key, load_landing, snapshot_objects
from dagster_project.landing.catalog import catalog
from dagster_project.warehouse import POOL, Warehouse

INVOICES = dg.AssetKey(["raw_finance", "invoices"])
ASSETS = dg.AssetKey(["raw_content", "assets"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A landing folder that the environment points at."""
    for name in ("LANDING", "REFERENCE", "WAREHOUSE"):
        path = tmp_path / name.lower()
        path.mkdir()
        monkeypatch.setenv(f"THROUGHLINE_{name}_DIR", str(path))
    return tmp_path / "landing"


def _put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def _materialize(selection: list[dg.AssetKey], raise_on_error: bool = True) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [load_landing],
        resources={"warehouse": Warehouse()},
        selection=dg.AssetSelection.assets(*selection),
        raise_on_error=raise_on_error,
    )


def test_every_object_is_an_asset_in_the_group_of_its_source() -> None:
    assert set(load_landing.keys) == {asset_key(o) for o in catalog().objects}
    spec = load_landing.specs_by_key[dg.AssetKey(["raw_salesforce", "opportunity_contact_role"])]
    assert spec.group_name == "salesforce"
    assert spec.kinds == {"salesforce", "duckdb"}
    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["reference", "settings"])]
    assert load_landing.op.pool == POOL


def test_the_selected_objects_are_loaded_in_one_step_with_metadata(folder: Path) -> None:
    _put(folder, "finance/invoices.csv", "invoice_id,invoiced_at,amount\ni1,2026-01-05,1\ni2,never,0.01\n")
    _put(folder, "finance/notes.txt", "x")
    _put(folder, "content/assets.csv", "asset_id,title\na,A\n")
    result = _materialize([INVOICES])
    (event,) = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert event.asset_key == INVOICES
    assert metadata["dagster/row_count"].value == 1
    assert metadata["rejected_rows"].value == 1
    assert metadata["files_read"].value == 1
    assert metadata["newest_record"].value == 1767571200.0
    assert "finance/notes.txt" in metadata["unrecognised"].value
    assert "| finance/invoices.csv |" in metadata["files_read_in_this_run"].value


def test_a_file_that_cannot_be_used_fails_the_step_without_retry(folder: Path) -> None:
    _put(folder, "content/assets.csv", "asset_id\na\n")
    result = _materialize([ASSETS, INVOICES], raise_on_error=False)
    (failure,) = result.get_step_failure_events()
    description = failure.step_failure_data.user_failure_data.description
    assert description.startswith("content: content/assets.csv: required column title is absent")
    assert "\n" not in description


def test_an_object_that_stopped_arriving_is_a_warning_and_the_run_goes_on(folder: Path) -> None:
    _put(folder, "content/assets.csv", "asset_id,title\na,A\n")
    _put(folder, "finance/invoices.csv", "invoice_id,invoiced_at,amount\ni1,2026-01-05,1\n")
    (first, second) = _materialize([ASSETS, INVOICES]).get_asset_check_evaluations()
    assert first.passed and second.passed
    (folder / "finance/invoices.csv").unlink()
    result = _materialize([ASSETS, INVOICES])
    assert result.success
    checks = {check.asset_key: check for check in result.get_asset_check_evaluations()}
    assert checks[ASSETS].passed
    assert not checks[INVOICES].passed
    assert checks[INVOICES].check_name == "arrives_in_its_rhythm"
    assert checks[INVOICES].severity == dg.AssetCheckSeverity.WARN
    assert "its files are gone" in checks[INVOICES].description


def test_trouble_with_the_disk_is_retried(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(folder, "content/assets.csv", "asset_id,title\na,A\n")
    real, attempts = assets.load_objects, []

    def flaky(*arguments, **options):
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError(5, "Input/output error")
        return real(*arguments, **options)

    monkeypatch.setattr(assets, "load_objects", flaky)
    monkeypatch.setattr(assets, "SECONDS_BEFORE_RETRY", 0)
    assert _materialize([ASSETS]).success
    assert len(attempts) == 2


def test_snapshot_objects_come_from_the_reference_settings() -> None:
    with duckdb.connect() as connection:
        assert snapshot_objects(connection) == []
        connection.execute("create schema reference")
        connection.execute("create table reference.settings (key varchar, value varchar)")
        assert snapshot_objects(connection) == []
        connection.execute(
            "insert into reference.settings values ('snapshot_objects', 'finance.invoices, planning.targets')"
        )
        assert snapshot_objects(connection) == ["finance.invoices", "planning.targets"]
