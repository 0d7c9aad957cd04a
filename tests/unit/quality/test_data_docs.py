"""The data docs: one page that fetches nothing and says first what doesn't hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from dagster_project.quality.data_docs import page, write_page
from dagster_project.quality.results import CheckResult, record

MOMENT = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)
GX = "expect_column_values_to_be_between"


def result(**given: Any) -> dict[str, Any]:
    return {
        "table_name": "marts.fct_spend",
        "layer": "marts",
        "expectation": "cost_is_not_negative",
        "expectation_type": GX,
        "column_name": "cost",
        "promise": "No cost is below <zero>.",
        "severity": "warn",
        "status": "passed",
        "checked_rows": 1200,
        "unexpected_count": 0,
        "message": None,
        "sample_rows": None,
        "checked_at": "2026-01-31 02:00",
        "as_of": "2026-01-30 23:59",
        "broken_since": None,
        **given,
    }


def test_the_page_fetches_nothing_and_says_so_to_the_browser():
    shown = page([result()])
    assert not re.search(r"(src|href)=.https?://|url\(|@import", shown)
    assert "default-src 'none'" in shown


def test_the_page_says_that_all_is_well():
    shown = page([result()])
    assert "Every promise holds." in shown
    assert "1,200 rows" in shown
    assert "No cost is below &lt;zero&gt;." in shown


def test_before_the_first_check_there_is_a_page_too():
    assert "checked never" in page([])


def test_what_does_not_hold_comes_first_with_rows_and_mend():
    broken = result(
        status="failed",
        unexpected_count=3,
        sample_rows='[{"campaign": "<b>", "cost": null}]',
        broken_since="2026-01-29 02:00",
    )
    missing = result(table_name="marts.fct_none", severity="blocking", status="errored", message="no such <table>")
    shown = page([broken, missing])
    assert shown.index("no such &lt;table&gt;") < shown.index("3 rows break it")  # blocking ones first
    assert "since 2026-01-29 02:00" in shown
    assert "<td>&lt;b&gt;</td>" in shown
    assert "expectations/marts/fct_spend.yml" in shown
    assert "1 of the rows" in shown


def kept(connection: duckdb.DuckDBPyConnection, day: int, *found: tuple[str, str, str]) -> None:
    """A night's results of one table: name, type and status."""
    outcomes = [
        CheckResult("marts.fct_spend", "marts", name, kind, None, f"Promise {name}.", "warn", status)
        for name, kind, status in found
    ]
    moment = MOMENT + timedelta(days=day)
    record(connection, outcomes, run_id="r", checked_at=moment, as_of=moment, load_id="l", build_id="b")


def test_the_page_shows_the_latest_of_each_evaluator_and_since_when_it_is_broken(tmp_path):
    former = tmp_path / "validations" / "marts"
    former.mkdir(parents=True)
    with duckdb.connect() as connection:
        kept(connection, 0, ("late", GX, "failed"), ("given_up", GX, "failed"))
        kept(connection, 1, ("late", GX, "passed"))
        kept(connection, 2, ("late", GX, "failed"))
        kept(connection, 3, ("late", GX, "failed"))
        kept(connection, 4, ("grain", "dbt.grain", "passed"))
        shown = write_page(tmp_path, connection).read_text()
    assert "since 2026-02-02 02:00" in shown
    assert "Promise grain." in shown
    assert "given_up" not in shown
    assert not former.exists()
