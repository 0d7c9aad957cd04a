"""The funnel of real data, 2017-2018: pairs, money and medians equal plain SQL over the CSV files.

The data lies beside the project where it may be used in place (`../shared/data/olist`); it is never copied here.
"""

from __future__ import annotations

import pytest

from tests.olist import only_where_it_lies, plain_sql
from tests.runs import Night, Warehouse

pytestmark = [pytest.mark.slow, only_where_it_lies]


@pytest.fixture
def built(olist_night: Night) -> Warehouse:
    return olist_night.build


def test_conversions_by_month_equal_plain_sql(built: Warehouse) -> None:
    """Every lead came as an MQL; whoever was converted became a deal, and every deal was won."""
    expected = plain_sql(
        "select left(CreatedDate, 7), count(*), count(*) filter (IsConverted = 'true') from {lead} group by all"
    )
    found = built.rows("select strftime(cohort_month, '%Y-%m'), mqls, won from marts.rpt_pipeline_velocity_total")
    assert set(found) == set(expected)
    assert sum(won for _, _, won in found) == 842


def test_revenue_per_sdr_equals_plain_sql(built: Warehouse) -> None:
    """Who answers is who opened the deal, even the one that was won two days before its lead was entered."""
    expected = plain_sql("select CreatedById, count(*), sum(Amount::decimal(18, 2)) from {opportunity} group by all")
    found = built.rows(
        "select seller_user_id, sum(won), sum(won_amount) from marts.rpt_pipeline_velocity"
        " where marketer_user_id = 'landing-page-form' group by all having sum(won) > 0"
    )
    assert set(found) == set(expected)


def test_medians_of_days_to_close_equal_plain_sql(built: Warehouse) -> None:
    days = "date_diff('day', left(l.CreatedDate, 10)::date, o.CloseDate::date)"
    expected = plain_sql(
        f"select left(o.CloseDate, 7), count(*), sum(o.Amount::decimal(18, 2)), median({days}),"
        f" round(avg({days}), 1)::decimal(9, 1)"
        " from {opportunity} o join {lead} l on l.ConvertedOpportunityId = o.Id group by all"
    )
    found = built.rows(
        "select strftime(month, '%Y-%m'), won, won_amount, median_days_lead_to_close::double,"
        " average_days_lead_to_close from marts.rpt_revenue_scorecard where won > 0"
    )
    assert set(found) == set(expected)
    expected = plain_sql(
        f"select left(l.CreatedDate, 7), median({days})"
        " from {opportunity} o join {lead} l on l.ConvertedOpportunityId = o.Id group by all"
    )
    found = built.rows(
        "select strftime(cohort_month, '%Y-%m'), median_days_mql_to_won::double"
        " from marts.rpt_pipeline_velocity_total where won > 0"
    )
    assert set(found) == set(expected)


def test_whoever_was_not_converted_still_waits(built: Warehouse) -> None:
    """No call is logged, and no lead has a campaign; the source is the file's."""
    expected = plain_sql(
        "select coalesce(nullif(LeadSource, ''), '(none)'), count(*) from {lead} where IsConverted <> 'true'"
        " group by all"
    )
    found = built.rows("select source, count(*) from marts.rpt_waiting_mqls group by all")
    assert set(found) == set(expected)
    assert sum(people for _, people in found) == 8000 - 842


def test_quarters_have_medians_of_their_own(built: Warehouse) -> None:
    days = "date_diff('day', left(l.CreatedDate, 10)::date, o.CloseDate::date)"
    expected = plain_sql(
        "select year(o.CloseDate::date) || '-Q' || quarter(o.CloseDate::date), count(*), sum(o.Amount::decimal(18, 2)),"
        f" median({days}), sum({days}), count(*)"
        " from {opportunity} o join {lead} l on l.ConvertedOpportunityId = o.Id group by all"
    )
    found = built.rows(
        "select quarter_name, won, won_amount, median_days_lead_to_close::double, days_lead_to_close_sum,"
        " days_lead_to_close_count from marts.rpt_revenue_scorecard_quarterly where won > 0"
    )
    assert set(found) == set(expected)


def test_ripeness_equals_plain_sql(built: Warehouse) -> None:
    """Of what mature months of MQLs won, the part that had come by the month's age; AS_OF is the end of 2018."""
    mature = built.rows("select strftime(cohort_month, '%Y-%m') from marts.rpt_pipeline_velocity_total where is_ripe")
    months = ", ".join(f"'{month}'" for (month,) in mature)
    expected = plain_sql(
        "with won as (select date_trunc('month', left(l.CreatedDate, 10)::date) as cohort, o.CloseDate::date as closed,"
        " o.Amount::decimal(18, 2) as amount from {opportunity} o join {lead} l on l.ConvertedOpportunityId = o.Id),"
        " mature as (select *, date_diff('month', cohort, closed) as lag from won"
        f" where strftime(cohort, '%Y-%m') in ({months})),"
        " cohorts as (select distinct date_trunc('month', left(CreatedDate, 10)::date) as cohort from {lead})"
        " select strftime(cohorts.cohort, '%Y-%m'), round(coalesce(sum(mature.amount) filter ("
        " mature.lag <= date_diff('month', cohorts.cohort, date '2018-12-01')), 0) / sum(mature.amount), 6)"
        " from cohorts cross join mature group by all"
    )
    found = built.rows(
        "select strftime(cohort_month, '%Y-%m'), ripeness::double from marts.rpt_pipeline_velocity_total"
    )
    assert len(mature) >= 6
    assert dict(found) == pytest.approx(dict(expected), abs=1e-6)
