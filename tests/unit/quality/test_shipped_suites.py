"""The promises in `expectations/` on a made-up company: good data breaks none, and every oddity and defect is noticed.

The queries are run as they stand, without Great Expectations, whose part `test_validation.py` covers. A defect is
played by changing the built tables, since the models don't make it.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.quality.suites import load_suites, suites_as_of
from tests.company import Company
from tests.runs import Warehouse, build_marts

AS_OF = datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)


def broken(warehouse: Warehouse) -> set[str]:
    """The promises written as SQL whose query returns rows, as `table.promise`."""
    return {
        f"{suite.table}.{promise.name}"
        for suite in suites_as_of(load_suites(), AS_OF)
        for promise in suite.expectations
        if promise.sql and warehouse.rows(promise.sql.format(batch=suite.table))
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Warehouse:
    """A lead of marketing's who read a piece and became a won deal without a source; an ad, a fair, a poster; a target.

    A stranger came in the fourth week, so that two whole weeks of visits lie between.
    """
    company = Company(tmp_path_factory.mktemp("company"))
    company.settings(min_closed_journeys=1)
    company.user("marketer", department="Marketing")
    company.lead("L1", created="2024-01-02", source="Webinar", email="jo@customer.example")
    company.account("A1", created="2024-02-01")
    company.contact("C1", account="A1", created="2024-02-01", email="jo@customer.example")
    company.opportunity(
        "O1", account="A1", created="2024-02-01", amount="1000.00", won="2024-03-01", created_by="marketer"
    )
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    company.opportunity_change("O1", "LeadSource", at="2024-02-15", old="Webinar", new=None, by="marketer")
    company.page_view("anonymous", "2024-01-02 09:00", "https://www.example.com/roi?x=1", source="google", medium="cpc")
    company.identify("anonymous", "2024-01-02 09:01", email="jo@customer.example")
    company.page_view("stranger", "2024-01-23 09:00")
    company.target("leads", "2024-01-01", "2024-01-31", "1", bonus_amount="500.00")
    company.spend("google_ads", "2024-01-02", "Brand", "12.50", clicks="1", impressions="9")
    company.campaign("C1", name="Fair", kind="Event", ActualCost="100.00", StartDate="2024-01-10", EndDate="2024-01-12")
    company.brand_activity("B1", "2024-01-10", cost="50.00", channel="event")
    company.asset("roi")
    company.asset("draft", status="in_development", planned_at="2025-06-01T00:00:00Z", published_at=None)
    return build_marts(company)


def test_good_data_breaks_no_promise(built):
    assert broken(built) == set()


def test_odd_data_is_noticed(company):
    company.user("marketer", department="Marketing")
    company.user("robot", department="Nobody knows")
    company.account("A1", created="1970-01-01")
    company.contact("C1", account="A1", created="2030-01-01")
    company.lead("L1", created="2024-01-02", created_by="robot", status="On the moon", IsConverted=True)
    company.lead("L2", created="2024-06-01", created_by="stranger")
    company.convert("L2", contact="C9", opportunity="O9", at="2024-02-01")
    company.opportunity(
        "O1", account="A9", created="2024-02-01", amount=None, close="2202-01-01", kind="Barter", IsWon=True
    )
    company.opportunity("O2", account="A1", created="2024-02-01", amount="5.00", won="2025-06-01", currency="XXX")
    company.opportunity("O3", account="A1", created="2024-02-01", amount="5.00", won="2024-01-01")
    company.contact_role("O9", "C9", created="2024-02-01")
    company.page_view("anonymous", "1980-01-01 09:00", "https://www.example.com/")
    company.spend("google_ads", "2030-01-01", "Brand", "12.50", clicks="9", impressions="1")
    company.invoice("I1", account="A1", opportunity="O3", at="2031-01-01", amount="5.00")

    noticed = broken(build_marts(company))

    assert noticed >= {
        "raw_salesforce.account.created_in_sane_time",
        "raw_salesforce.contact.created_in_sane_time",
        "raw_salesforce.lead.converted_leads_name_their_contact",
        "raw_salesforce.lead.not_converted_before_created",
        "raw_salesforce.opportunity.close_date_in_sane_time",
        "raw_salesforce.opportunity.closed_deals_closed_in_the_past",
        "raw_salesforce.opportunity.won_deals_are_closed",
        "raw_segment.pages.viewed_in_sane_time",
        "raw_google_ads.daily_spend.spent_in_sane_time",
        "raw_google_ads.daily_spend.no_more_clicks_than_impressions",
        "raw_finance.invoices.invoiced_in_sane_time",
        "staging.stg_salesforce__lead.creator_is_a_known_user",
        "staging.stg_salesforce__lead.converted_contact_exists",
        "staging.stg_salesforce__lead.converted_opportunity_exists",
        "staging.stg_salesforce__opportunity.account_exists",
        "staging.stg_salesforce__opportunity.creator_is_a_known_user",
        "staging.stg_salesforce__opportunity_contact_role.opportunity_exists",
        "staging.stg_salesforce__opportunity_contact_role.contact_exists",
        "intermediate.int_crm__leads.statuses_are_mapped",
        "intermediate.int_identity__user_teams.users_are_mapped",
        "intermediate.int_revenue__opportunities.currency_has_a_rate",
        "intermediate.int_revenue__opportunities.types_are_mapped",
        "marts.fct_opportunities.cycle_is_not_negative",
    }
    # Odd data is reported; only a currency without a rate, which would count money as nothing, stops the night.
    blocking = {f"{s.table}.{e.name}" for s in load_suites() for e in s.of_severity("blocking")}
    assert noticed & blocking == {"intermediate.int_revenue__opportunities.currency_has_a_rate"}


DOUBLE = "insert into {table} select * from {table} limit 1"
EMPTY = "delete from {table}"


@pytest.mark.parametrize(
    ("table", "defect", "promise"),
    [
        ("raw_salesforce.lead", EMPTY, "not_empty_when_delivered"),
        ("raw_segment.pages", EMPTY, "not_empty_when_delivered"),
        ("raw_google_ads.daily_spend", DOUBLE, "key_is_unique"),
        ("raw_salesforce.user", "update audit.landed_files set rejected = 11 where object = 'User'", "few_rejected"),
        ("intermediate.int_revenue__opportunities", EMPTY, "every_live_deal_once"),
        ("intermediate.int_revenue__opportunities", DOUBLE, "every_live_deal_once"),
        ("marts.dim_person", EMPTY, "not_empty_with_leads"),
        ("marts.dim_person", "update {table} set email_hash = 'jo@customer.example'", "no_plain_address"),
        ("marts.dim_person_identifier", EMPTY, "every_lead_is_found"),
        ("marts.dim_person_identifier", "update {table} set person_id = 'nobody'", "person_exists"),
        ("marts.fct_opportunities", EMPTY, "every_live_deal_once"),
        ("marts.fct_opportunities", DOUBLE, "every_live_deal_once"),
        ("marts.fct_opportunities", "update {table} set originator_team = null", "one_originator"),
        ("marts.fct_opportunities", "update {table} set originator_team = 'unmapped'", "team_is_mapped"),
        (
            "marts.fct_opportunities",
            "update {table} set originator_person_id = null, originator_matched_by = 'created_by'",
            "converted_lead_is_the_originator",
        ),
        ("marts.fct_opportunities", "update {table} set originator_person_id = 'x'", "originating_person_exists"),
        ("marts.fct_touchpoints", EMPTY, "not_empty_with_page_views"),
        ("marts.fct_touchpoints", "update {table} set person_id = 'nobody'", "person_exists"),
        ("marts.fct_touchpoints", "update {table} set channel = 'unmapped'", "channel_is_mapped"),
        ("marts.fct_touch_eligibility", DOUBLE, "one_status_per_pair"),
        ("marts.fct_touch_eligibility", "update {table} set touchpoint_id = 'none'", "touch_exists"),
        ("marts.fct_attribution", "delete from {table} where model = 'linear'", "every_deal_in_every_model"),
        ("marts.fct_attribution", "update {table} set weight = weight / 2", "weights_sum_to_one"),
        (
            "marts.fct_attribution",
            "update {table} set attributed_amount = attributed_amount + 0.01",
            "credit_equals_amount",
        ),
        ("marts.fct_attribution", "update {table} set touchpoint_id = null", "unattributed_has_no_touch"),
        ("marts.fct_lifecycle_transitions", DOUBLE, "occurrence_is_unique"),
        ("marts.fct_lifecycle_transitions", "update {table} set person_id = 'nobody'", "person_exists"),
        ("marts.fct_spend", EMPTY, "nothing_lost_or_doubled"),
        ("marts.fct_spend", DOUBLE, "nothing_lost_or_doubled"),
        ("marts.fct_spend", "delete from {table} where source_system = 'planning'", "nothing_lost_or_doubled"),
        ("marts.fct_spend", DOUBLE, "day_is_unique"),
        ("marts.rpt_content_effectiveness", DOUBLE, "piece_is_unique"),
        ("marts.rpt_content_effectiveness", EMPTY, "every_piece_is_listed"),
        ("marts.rpt_content_effectiveness", "update {table} set attributed_amount = 1001", "no_more_than_all_revenue"),
        (
            "marts.rpt_content_effectiveness",
            "update {table} set mql_credit = 2 where model = 'linear'",
            "mql_credit_is_the_same_in_every_model",
        ),
        ("marts.rpt_content_effectiveness", "update {table} set asset_id = 'lost'", "piece_is_in_the_library"),
        ("marts.rpt_content_by_theme", DOUBLE, "theme_is_unique"),
        (
            "marts.rpt_content_by_theme",
            "update {table} set attributed_amount = attributed_amount + 0.01",
            "breakdown_sums_to_all_revenue",
        ),
        ("marts.rpt_content_weekly_top5", DOUBLE, "five_ranks_without_gaps"),
        (
            "marts.rpt_content_weekly_top5",
            "insert into {table} by name select * replace (2 as rank, 99 as visits) from {table}",
            "ordered_by_visits",
        ),
        ("marts.rpt_content_weekly_top5", "update {table} set week = week + 1", "week_begins_on_monday"),
        ("marts.rpt_content_weekly_top5", "update {table} set visitors = visits + 1", "people_are_explained"),
        ("marts.rpt_content_effectiveness", "update {table} set people = people + 1", "people_are_explained"),
        ("marts.rpt_deal_types", "update {table} set won_amount = 0", "types_sum_to_won_revenue"),
        ("marts.rpt_lead_to_revenue", "update {table} set sqls_with_opportunity = 9", "conversions_never_exceed_one"),
        (
            "marts.rpt_refused_keys",
            "insert into {table} by name select 'email' as key_type, 'jo@customer.example' as key",
            "addresses_are_hashed",
        ),
        ("marts.rpt_content_spotlight", "update {table} set position = 2", "uses_are_in_order_without_gaps"),
        ("marts.rpt_content_spotlight", "update {table} set used_at = '2030-01-01'", "used_at_or_before_close"),
        ("marts.rpt_content_spotlight", "update {table} set opportunity_id = 'lost'", "deal_is_won_and_among_three"),
        ("marts.rpt_content_spotlight", "update marts.dim_person set is_internal = true", "employees_use_nothing"),
        ("marts.rpt_content_pipeline", DOUBLE, "piece_is_unique"),
        ("marts.rpt_content_pipeline", EMPTY, "drafts_are_complete"),
        ("marts.rpt_content_pipeline", "update {table} set is_overdue = true", "drafts_are_planned"),
        ("marts.rpt_channel_roi", DOUBLE, "cohort_is_unique"),
        ("marts.rpt_channel_roi", "update {table} set cost = 0", "cost_is_all_spend"),
        ("marts.rpt_channel_roi", "update {table} set won_amount = 0", "won_amount_is_all_won_revenue"),
        ("marts.rpt_channel_roi", "update {table} set leads = 1", "people_are_all_people"),
        ("marts.rpt_channel_roi", "delete from intermediate.int_touchpoints__touches", "spend_meets_touches"),
        ("marts.rpt_channel_time_lag", DOUBLE, "member_is_unique"),
        (
            "marts.rpt_channel_time_lag",
            "update {table} set won_amount_within_90_days = 0",
            "channels_sum_to_won_revenue",
        ),
        ("marts.rpt_lead_to_revenue", DOUBLE, "cohort_is_unique"),
        (
            "marts.rpt_lead_to_revenue",
            "update {table} set won_amount = won_amount - 0.01",
            "won_amount_is_all_won_revenue",
        ),
        ("marts.rpt_lead_to_revenue", "update {table} set leads = 0", "leads_are_all_leads"),
        ("marts.rpt_lead_to_revenue", "update {table} set revenue_origin_lost = 9999", "origin_statuses_sum"),
        ("marts.rpt_pipeline_velocity", DOUBLE, "pair_is_unique"),
        ("marts.rpt_pipeline_velocity", EMPTY, "mqls_are_all_mqls"),
        ("marts.rpt_pipeline_velocity", "update {table} set accepted = accepted + 1", "outcomes_sum_to_mqls"),
        ("marts.rpt_pipeline_velocity", "update {table} set win_rate = 1.1", "rates_are_shares"),
        ("marts.rpt_pipeline_velocity", "update {table} set won = 9", "no_more_won_than_won_revenue"),
        ("marts.rpt_pipeline_velocity_total", "update {table} set won_amount = 0", "pairs_sum_to_total"),
        (
            "marts.rpt_rejections",
            "insert into {table} values ('2024-01-01', 'No budget', 'other', 1, 0, 0, 0)",
            "rejections_are_those_of_velocity",
        ),
        ("marts.rpt_stage_conversion", DOUBLE, "step_is_unique"),
        ("marts.rpt_stage_conversion", "update {table} set converted = people + 1", "rate_is_a_share"),
        ("marts.rpt_stage_conversion", "update {table} set people = 9", "people_start_once"),
        ("marts.rpt_revenue_scorecard", DOUBLE, "month_is_unique"),
        ("marts.rpt_revenue_scorecard", "update {table} set won_amount = 0", "won_amount_is_all_won_revenue"),
        ("marts.rpt_revenue_scorecard", "update {table} set unknown_originated = 0.01", "originators_sum_to_won"),
        ("marts.rpt_revenue_scorecard", "update {table} set renewal_amount = 0.01", "types_sum_to_won"),
        ("marts.rpt_revenue_scorecard", "update {table} set grr = 1.1, nrr = 1.2", "retention_is_sane"),
        ("marts.fct_account_lifecycle", EMPTY, "every_won_deal_of_an_account_once"),
        ("marts.fct_account_lifecycle", DOUBLE, "occurrence_is_unique"),
        ("marts.fct_handovers", "update {table} set handovers_to_sales = handovers + 1", "directions_sum_to_all"),
        ("marts.rpt_origin_conflicts", EMPTY, "every_conflict_once"),
        ("marts.rpt_origin_conflicts", DOUBLE, "every_conflict_once"),
        (
            "marts.rpt_origin_conflicts",
            "update {table} set crm_lead_source = originator_source",
            "claim_differs_from_origin",
        ),
        ("marts.rpt_origin_conflicts", "update {table} set money_rank = 2", "ordered_by_money"),
        ("marts.rpt_origin_conflicts", "update {table} set overwritten_at = null", "overwrites_are_told"),
        ("marts.rpt_model_comparison", DOUBLE, "channel_and_model_are_unique"),
        ("marts.rpt_model_comparison", "update {table} set won_amount = 0.01", "every_model_sums_to_won_revenue"),
        ("marts.rpt_model_comparison", "delete from {table} where model = 'linear'", "every_model_sums_to_won_revenue"),
        ("marts.rpt_model_comparison", "update {table} set max_won_amount = 0.01", "spread_holds_every_model"),
        (
            "marts.rpt_invoice_reconciliation",
            "update {table} set exchange_difference = 0.01",
            "reasons_sum_to_the_difference",
        ),
        ("marts.rpt_invoice_reconciliation", EMPTY, "won_amount_is_all_won_revenue"),
        ("marts.fct_metric_weeks", DOUBLE, "week_is_unique"),
        ("marts.fct_metric_weeks", "update {table} set known_units = units + 1", "known_are_among_all"),
        ("marts.fct_metric_weeks", "delete from {table} where channel <> 'total'", "channels_sum_to_total"),
        (
            "marts.fct_metric_divergences",
            "insert into {table} by name select metric, channel, week_start, units, units as trailing_mean from"
            " marts.fct_metric_weeks where units > 0 limit 1",
            "rose_while_the_next_stage_fell",
        ),
        (
            "marts.fct_metric_divergences",
            "insert into {table} by name select metric, channel, week_start, units + 1 as units from"
            " marts.fct_metric_weeks limit 1",
            "week_is_in_the_series",
        ),
        (
            "marts.fct_integrity_evidence",
            "update marts.rpt_target_integrity set evidence_units = 1",
            "units_are_those_of_the_report",
        ),
        (
            "marts.fct_integrity_evidence",
            "insert into {table} by name select target_id, period_start, period_end, period_end + 1 as unit_date from"
            " marts.rpt_target_integrity",
            "unit_counted_in_the_period",
        ),
        (
            "marts.fct_integrity_evidence",
            "insert into {table} by name select target_id, 'From the source jo@customer.example.' as reason, '1' as"
            " unit_id from marts.rpt_target_integrity",
            "no_plain_address",
        ),
        ("marts.rpt_metric_trust", EMPTY, "every_series_once"),
        ("marts.rpt_metric_trust", DOUBLE, "every_series_once"),
        ("marts.rpt_metric_trust", "update {table} set verdict = 'vanity'", "verdict_follows_from_the_figures"),
        ("marts.rpt_metric_trust", "update {table} set divergence_weeks = 1", "divergence_weeks_are_listed"),
        ("marts.rpt_metric_trust", "update {table} set traceable_share = 1.1", "traceable_share_is_a_share"),
        ("marts.rpt_target_integrity", EMPTY, "every_ended_target_is_judged"),
        ("marts.rpt_target_integrity", "update {table} set verdict = 'missed'", "verdict_follows_from_the_figures"),
        ("marts.rpt_target_integrity", "update {table} set gap = 0.01", "verdict_follows_from_the_figures"),
        ("marts.rpt_target_integrity", "update {table} set bonus_at_stake = 0.01", "bonus_is_at_stake_where_inflated"),
        ("marts.rpt_target_integrity", "update {table} set verdict = 'not_measured'", "metric_is_measured"),
        ("marts.rpt_reconciliation", "update {table} set difference = 0.01", "difference_is_zero"),
        ("marts.rpt_reconciliation", EMPTY, "every_model_is_tied_out"),
        (
            "marts.fct_channel_transitions",
            "delete from {table} where transition_type = 'won'",
            "journeys_that_start_also_end",
        ),
        (
            "marts.fct_channel_transitions",
            "update {table} set transitions = 2 where transition_type = 'first'",
            "what_enters_a_channel_leaves_it",
        ),
        ("marts.fct_channel_transitions", "update {table} set probability = 0.5", "probability_is_a_share"),
        ("marts.fct_channel_coalitions", DOUBLE, "coalition_is_unique"),
        ("marts.fct_channel_coalitions", EMPTY, "journeys_are_those_learnt_from"),
        ("marts.rpt_data_driven_models", EMPTY, "every_model_is_told_of"),
        ("marts.rpt_data_driven_models", "update {table} set is_learnt = false", "every_model_learnt"),
        ("marts.rpt_data_driven_models", "update {table} set is_learnt = false", "refused_models_give_no_credit"),
        ("marts.rpt_data_driven_channels", DOUBLE, "channel_is_unique"),
        ("marts.rpt_data_driven_channels", "update {table} set share = share / 2", "shares_sum_to_one"),
        ("marts.rpt_data_driven_channels", "update {table} set value = value + 0.01", "values_sum_to_the_won_amount"),
        ("marts.rpt_data_driven_channels", EMPTY, "every_learnt_model_has_channels"),
        ("marts.rpt_data_driven_channels", "update {table} set share_lower = 1.5", "interval_is_in_order"),
    ],
)
def test_a_defect_is_noticed(built, tmp_path: Path, table, defect, promise):
    file = tmp_path / "throughline.duckdb"
    shutil.copyfile(built.file, file)
    with duckdb.connect(str(file)) as connection:
        make_writable(connection, table)
        connection.execute(defect.format(table=table))
    (query,) = [
        expectation.sql
        for suite in suites_as_of(load_suites(), AS_OF)
        for expectation in suite.expectations
        if (suite.table, expectation.name) == (table, promise)
    ]
    assert Warehouse(file).rows(query.format(batch=table))


def make_writable(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """A view can't have a defect of its own: put a table with its rows in its place."""
    if connection.execute(
        "select 1 from duckdb_views() where schema_name || '.' || view_name = $table", {"table": table}
    ).fetchall():
        connection.execute(f"create temp table view_rows as from {table}; drop view {table}")
        connection.execute(f"create table {table} as from view_rows; drop table view_rows")
