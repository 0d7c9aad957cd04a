"""When the nightly job runs: the sensor waits until a delivery is complete and asks once for each."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from dagster_project.schedules import files_landed, nightly_schedule
from tests.company import Company


def ask(cursor: str | None) -> tuple[list[dg.RunRequest], str]:
    with dg.build_sensor_context(cursor=cursor) as context:
        data = files_landed.evaluate_tick(context)
    return list(data.run_requests), data.cursor


@pytest.fixture
def lead_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    company = Company(tmp_path)
    company.write()
    monkeypatch.setenv("THROUGHLINE_LANDING_DIR", str(company.landing_dir))
    return company.landing_dir / "salesforce" / "Lead.csv"


def test_a_delivery_starts_one_run_after_it_has_stayed_the_same(lead_file: Path) -> None:
    requests, cursor = ask(None)
    assert requests == []
    requests, cursor = ask(cursor)
    assert len(requests) == 1
    requests, cursor = ask(cursor)
    assert requests == []


def test_files_still_arriving_start_nothing(lead_file: Path) -> None:
    _, cursor = ask(None)
    _, cursor = ask(cursor)
    for number in range(3):
        with lead_file.open("a") as file:
            file.write(f"L{number}\n")
        requests, cursor = ask(cursor)
        assert requests == []
    requests, cursor = ask(cursor)
    assert len(requests) == 1


def test_the_schedule_is_on_at_two_and_retries_crashes() -> None:
    assert nightly_schedule.cron_schedule == "0 2 * * *"
    assert nightly_schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert nightly_schedule.tags["dagster/max_retries"] == "2"


def test_what_the_night_pulls_itself_starts_no_other_night(lead_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, seen = ask(None)
    monkeypatch.setenv("SOURCES__META_ADS__ACCESS_TOKEN", "token")
    monkeypatch.setenv("SOURCES__META_ADS__ACCOUNT_IDS", "1")
    pulled = lead_file.parent.parent / "meta_ads" / "daily_spend"
    pulled.mkdir(parents=True)
    requests, cursor = ask(seen)
    assert len(requests) == 1
    (pulled / "20260201T020000000000.csv").write_text("date,campaign_id,cost\n2026-01-31,1,1\n")
    for _ in range(2):
        requests, cursor = ask(cursor)
        assert requests == []
