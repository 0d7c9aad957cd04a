"""The reference tables and the run's context, as SQL sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dagster_project.reference.loader import company_timezone, load_reference, write_run_context
from dagster_project.reference.tables import SETTINGS, TABLES
from dagster_project.reference.validate import SHIPPED_DIR, read_reference
from dagster_project.settings import Settings


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def settings(tmp_path: Path, as_of: datetime = datetime(2024, 6, 30, 23, 59, 59, 999999, tzinfo=UTC)) -> Settings:
    return Settings(tmp_path, tmp_path, tmp_path, as_of, "salt")


def test_every_table_arrives_with_its_rows_types_and_meaning(connection):
    reference = read_reference(SHIPPED_DIR)
    load_reference(connection, reference)
    for table in TABLES:
        (count,) = connection.execute(f"select count(*) from reference.{table.name}").fetchone()
        assert count == len(reference.tables[table.name].rows)
    assert connection.execute(
        "select model, first_touch, middle, half_life_days, include_sales_activity, enabled "
        "from reference.attribution_models where model in ('full_path', 'time_decay', 'markov') order by model"
    ).fetchall() == [
        ("full_path", Decimal("22.5000"), Decimal("10.0000"), None, False, True),
        ("markov", None, None, None, False, True),
        ("time_decay", None, None, 7.0, False, True),
    ]
    comments = "select comment from duckdb_tables() where schema_name = 'reference' and table_name = 'teams'"
    assert connection.execute(comments).fetchone()[0].startswith("One row per rule")


def test_teams_keep_the_order_of_the_file(connection, tmp_path):
    (tmp_path / "teams.csv").write_text("match_field,match_value,team\ntitle,SDR,sales\nid,*,marketing\n")
    load_reference(connection, read_reference(tmp_path))
    assert connection.execute("from reference.teams order by position").fetchall() == [
        ("title", "SDR", "sales", 1),
        ("id", "*", "marketing", 2),
    ]


def test_a_row_taken_out_of_a_file_is_gone(connection, tmp_path):
    (tmp_path / "shared_mailboxes.csv").write_text("local_part\ninfo\nsales\n")
    load_reference(connection, read_reference(tmp_path))
    (tmp_path / "shared_mailboxes.csv").write_text("local_part\n")
    load_reference(connection, read_reference(tmp_path), ["shared_mailboxes"])
    assert connection.execute("from reference.shared_mailboxes").fetchall() == []


def test_every_setting_is_visible_with_its_value(connection, tmp_path):
    (tmp_path / "settings.csv").write_text("key,value\nlookback_days,90\n")
    load_reference(connection, read_reference(tmp_path))
    rows = connection.execute("select key, value, is_default from reference.settings").fetchall()
    assert [key for key, _, _ in rows] == [setting.key for setting in SETTINGS]
    assert ("lookback_days", "90", False) in rows
    assert ("half_life_days", "7", True) in rows
    assert ("internal_email_domains", None, True) in rows


def test_the_run_context_is_one_typed_row(connection, tmp_path):
    (tmp_path / "settings.csv").write_text("key,value\ntimezone,America/New_York\nexclude_direct,true\n")
    local = datetime(2024, 6, 30, 20, tzinfo=timezone(timedelta(hours=-4)))
    write_run_context(connection, read_reference(tmp_path), settings(tmp_path, as_of=local))
    result = connection.execute("from reference.run_context")
    names = [column[0] for column in result.description]
    (row,) = result.fetchall()
    assert dict(zip(names, row, strict=True)) == {
        "as_of": datetime(2024, 7, 1),
        "email_salt": "salt",
        "expand_short_ids": False,
        "reporting_currency": "USD",
        "timezone": "America/New_York",
        "lookback_days": 0,
        "lookback_anchor": "opportunity_created",
        "session_timeout_minutes": 30,
        "buying_group_scope": "account",
        "mql_response_sla_hours": 24,
        "anonymous_id_max_people": 2,
        "key_max_browsers": 10,
        "merge_max_records": 50,
        "conversion_max_leads": 10,
        "email_max_records": 100,
        "key_max_names": 2,
        "company_name_max_domains": 2,
        "source_fill_minutes": 15,
        "half_life_days": 7.0,
        "report_model": "linear",
        "exclude_direct": True,
        "learning_days": 0,
        "min_closed_journeys": 10,
        "bootstrap_samples": 1000,
        "bootstrap_seed": 1,
        "traceable_from_percent": 10,
        "internal_email_domains": None,
        "touch_events": "sign_up,file_download",
        "user_id_properties": None,
        "consent_fields": None,
        "file_formats": None,
        "deletion_columns": None,
        "snapshot_objects": None,
        "confirmed_deliveries": None,
        "retention_days": 90,
        "keep_publications_days": 400,
    }


@pytest.mark.parametrize(
    ("ids", "expanded"),
    [
        ([], False),
        (["L1", "00Q5g00000ABCDE"], False),
        (["00Q5g00000ABCDE", "00Q5g00000ABCDEEA4"], True),
        (["lead-0000000000018"], False),
    ],
    ids=["no-records", "short-ids", "a-long-id", "other-ids"],
)
def test_short_ids_are_expanded_when_raw_holds_long_ones(connection, tmp_path, ids, expanded):
    connection.execute("create schema raw_salesforce")
    connection.execute('create table raw_salesforce."user" ("Id" varchar)')
    connection.execute('create table raw_salesforce.lead ("Id" varchar, "ConvertedContactId" varchar)')
    for record_id in ids:
        connection.execute("insert into raw_salesforce.lead values (?, 'not an own id')", [record_id])
    write_run_context(connection, read_reference(SHIPPED_DIR), settings(tmp_path))
    assert connection.execute("select expand_short_ids from reference.run_context").fetchone() == (expanded,)


@pytest.mark.parametrize(
    ("reference", "expanded"),
    [("006A0000006Vm9r", False), ("006A0000006Vm9rIAC", True), ("006A0000006Vm9rAAA", False)],
    ids=["short", "long", "another-systems"],
)
def test_a_long_id_in_the_books_counts_as_well(connection, tmp_path, reference, expanded):
    connection.execute("create schema raw_finance")
    connection.execute("create table raw_finance.invoices (opportunity_id varchar)")
    connection.execute("insert into raw_finance.invoices values (?)", [reference])
    write_run_context(connection, read_reference(SHIPPED_DIR), settings(tmp_path))
    assert connection.execute("select expand_short_ids from reference.run_context").fetchone() == (expanded,)


def test_the_schedule_follows_the_company_timezone_and_survives_a_broken_file(tmp_path):
    assert company_timezone(tmp_path) == "UTC"
    (tmp_path / "settings.csv").write_text("key,value\ntimezone,Asia/Tokyo\n")
    assert company_timezone(tmp_path) == "Asia/Tokyo"
    (tmp_path / "settings.csv").write_text("key,value\ntimezone,Tokyo\n")
    assert company_timezone(tmp_path) == "UTC"
    assert company_timezone(tmp_path / "absent") == "UTC"
