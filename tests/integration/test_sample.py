"""A whole night on the shipped sample recovers what its generator planted (`seeds/sample/_truth`)."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.settings import SAMPLE_LANDING_DIR
from tests.company import SHIPPED_REFERENCE_DIR, Folders
from tests.runs import Night, build_marts
from tests.sample import AS_OF, sample, truth
from tests.shuffling import shuffle_landing


def test_the_night_is_published_without_a_blocking_failure(sample_night: Night) -> None:
    assert sample_night.success, sample_night.failure
    assert [check for check in sample_night.failed_checks.values() if not check.startswith("WARN")] == []
    # Of those that only warn, too, each could be evaluated.
    assert sample_night.rows("from audit.check_results where status = 'errored'") == []


def test_every_originator_is_the_planted_one(sample_night: Night) -> None:
    found = {
        row["opportunity_id"]: row
        for row in sample_night.records(
            "select opportunity_id, originator_team, originator_user_id, coalesce(originator_source, '') as"
            " originator_source, originator_matched_by, origin_status from marts.fct_opportunities"
        )
    }
    planted = truth("opportunities")
    assert len(found) == len(planted)
    columns = {
        "originator_team": "originator_team",
        "originator_user_id": "originator_user_id",
        "originator_source": "originator_source",
        "originator_matched_by": "matched_by",
        "origin_status": "origin_status",
    }
    wrong = [
        (row["opportunity_id"], row["case"], column, found[row["opportunity_id"]][column], row[expected])
        for row in planted
        for column, expected in columns.items()
        if found[row["opportunity_id"]][column] != row[expected]
    ]
    assert wrong == []


def test_amounts_and_months_are_the_planted_ones(sample_night: Night) -> None:
    amounts = dict(sample_night.rows("select opportunity_id, amount from marts.fct_opportunities"))
    assert {row["opportunity_id"]: Decimal(row["amount_usd"] or "0.00") for row in truth("opportunities")} == amounts
    months = sample_night.rows(
        "select strftime(closed_at, '%Y-%m'), count(*), sum(amount) from marts.fct_opportunities"
        " where is_won group by 1"
    )
    assert {(row["month"], int(row["won_deals"]), Decimal(row["won_usd"])) for row in truth("monthly_won")} == set(
        months
    )


def test_people_are_resolved_as_planted(sample_night: Night) -> None:
    """Every human's records, addresses and cookies are one person, and no two humans are the same one."""
    person_of = {
        (kind, identifier): person
        for kind, identifier, person in sample_night.build.rows(
            "select identifier_type, identifier, person_id from intermediate.int_identity__person_identifiers"
        )
    }
    persons: dict[str, str] = {}
    for row in truth("persons"):
        identifiers = [
            *(("salesforce_lead", value) for value in row["lead_ids"].split()),
            *(("salesforce_contact", value) for value in row["contact_ids"].split()),
            *(("anonymous_id", value) for value in row["cookies"].split()),
        ]
        resolved = {person_of[identifier] for identifier in identifiers}
        assert len(resolved) == 1, (row["person_key"], identifiers, resolved)
        (person,) = resolved
        assert persons.setdefault(person, row["person_key"]) == row["person_key"]


def test_bad_keys_join_nobody_and_are_recorded(sample_night: Night) -> None:
    refused = set(sample_night.build.rows("select key_type, identifier from intermediate.int_identity__refused_keys"))
    assert {(row["identifier_type"], row["identifier"]) for row in truth("refused_keys")} <= refused


def test_sessions_are_the_planted_visits(sample_night: Night) -> None:
    found = set(
        sample_night.build.rows(
            "select visitor_id, strftime(started_at, '%Y-%m-%d %H:%M:%S.%g'), page_views from"
            " intermediate.int_touchpoints__sessions"
        )
    )
    planted = {(row["anonymous_id"], row["started_at"], int(row["views"])) for row in truth("sessions")}
    assert planted - found == set()


def test_records_spend_and_invoices_are_complete(sample_night: Night) -> None:
    for row in truth("counts"):
        table = "".join(f"_{c.lower()}" if c.isupper() else c for c in row["object"]).strip("_")
        assert sample_night.build.value(f"select count(*) from raw_{row['source']}.{table}") == int(row["records"]), (
            table
        )
    spend = sample_night.rows("select source_system, currency, sum(cost_original) from marts.fct_spend group by all")
    assert {(r["source"], r["currency"], Decimal(r["cost"])) for r in truth("spend")} == {
        (source, currency, cost.quantize(Decimal("0.01"))) for source, currency, cost in spend
    }
    invoices = sample_night.build.rows(
        "select currency, count(*), sum(amount_original) from intermediate.int_revenue__invoices group by all"
    )
    assert {(r["currency"], int(r["invoices"]), Decimal(r["amount"])) for r in truth("invoices")} == set(invoices)


def test_the_brand_campaign_is_the_first_touch_two_years_later(sample_night: Night) -> None:
    found = dict(
        sample_night.rows(
            "select a.opportunity_id, strftime(t.occurred_at, '%Y-%m-%dT%H:%M:%S') from marts.fct_attribution a"
            " join marts.fct_touchpoints t using (touchpoint_id) where a.model = 'first_touch'"
        )
    )
    brand = truth("brand")
    assert max(int(row["days_to_close"]) for row in brand) > 700
    for row in brand:
        assert found[row["opportunity_id"]] <= row["met_at"][:19], row


def test_one_revenue_number(sample_night: Night) -> None:
    won = sample_night.value("select sum(amount) from marts.fct_opportunities where is_won")
    assert sample_night.value("select sum(won_amount) from marts.rpt_lead_to_revenue") == won
    assert sample_night.rows("select model from marts.rpt_reconciliation where difference <> 0") == []
    credited = sample_night.rows(
        "select model, sum(attributed_amount) from marts.fct_attribution where outcome = 'won' group by model"
    )
    assert {amount for _, amount in credited} == {won}


@pytest.mark.deep
def test_the_same_inputs_in_any_order_give_identical_marts(
    sample_night: Night, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shuffled = tmp_path_factory.mktemp("shuffled")
    shuffle_landing(SAMPLE_LANDING_DIR, shuffled / "landing", random.Random(7))
    again = build_marts(Folders(shuffled / "landing", SHIPPED_REFERENCE_DIR, shuffled / "warehouse"), AS_OF)
    for table in marts_of(sample_night.published.file):
        assert differing_rows(sample_night.published.file, again.file, table) == [], table


def test_a_second_night_reads_no_file_again_and_changes_nothing(sample_night: Night, tmp_path: Path) -> None:
    shutil.copytree(sample_night.build.file.parent, tmp_path / "warehouse")
    again = build_marts(sample(tmp_path), AS_OF, later_night=True)
    for table in marts_of(sample_night.published.file):
        assert differing_rows(sample_night.published.file, again.file, table) == [], table
    landed = "select * from audit.landed_files order by all"
    assert again.rows(landed) == sample_night.build.rows(landed)


def marts_of(file: Path) -> Iterator[str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        ).fetchall()
    assert tables
    yield from (name for (name,) in tables)


def differing_rows(left: Path, right: Path, table: str) -> list[tuple[Any, ...]]:
    """Up to five rows that one file's mart holds and the other's doesn't, duplicates counted.

    Views of a build file name its database: it must be attached as what it was built as.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{left}' as l (read_only); attach '{right}' as throughline (read_only)")
        difference = (
            f"(from l.marts.{table} except all from throughline.marts.{table}) union all"
            f" (from throughline.marts.{table} except all from l.marts.{table})"
        )
        return connection.execute(f"from ({difference}) limit 5").fetchall()
