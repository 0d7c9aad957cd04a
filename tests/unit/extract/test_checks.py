"""The blocking check: what a receipt promises against what landed, with what, where and the mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.extract import assets, hubspot, receipts
from dagster_project.extract.__main__ import main
from dagster_project.extract.checks import broken_promise
from dagster_project.warehouse import Warehouse
from tests.unit.extract.conftest import Pulls
from tests.unit.extract.fake_api import FakeApi, serving
from tests.unit.extract.fake_hubspot import TOKEN, Account, account
from tests.unit.extract.test_hubspot import environ


@pytest.fixture
def held() -> Account:
    return account()


@pytest.fixture
def api(held: Account) -> Iterator[FakeApi]:
    with serving(FakeApi(held)) as served:
        yield served


def _broken(pulls: Pulls) -> str | None:
    return broken_promise(pulls.folders.landing_dir, "hubspot", "contacts")


def test_a_whole_pull_keeps_its_promise(pulls: Pulls, api: FakeApi) -> None:
    assert "was never pulled" in str(_broken(pulls))
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert _broken(pulls) is None


def test_less_than_the_api_has_is_told_with_what_where_and_mend(pulls: Pulls, api: FakeApi, held: Account) -> None:
    held.hidden = {5}
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert _broken(pulls) == (
        "hubspot/contacts: the API said it has 8 records and gave 7, 3 times (all records until 2026-02-02 02:00 UTC, "
        f"receipt {receipt.pull}.json); expected as many as the API said it has; nothing of this pull landed and the "
        "next one asks again; pull again, and compare with the system's own count when it stays so"
    )
    held.hidden = set()
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert _broken(pulls) is None


def test_a_file_that_is_not_as_it_was_pulled_is_told(pulls: Pulls, api: FakeApi) -> None:
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    file = pulls.folders.landing_dir / "hubspot" / "contacts" / receipt.files[0].name
    file.write_bytes(file.read_bytes()[:100])
    assert "can't be read" in str(_broken(pulls))
    file.unlink()
    assert "its receipt promises 8 records" in str(_broken(pulls))


def test_a_stretch_of_time_that_nobody_pulled_is_told(pulls: Pulls, api: FakeApi) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    (later,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    folder = receipts.folder(pulls.folders.landing_dir, "hubspot", "contacts")
    receipts.write(folder / f"{later.pull}.json", replace(later, since=later.until - timedelta(hours=1)))
    assert "nothing was pulled from 2026-02-02 02:00 to 2026-02-03 01:00 UTC" in str(_broken(pulls))


def test_no_receipt_holds_a_secret_or_a_value(pulls: Pulls, api: FakeApi) -> None:
    pulls.pull(hubspot.SOURCE, environ(api))
    for path in pulls.folders.landing_dir.rglob("*.json"):
        assert TOKEN not in path.read_text()
        assert "@acme" not in path.read_text()


@pytest.fixture
def company(pulls: Pulls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulls:
    monkeypatch.setenv("THROUGHLINE_LANDING_DIR", str(pulls.folders.landing_dir))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(pulls.folders.warehouse_dir))
    return pulls


def _materialized(names: list[str]) -> dg.ExecuteInProcessResult:
    keys = [assets.asset_key("hubspot", name) for name in names]
    chosen = dg.AssetSelection.assets(*keys)
    return dg.materialize(
        [*assets.build_pulls(), *assets.build_pull_checks(), _downstream],
        selection=(chosen | dg.AssetSelection.checks_for_assets(*keys) | dg.AssetSelection.assets(_downstream)),
        resources={"warehouse": Warehouse()},
        raise_on_error=False,
    )


@dg.asset(deps=[assets.asset_key("hubspot", "contacts")])
def _downstream() -> None: ...


def test_without_credentials_there_are_no_assets() -> None:
    assert assets.build_pulls() == []
    assert assets.build_pull_checks() == []
    assert assets.pulled_keys("hubspot", "contacts") == []


def test_with_credentials_each_object_is_an_asset_upstream_of_its_raw_table(
    company: Pulls, api: FakeApi, monkeypatch: pytest.MonkeyPatch, held: Account
) -> None:
    for name, value in environ(api).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(hubspot, "PAUSE_SECONDS", 0.0)
    (pull,) = assets.build_pulls()
    spec = pull.specs_by_key[dg.AssetKey(["extract", "hubspot", "contacts"])]
    assert (spec.group_name, spec.kinds, spec.deps) == ("extract", {"dlt", "parquet"}, [])
    assert assets.pulled_keys("hubspot", "contacts") == [spec.key]
    result = _materialized(["contacts"])
    assert result.success
    (event, _) = result.get_asset_materialization_events()
    assert event.materialization.metadata["api_total"].value == 8
    (check,) = result.get_asset_check_evaluations()
    assert check.passed
    assert TOKEN not in "".join(str(e) for e in result.all_events)


def test_a_short_pull_keeps_everything_downstream_from_running(
    company: Pulls, api: FakeApi, monkeypatch: pytest.MonkeyPatch, held: Account
) -> None:
    for name, value in environ(api).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(hubspot, "PAUSE_SECONDS", 0.0)
    held.hidden = {5}
    result = _materialized(["contacts"])
    assert not result.success
    (check,) = result.get_asset_check_evaluations()
    assert "gave 7" in str(check.description)
    assert [e.asset_key.path[-1] for e in result.get_asset_materialization_events()] == ["contacts"]


def test_half_set_credentials_are_told_without_their_values(
    company: Pulls, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__API_KEY", TOKEN)
    monkeypatch.setenv("SOURCES__HUBSPOT__BASE_URL", "http://api.elsewhere.example")
    result = _materialized(["contacts"])
    assert not result.success
    (failure,) = [e for e in result.all_events if e.event_type_value == "STEP_FAILURE"]
    assert "SOURCES__HUBSPOT__BASE_URL: expected an address that begins with https://" in str(failure)
    assert TOKEN not in str(failure)


def test_the_command_pulls_without_a_night(
    company: Pulls, api: FakeApi, monkeypatch: pytest.MonkeyPatch, held: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    assert "docs/pulls.md" in capsys.readouterr().err
    assert main(["hubpsot"]) == 2
    for name, value in environ(api).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(hubspot, "PAUSE_SECONDS", 0.0)
    assert main(["hubspot"]) == 0
    assert "hubspot/contacts: whole, 8 of 8 records, all, " in capsys.readouterr().out
    held.token = "another"
    assert main([]) == 1
    said = capsys.readouterr()
    assert "refuses the credentials" in said.err
    assert TOKEN not in said.err + said.out
