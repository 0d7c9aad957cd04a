"""Freshness: what stopped arriving is said, by each object's own rhythm, and nothing else is."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from tests.unit.landing.conftest import Landing

INVOICE = "invoice_id,invoiced_at,amount\n"


def _put(landing: Landing, name: str, number: int) -> None:
    landing.put(name, f"{INVOICE}n{number},2026-01-05,{number}\n")


def _night(landing: Landing, days: int = 1) -> str | None:
    """Load `days` days after the night before; what is overdue."""
    landing.night += timedelta(days=days - 1)
    return landing.load("finance.invoices")["raw_finance.invoices"].overdue


def _deliveries(landing: Landing) -> int:
    return landing.rows("select count(*) from audit.deliveries where object = 'invoices'")[0][0]


def test_daily_files_that_stop_are_overdue_after_three_days(landing: Landing) -> None:
    for day in range(5):
        _put(landing, f"finance/invoices/day_{day}.csv", day)
        assert _night(landing) is None
    assert [_night(landing) for _ in range(3)] == [None] * 3
    message = _night(landing)
    assert message is not None
    assert message.startswith("finance.invoices: nothing new arrived; last delivery finance/invoices/day_4.csv on ")
    assert "2026-01-06, 4 days ago; usually every 1 day" in message
    assert landing.warnings[-1] == f"landing: {message}"
    _put(landing, "finance/invoices/day_5.csv", 5)
    assert _night(landing) is None


def test_a_weekly_object_keeps_its_own_rhythm(landing: Landing) -> None:
    for week in range(4):
        _put(landing, f"finance/invoices/week_{week}.csv", week)
        assert _night(landing, 7) is None
    assert _night(landing, 21) is None
    assert "22 days ago; usually every 7 days" in (_night(landing) or "")


@pytest.mark.parametrize("is_content_new", [True, False])
def test_one_file_written_anew_every_day_is_a_delivery_each_time(landing: Landing, is_content_new: bool) -> None:
    path = landing.folder / "finance" / "invoices.csv"
    for day in range(6):
        _put(landing, "finance/invoices.csv", day if is_content_new else 0)
        os.utime(path, ns=(day + 1, day + 1))
        assert _night(landing) is None
    assert _deliveries(landing) == 6
    assert _night(landing, 3) is None
    assert "4 days ago" in (_night(landing) or "")


def test_a_file_that_is_only_read_again_is_no_delivery(landing: Landing) -> None:
    _put(landing, "finance/invoices.csv", 1)
    _night(landing)
    landing.load("finance.invoices", full_refresh=True)
    landing.connection.execute("update audit.landed_files set loader_version = 'older'")
    _night(landing)
    assert _deliveries(landing) == 1


def test_fewer_than_four_deliveries_have_no_rhythm(landing: Landing) -> None:
    for day in range(3):
        _put(landing, f"finance/invoices/{day}.csv", day)
        _night(landing)
    assert _night(landing, 300) is None


def test_a_history_loaded_in_one_night_is_told_by_the_dates_in_its_names(landing: Landing) -> None:
    for day in range(1, 6):
        _put(landing, f"finance/invoices/2019-03-0{day}.csv", day)
    assert _night(landing) is None  # however old the history is
    assert _night(landing, 3) is None
    assert "usually every 1 day" in (_night(landing) or "")


def test_a_single_full_export_in_parts_is_never_overdue(landing: Landing) -> None:
    for part in range(6):
        _put(landing, f"finance/invoices/part-0000{part}.csv", part)
    assert _night(landing) is None
    assert _night(landing, 400) is None


def test_a_vanished_file_is_seen_the_next_night_where_files_are_kept(landing: Landing) -> None:
    landing.put("content/assets.csv", "asset_id,title\na,A\n")
    _put(landing, "finance/invoices.csv", 1)
    landing.load("finance.invoices", "content.assets")
    (landing.folder / "finance" / "invoices.csv").unlink()
    message = _night(landing)
    assert message is not None
    assert "finance.invoices: its files are gone from the landing folder; last delivery finance/invoices.csv" in message
    assert landing.rows("select count(*) from raw_finance.invoices") == [(1,)]


def test_where_loaded_files_are_cleared_away_the_rhythm_tells(landing: Landing) -> None:
    for day in range(5):
        path = landing.put(f"content/assets/{day}.csv", f"asset_id,title\na{day},A\n")
        if day < 4:
            _put(landing, f"finance/invoices/{day}.csv", day)
        landing.load("finance.invoices", "content.assets")
        path.unlink()
        (landing.folder / "finance" / "invoices" / f"{day}.csv").unlink(missing_ok=True)
    assert not landing.warnings
    landing.put("content/assets/9.csv", "asset_id,title\na9,A\n")
    assert "usually every 1 day" in (_night(landing, 3) or "")
