"""A real marketing funnel, 2017-2018, through a whole night: every figure equals plain SQL over the CSV files.

The data lies beside the project where it may be used in place (`../shared/data/olist`); it is never copied here.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from dagster_project.settings import PROJECT_ROOT
from tests.olist import only_where_it_lies, plain_sql
from tests.runs import Night

pytestmark = only_where_it_lies


def test_the_night_is_published(olist_night: Night) -> None:
    assert olist_night.success, olist_night.failure
    assert [check for check in olist_night.failed_checks.values() if not check.startswith("WARN")] == []


def test_every_lead_and_won_deal_arrives(olist_night: Night) -> None:
    assert olist_night.rows("select sum(leads), sum(won), sum(won_amount) from marts.rpt_lead_to_revenue") == [
        (8000, 842, Decimal("676851.48"))
    ]
    assert olist_night.rows(
        "select originator_matched_by, count(*) from marts.fct_opportunities where is_won group by all"
    ) == [("converted_lead", 842)]


def test_revenue_by_source_equals_plain_sql(olist_night: Night) -> None:
    expected = plain_sql(
        "select l.LeadSource, count(*), sum(o.Amount::decimal(18, 2)) from {opportunity} o"
        " join {lead} l on l.ConvertedOpportunityId = o.Id where o.IsWon = 'true' group by all"
    )
    found = olist_night.rows(
        "select originator_source, count(*), sum(amount) from marts.fct_opportunities where is_won group by all"
    )
    assert set(found) == set(expected)
    by_report = olist_night.rows(
        "select nullif(originator_source, '(none)'), sum(won), sum(won_amount) from marts.rpt_lead_to_revenue"
        " group by all having sum(won) > 0"
    )
    assert set(by_report) == set(expected)


def test_leads_by_month_and_source_equal_plain_sql(olist_night: Night) -> None:
    expected = plain_sql(
        "select left(CreatedDate, 7), coalesce(LeadSource, '(none)'), count(*) from {lead} group by all"
    )
    found = olist_night.rows(
        "select strftime(cohort_month, '%Y-%m'), originator_source, sum(leads) from marts.rpt_lead_to_revenue"
        " group by all having sum(leads) > 0"
    )
    assert set(found) == set(expected)


def test_days_to_close_equal_plain_sql(olist_night: Night) -> None:
    expected = plain_sql(
        "select o.Id, date_diff('day', left(l.CreatedDate, 10)::date, o.CloseDate::date) from {opportunity} o"
        " join {lead} l on l.ConvertedOpportunityId = o.Id"
    )
    found = olist_night.rows("select opportunity_id, days_lead_to_close from marts.fct_opportunities")
    assert dict(found) == dict(expected)
    assert min(days for _, days in found) == -2


def test_revenue_per_sdr_and_representative_equals_plain_sql(olist_night: Night) -> None:
    expected = plain_sql(
        "select CreatedById, OwnerId, count(*), sum(Amount::decimal(18, 2)) from {opportunity} group by all"
    )
    found = olist_night.rows(
        "select created_by_user_id, owner_user_id, count(*), sum(amount) from marts.fct_opportunities"
        " where is_won group by all"
    )
    assert set(found) == set(expected)


def test_credit_and_books_tie_out(olist_night: Night) -> None:
    (invoiced,) = plain_sql("select sum(amount::decimal(18, 2)) from {invoices}")[0]
    assert invoiced == Decimal("676851.48")
    rows = olist_night.records("select * from marts.rpt_reconciliation")
    assert len(rows) >= 10
    for row in rows:
        assert row["difference"] == 0, row
        assert row["invoiced_amount"] == invoiced, row
    credited = olist_night.rows(
        "select model, sum(attributed_amount) from marts.fct_attribution where outcome = 'won' group by model"
    )
    assert {amount for _, amount in credited} == {invoiced}


def test_accounts_that_are_called_by_their_id_are_published_by_it(olist_night: Night) -> None:
    """Only an id that reads like a name, with a number behind it ("Seller fcdd8200"), is masked as one."""
    given = dict(plain_sql("select Id, Name from {account}"))
    found = dict(olist_night.rows("select account_id, account_name from marts.dim_account"))
    masked = [name for account, name in given.items() if found[account] != name]
    assert len(masked) < len(given) / 100
    assert all(re.fullmatch(r"Seller [a-f]{2,}\d{0,4}", name) for name in masked)


def test_nothing_was_copied_into_the_project() -> None:
    assert not [path for path in Path(PROJECT_ROOT / "seeds").rglob("*") if "olist" in path.name.lower()]
