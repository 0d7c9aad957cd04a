"""A SQL database's tables by a mapping file, from SQLite: what lands is what the tables hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.extract import assets, sql_database
from dagster_project.extract.errors import PullError
from dagster_project.landing.catalog import catalog
from dagster_project.landing.loader import load_objects
from dagster_project.settings import SettingError
from dagster_project.warehouse import Warehouse
from tests.unit.extract.conftest import NOW, Pulls

MAPPING = """
tables:
  - table: bills
    lands_as: finance/invoices
    key: number
    changed: changed_at
    columns: {number: invoice_id, customer: account_id, billed_on: invoiced_at, total: amount, currency: currency}
  - table: targets
    lands_as: planning/targets
    key: [metric, period_start, period_end, owner_email]
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(tmp_path / "books.db") as opened:
        opened.executescript(
            """
            create table bills (
                number text, customer text, billed_on date, total decimal(18, 2), currency text, note text,
                changed_at timestamp
            );
            create table targets (metric text, period_start date, period_end date, target decimal(18, 2), owner_email
            text); insert into targets values ('mqls', '2026-01-01', '2026-03-31', 12, 'ann@we.example');
            """
        )
        for number in range(5):
            _bill(opened, f"b{number}", "1234.50", NOW - timedelta(days=9))
        yield opened
    opened.close()


def _bill(opened: sqlite3.Connection, number: str, total: str, changed: datetime | None) -> None:
    at = changed and changed.strftime("%Y-%m-%d %H:%M:%S.%f")
    opened.execute("delete from bills where number = ?", [number])
    opened.execute("insert into bills values (?, 'a1', '2026-01-31', ?, 'EUR', 'secret', ?)", [number, total, at])
    opened.commit()


def _environ(pulls: Pulls, mapping: str = MAPPING, url: str = "") -> dict[str, str]:
    folder = pulls.folders.landing_dir.parent
    (folder / "mapping.yml").write_text(mapping)
    given = {"CREDENTIALS": url or f"sqlite:///{folder}/books.db", "MAPPING": str(folder / "mapping.yml")}
    return {f"SOURCES__SQL_DATABASE__{name}": value for name, value in given.items()}


def _bills(pulls: Pulls) -> list[tuple]:
    with duckdb.connect() as warehouse:
        objects = catalog().find_source("finance").objects
        load_objects(warehouse, objects, pulls.folders.landing_dir, datetime(2026, 3, 1, tzinfo=UTC))
        assert warehouse.execute("select * from audit.rejected_rows").fetchall() == []
        return warehouse.execute(
            "select invoice_id, amount from raw_finance.invoices "
            "where not coalesce(_deleted_by_loader, false) order by all"
        ).fetchall()


def test_raw_is_what_the_tables_hold_and_then_what_changed(pulls: Pulls, database: sqlite3.Connection) -> None:
    bills, targets = pulls.pull(sql_database.SOURCE, _environ(pulls))
    assert (bills.source, bills.object, bills.rows, bills.api_total) == ("finance", "invoices", 5, 5)
    assert (targets.source, targets.object, targets.rows) == ("planning", "targets", 1)
    assert _bills(pulls) == [(f"b{n}", Decimal("1234.5")) for n in range(5)]
    assert "note" not in bills.columns
    _bill(database, "b2", "99.99", pulls.now - timedelta(hours=3))
    _bill(database, "b7", "0.10", None)
    bills, targets = pulls.pull(sql_database.SOURCE, _environ(pulls))
    assert (bills.kind, bills.rows, targets.kind) == ("changes", 2, "whole")
    assert dict(_bills(pulls)) == {
        **{f"b{n}": Decimal("1234.5") for n in (0, 1, 3, 4)},
        "b2": Decimal("99.99"),
        "b7": Decimal("0.1"),
    }


def test_a_deleted_row_is_told_by_the_sweep(pulls: Pulls, database: sqlite3.Connection) -> None:
    pulls.pull(sql_database.SOURCE, _environ(pulls))
    database.execute("delete from bills where number = 'b3'")
    database.commit()
    pulls.now += timedelta(days=7)
    receipts = pulls.pull(sql_database.SOURCE, _environ(pulls), "invoices")
    assert [r.deleted for r in receipts if r.kind == "sweep"] == [1]
    assert [number for number, _ in _bills(pulls)] == ["b0", "b1", "b2", "b4"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (MAPPING.replace("table: bills", "table: bill"), "table bill: is not in the database; expected it"),
        (MAPPING.replace("total: amount", "sum: amount"), "table bills: has no column sum; expected it"),
        (MAPPING.replace("changed: changed_at", "changed: note"), "note is TEXT; expected a timestamp or a date"),
    ],
)
def test_what_the_database_lacks_is_told(pulls: Pulls, database: sqlite3.Connection, mapping: str, told: str) -> None:
    if "note" in mapping:
        pulls.pull(sql_database.SOURCE, _environ(pulls), "invoices")
    with pytest.raises(PullError, match=told):
        pulls.pull(sql_database.SOURCE, _environ(pulls, mapping), "invoices")


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("tables: []", "holds no tables; expected a list"),
        ("tables: [{table: bills}]", "table 1: expected key, lands_as, table"),
        (MAPPING.replace("finance/invoices", "finance/bills"), "lands_as is 'finance/bills', which is no object"),
        (MAPPING.replace("planning/targets", "finance/Invoices"), "two tables land as finance/invoices"),
        ("tables: {", "is not valid YAML"),
    ],
)
def test_a_wrong_mapping_is_told_before_anything_is_pulled(pulls: Pulls, mapping: str, told: str) -> None:
    with pytest.raises(SettingError, match=told):
        pulls.pull(sql_database.SOURCE, _environ(pulls, mapping))


def test_a_source_that_is_pulled_twice_is_refused(pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__META_ADS__ACCESS_TOKEN", "token")
    mapping = MAPPING.replace("finance/invoices", "meta_ads/daily_spend")
    with pytest.raises(SettingError, match="land in meta_ads, which is pulled from its own API, too; expected one"):
        pulls.pull(sql_database.SOURCE, _environ(pulls, mapping))


def test_no_error_tells_the_password(pulls: Pulls) -> None:
    for url in ("postgresql+psycopg://me:pass-4711@127.0.0.1:1/db", "nosuch://me:pass-4711@127.0.0.1/db", "pass-4711"):
        with pytest.raises((PullError, SettingError)) as told:
            pulls.pull(sql_database.SOURCE, _environ(pulls, url=url), "invoices")
        assert "pass-4711" not in str(told.value)


def test_a_wrong_mapping_keeps_everything_from_being_loaded(pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _environ(pulls, "tables: []").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("THROUGHLINE_LANDING_DIR", str(pulls.folders.landing_dir))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(pulls.folders.warehouse_dir))
    key = dg.AssetKey(["extract", "sql_database", "settings"])
    assert assets.pulled_keys("salesforce", "lead") == [key]
    assert assets.build_pull_checks() == []
    result = dg.materialize(assets.build_pulls(), resources={"warehouse": Warehouse()}, raise_on_error=False)
    (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "holds no tables; expected a list" in str(failure)
