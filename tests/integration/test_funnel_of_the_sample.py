"""The reports on the shipped sample recover what its generator planted (`seeds/sample/_truth`)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import duckdb
import pytest

from dagster_project.settings import SAMPLE_LANDING_DIR
from tests.runs import Night, Warehouse
from tests.sample import AS_OF, truth


@pytest.fixture
def built(sample_night: Night) -> Warehouse:
    return sample_night.build


def test_overlaps_on_the_last_day_are_the_planted_ones(built: Warehouse) -> None:
    email_of = dict(built.rows("select user_id, email from intermediate.int_crm__users"))
    found = {
        (email_of[row["marketer_user_id"]], email_of[row["seller_user_id"]]): (
            row["marketer_accounts"],
            row["seller_accounts"],
            row["shared_accounts"],
            row["overlap"],
        )
        for row in built.records(f"from marts.rpt_abm_pairs where as_of_date = '{AS_OF[:10]}'")
    }
    planted = {
        (row["marketer"], row["seller"]): (
            int(row["marketer_accounts"]),
            int(row["seller_accounts"]),
            int(row["shared_accounts"]),
            (Decimal(row["shared_accounts"]) / Decimal(row["either"])).quantize(Decimal("0.000001")),
        )
        for row in truth("portfolio_pairs")
    }
    assert len(planted) > 10
    # Beyond those, a pair that shared an account earlier in the month and has none on its last day.
    assert {pair: found[pair] for pair in planted} == planted
    assert {found[pair][2] for pair in set(found) - set(planted)} <= {0}


def test_padded_sqls_are_refused_and_unworked_as_planted(built: Warehouse) -> None:
    """Refused after it had been an SQL is disqualified, never rejected; who was never worked has no call or meeting."""
    stages: dict[str, list[str]] = {}
    for lead, stage in built.rows(
        "select source_record_id, stage from intermediate.int_lifecycle__transitions order by entered_at, entry_number"
    ):
        stages.setdefault(lead, []).append(stage)
    worked_after_sql = {
        lead
        for (lead,) in built.rows(
            "select distinct i.identifier from intermediate.int_lifecycle__transitions t"
            " join marts.dim_person_identifier i using (person_id)"
            " join intermediate.int_lifecycle__sales_actions a using (person_id)"
            " where i.identifier_type = 'salesforce_lead' and t.stage = 'sql' and t.occurrence = 1"
            " and a.acted_at > t.entered_at and a.action_type in ('call', 'meeting')"
        )
    }
    fates = {row["lead_id"]: row["fate"] for row in truth("padded_sqls")}
    after_sql = {lead: stages[lead][stages[lead].index("sql") + 1 :][:1] for lead in fates}
    assert [after_sql[lead] for lead, fate in fates.items() if fate == "refused"] == [["disqualified"]] * 27
    assert [after_sql[lead] for lead, fate in fates.items() if fate == "never_worked"] == [[]] * 23
    assert [lead for lead, fate in fates.items() if fate == "never_worked" and lead in worked_after_sql] == []


def test_funnel_sums_to_its_facts(built: Warehouse) -> None:
    mqls = built.value("select count(*) from marts.fct_lifecycle_transitions where stage = 'mql'")
    assert built.value("select sum(mqls) from marts.rpt_pipeline_velocity") == mqls
    assert built.value("select sum(mqls) from marts.rpt_pipeline_velocity_total") == mqls
    won = built.value("select sum(amount) from marts.fct_opportunities where is_won")
    assert built.value("select sum(won_amount) from marts.rpt_revenue_scorecard") == won
    monthly = built.rows(
        "select strftime(month, '%Y-%m'), won, won_amount from marts.rpt_revenue_scorecard where won > 0"
    )
    assert set(monthly) == {
        (row["month"], int(row["won_deals"]), Decimal(row["won_usd"])) for row in truth("monthly_won")
    }


def test_best_worst_and_unused_pieces_are_the_planted_ones(built: Warehouse) -> None:
    """Under every model the best is high; the worst is low in all but those that need more deals to tell."""
    piece = {row["designed_as"]: row["asset_id"] for row in truth("content")}
    verdicts = built.rows("select asset_id, model, verdict from marts.rpt_content_effectiveness")
    assert len({model for _, model, _ in verdicts}) > 10
    of = {name: Counter(verdict for asset, _, verdict in verdicts if asset == piece[name]) for name in piece}
    assert set(of["best"]) == {"high_performer"}
    assert set(of["worst"]) <= {"low_performer", "too_little_data"}
    assert of["worst"]["low_performer"] > of["worst"]["too_little_data"]
    assert set(of["never_used"]) == {"never_used"}
    linear = {asset: verdict for asset, model, verdict in verdicts if model == "linear"}
    called = {asset for asset, verdict in linear.items() if verdict in ("high_performer", "low_performer")}
    assert called == {piece["best"], piece["worst"]}
    # And the sellers' word: nobody they sell to reads the worst.
    flagged = dict(
        built.rows("select asset_id, is_rated_unhelpful from marts.rpt_content_pipeline where is_never_shared")
    )
    assert flagged[piece["worst"]]
    assert not flagged[piece["never_used"]]


def test_brand_revenue_shows_without_a_lookback_and_is_gone_at_90_days(built: Warehouse) -> None:
    amounts = {row["opportunity_id"]: Decimal(row["amount_usd"]) for row in truth("opportunities")}
    seen = [row for row in truth("brand") if row["first_touch"] == "utm"]
    revenue = sum(amounts[row["opportunity_id"]] for row in seen)
    assert revenue > 100_000
    (activity,) = built.records("from marts.rpt_channel_time_lag where member = 'brand-001'")
    assert (activity["breakdown"], activity["deals_won"]) == ("brand_activity", len(seen))
    assert (activity["won_amount"], activity["won_amount_within_90_days"]) == (revenue, 0)
    assert activity["longest_days_to_close"] > activity["median_days_to_close"] > 700
    (channel,) = built.records("from marts.rpt_channel_time_lag where breakdown = 'channel' and member = 'podcast'")
    assert (channel["won_amount"], channel["won_amount_within_365_days"]) == (revenue, 0)
    assert channel["hidden_at_90_days"] == revenue
    # The months of the sponsorship have its cost beside the revenue that came two years later.
    cost, won = built.rows(
        "select sum(cost), sum(won_amount) from marts.rpt_channel_roi"
        " where channel = 'podcast' and model = 'first_touch' and month between '2024-02-01' and '2024-05-01'"
    )[0]
    assert won == revenue
    assert cost == built.value("select sum(cost) from marts.fct_spend where channel = 'podcast'") > 0


def test_spend_is_what_the_files_say_to_the_cent(built: Warehouse) -> None:
    """From the files by plain SQL: the networks' newest figures, and what no network or CRM campaign bills already."""
    sample = SAMPLE_LANDING_DIR
    delivered = f"""
        with networks as (
            select 'google_ads' as source, * from read_csv('{sample}/google_ads/daily_spend/*', filename = true)
            union all by name
            select 'linkedin_ads' as source, * from read_csv('{sample}/linkedin_ads/daily_spend.csv', filename = true)
        ),
        newest as (
            from networks
            qualify row_number() over (partition by source, date, account_id, campaign_id order by filename desc) = 1
        ),
        campaigns as (
            from read_csv('{sample}/salesforce/Campaign.csv')
            where Name not in (select campaign_name from networks)
        )
        select source, currency, sum(cast(cost as decimal(18, 2))) from newest group by all
        union all
        select 'salesforce', CurrencyIsoCode, sum(cast(ActualCost as decimal(18, 2))) from campaigns group by all
        union all
        select 'planning', currency, sum(cast(cost as decimal(18, 2)))
        from read_csv('{sample}/planning/brand_activities.csv')
        where campaign is null or campaign not in (select Name from campaigns)
        group by all
    """
    with duckdb.connect() as connection:
        expected = set(connection.execute(delivered).fetchall())
    assert len(expected) == 7
    spend = (
        "select source_system, currency, cast(sum(cost_original) as decimal(18, 2)) from marts.fct_spend group by all"
    )
    assert set(built.rows(spend)) == expected


def test_content_and_channels_sum_to_their_facts(built: Warehouse) -> None:
    """MQL credit to the MQLs that used content; themes, cohorts and time lags to all won revenue, in every model."""
    with_content = built.value(
        "with mqls as (select person_id, min(entered_at) as mql_at from marts.fct_lifecycle_transitions"
        " where stage = 'mql' group by person_id) select count(distinct person_id) from mqls"
        " join marts.fct_touchpoints using (person_id) join intermediate.int_touchpoints__content_uses"
        # A use that only its day is known of may have been before the MQL of that day.
        " using (touchpoint_id) where not is_bot and not is_internal and (used_at <= mql_at"
        " or (occurred_at_precision = 'date' and cast(used_at as date) <= cast(mql_at as date)))"
    )
    assert with_content > 1000
    credit = built.rows(
        "select distinct sum(mql_credit) over (partition by model) from marts.rpt_content_effectiveness"
    )
    assert credit == [(with_content,)]
    won = built.value("select sum(amount) from marts.fct_opportunities where is_won")
    for report, measure in (
        ("rpt_content_by_theme where breakdown = 'topic'", "attributed_amount"),
        ("rpt_content_by_theme where breakdown = 'persona'", "attributed_amount"),
        ("rpt_channel_roi", "won_amount"),
    ):
        sums = built.rows(f"select model, sum({measure}) from marts.{report} group by model")
        assert {amount for _, amount in sums} == {won}, report
    lags = built.rows(
        "select sum(won_amount), sum(won_amount_within_30_days), sum(won_amount_within_365_days)"
        " from marts.rpt_channel_time_lag where breakdown = 'channel'"
    )
    assert lags == [(won, won, won)]
    assert "response" in {kind for (kind,) in built.rows("select distinct use_type from marts.rpt_content_spotlight")}


def test_bought_traffic_is_the_only_rise_that_brought_less(built: Warehouse) -> None:
    """Visits and visitors diverge in the weeks of the bought month, SQLs in the padded one; nothing else, ever.

    Who was bought looked at one page: page views rise too little to diverge, and are a burst like the other two.
    """
    (bought,), (padded,) = ({row["month"] for row in truth(name)} for name in ("bought_traffic", "padded_sqls"))
    found = built.rows(
        "select distinct metric, strftime(week_start + 3, '%Y-%m') from marts.fct_metric_divergences"
        " where channel = 'total' order by all"
    )
    assert found == [("sqls", padded), ("visitors", bought), ("visits", bought)]
    bursts = built.rows(
        "select metric, strftime(burst_month, '%Y-%m') from marts.rpt_metric_trust"
        " where channel = 'total' and bursts > 0 order by metric"
    )
    assert bursts == [("page_views", bought), ("visitors", bought), ("visits", bought)]
    by_channel = built.rows(
        "select distinct metric, strftime(week_start + 3, '%Y-%m') from marts.fct_metric_divergences order by all"
    )
    assert by_channel == found
    verdicts = dict(built.rows("select metric, verdict from marts.rpt_metric_trust where channel = 'total'"))
    assert {metric for metric, verdict in verdicts.items() if verdict == "watch"} == {
        "page_views",
        "sqls",
        "visitors",
        "visits",
    }
    assert {metric for metric, verdict in verdicts.items() if verdict == "vanity"} == {"ad_clicks", "ad_impressions"}


def test_only_the_planted_months_are_inflated(built: Warehouse) -> None:
    (bought,) = truth("bought_traffic")
    padded = truth("padded_sqls")
    fails = sum(row["fails"] == "yes" for row in padded)
    found = built.rows(
        "select metric, strftime(period_start, '%Y-%m'), delivered, verified, bonus_at_stake"
        " from marts.rpt_target_integrity where verdict = 'inflated' order by all"
    )
    assert found == [
        ("sqls", padded[0]["month"], len(padded), len(padded) - fails, 15_000),
        ("visits", bought["month"], int(bought["visits"]), int(bought["natural_visits"]), 8_000),
    ]


def test_evidence_is_exactly_the_planted_rows(built: Warehouse) -> None:
    found = built.rows(
        "select distinct source_record_id from marts.fct_integrity_evidence"
        " where verdict = 'inflated' and metric = 'sqls'"
    )
    assert {lead for (lead,) in found} == {row["lead_id"] for row in truth("padded_sqls") if row["fails"] == "yes"}
    (bought,) = truth("bought_traffic")
    visits = built.rows(
        "select t.source, count(*) from marts.fct_integrity_evidence e join marts.fct_touchpoints t"
        " on e.source_record_id = t.source_record_id and t.touch_type = 'session'"
        " where e.verdict = 'inflated' and e.metric = 'visits' group by t.source"
    )
    assert visits == [(bought["source"], int(bought["bought_visits"]))]
