"""The promises in `expectations/`: good data breaks none, and each was seen to fail on data with a defect.

Great Expectations evaluates, as at night. A defect is played by changing the tables of a made-up company, since neither
the loader nor the models make it. A promise without a defect here fails a test.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from dagster_project.engine import identifier
from dagster_project.landing.catalog import LandingObject, catalog
from dagster_project.quality.results import CheckResult
from dagster_project.quality.suites import EVERY_OBJECT, EXPECTATIONS_DIR, Suite, load_suites, suites_as_of
from dagster_project.quality.validation import validate
from tests.defects import DOUBLE, EMPTY, copy_with_defect
from tests.runs import Warehouse, build_marts

AS_OF = datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)
SUITES = suites_as_of(load_suites(), AS_OF)

# The promises that are made of every landing object.
RAW_TABLES = tuple(landing_object.raw_table for landing_object in catalog().objects)
OF_EVERY_OBJECT = tuple(
    entry["name"] for entry in yaml.safe_load((EXPECTATIONS_DIR / EVERY_OBJECT).read_text())["expectations"]
)


def evaluated(suites: Sequence[Suite], file: Path) -> list[CheckResult]:
    return validate(suites, file)


def only(promise: str, tables: Sequence[str]) -> list[Suite]:
    """The suites of the tables, with that promise alone; without those that don't make it."""
    kept = [
        replace(suite, expectations=tuple(e for e in suite.expectations if e.name == promise))
        for suite in SUITES
        if suite.table in tables
    ]
    return [suite for suite in kept if suite.expectations]


def broken(warehouse: Warehouse) -> set[str]:
    """The promises that don't hold or can't be evaluated, as `table.promise`."""
    return {
        f"{result.table_name}.{result.expectation}"
        for result in evaluated(SUITES, warehouse.file)
        if result.status != "passed"
    }


def test_good_data_breaks_no_promise(built):
    assert broken(built) == set()


@pytest.mark.slow
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
    company.campaign("K1", name="Fair")
    company.response("K1", lead="L9", at="2024-03-01")
    company.page_view("a-browser", "1980-01-01 09:00", "https://www.example.com/")
    company.spend("google_ads", "2030-01-01", "Brand", "12.50", clicks="9", impressions="1")
    company.invoice("I1", account="A1", opportunity="O3", at="2031-01-01", amount="5.00")

    noticed = broken(build_marts(company))

    assert noticed >= {
        "raw_salesforce.account.dated_in_sane_time",
        "raw_salesforce.contact.dated_in_sane_time",
        "raw_salesforce.lead.converted_leads_name_their_contact",
        "raw_salesforce.lead.not_converted_before_created",
        "raw_salesforce.opportunity.close_date_in_sane_time",
        "raw_salesforce.opportunity.closed_deals_closed_in_the_past",
        "raw_salesforce.opportunity.won_deals_are_closed",
        "raw_segment.pages.dated_in_sane_time",
        "raw_google_ads.daily_spend.dated_in_sane_time",
        "intermediate.int_ads__daily_spend.no_more_clicks_than_impressions",
        "raw_finance.invoices.dated_in_sane_time",
        "intermediate.int_crm__leads.statuses_are_mapped",
        "intermediate.int_identity__user_teams.users_are_mapped",
        "intermediate.int_revenue__opportunities.currency_has_a_rate",
        "intermediate.int_revenue__opportunities.types_are_mapped",
        "marts.fct_opportunities.cycle_is_not_negative",
    }
    # Odd data is reported; only a currency without a rate, which would count money as nothing, stops the night.
    blocking = {f"{s.table}.{e.name}" for s in SUITES for e in s.of_severity("blocking")}
    assert noticed & blocking == {"intermediate.int_revenue__opportunities.currency_has_a_rate"}


# Each promise of a table of its own, with what breaks it: the guarded table, an SQL statement, the promise's name.
DEFECTS = (
    ("intermediate.int_revenue__opportunities", EMPTY, "every_live_deal_once"),
    ("intermediate.int_revenue__opportunities", DOUBLE, "every_live_deal_once"),
    ("marts.dim_person", EMPTY, "not_empty_with_leads"),
    ("marts.dim_person", "update {table} set email_hash = 'jo@customer.example'", "no_plain_address"),
    ("marts.dim_person_identifier", EMPTY, "every_lead_is_found"),
    ("marts.fct_opportunities", EMPTY, "every_live_deal_once"),
    ("marts.fct_opportunities", DOUBLE, "every_live_deal_once"),
    ("marts.fct_opportunities", "update {table} set originator_team = 'unmapped'", "team_is_mapped"),
    (
        "marts.fct_opportunities",
        "update {table} set originator_person_id = null, originator_matched_by = 'created_by'",
        "converted_lead_is_the_originator",
    ),
    ("marts.fct_touchpoints", EMPTY, "not_empty_with_page_views"),
    ("marts.fct_touchpoints", "update {table} set channel = 'unmapped'", "channel_is_mapped"),
    ("marts.fct_attribution", "delete from {table} where model = 'linear'", "credit_equals_amount"),
    ("marts.fct_attribution", "update {table} set weight = weight / 2", "weights_sum_to_one"),
    (
        "marts.fct_attribution",
        "update {table} set attributed_amount = attributed_amount + 0.01",
        "credit_equals_amount",
    ),
    ("marts.fct_attribution", "update {table} set touchpoint_id = null", "unattributed_has_no_touch"),
    ("marts.fct_spend", EMPTY, "nothing_lost_or_doubled"),
    ("marts.fct_spend", DOUBLE, "nothing_lost_or_doubled"),
    ("marts.fct_spend", "delete from {table} where source_system = 'planning'", "nothing_lost_or_doubled"),
    ("marts.rpt_content_effectiveness", EMPTY, "every_piece_is_listed"),
    ("marts.rpt_content_effectiveness", "update {table} set attributed_amount = 1001", "no_more_than_all_revenue"),
    (
        "marts.rpt_content_effectiveness",
        "update {table} set mql_credit = 2 where model = 'linear'",
        "mql_credit_is_the_same_in_every_model",
    ),
    ("marts.rpt_content_effectiveness", "update {table} set asset_id = 'lost'", "piece_is_in_the_library"),
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
    ("marts.rpt_content_weekly_top5", "update {table} set previous_rank = 1", "previous_rank_is_the_rank_before"),
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
    ("marts.rpt_content_pipeline", EMPTY, "drafts_are_complete"),
    ("marts.rpt_content_pipeline", "update {table} set is_overdue = true", "drafts_are_planned"),
    (
        "marts.rpt_seller_feedback",
        "insert into {table} by name select 'draft' as asset_id, true as is_latest",
        "latest_ratings_are_those_averaged",
    ),
    (
        "marts.rpt_seller_feedback",
        "insert into {table} by name select timestamp '2030-01-01' as given_at",
        "said_by_as_of",
    ),
    ("marts.rpt_content_by_seller", "insert into {table} by name select 1 as shares", "shares_are_all_shares"),
    (
        "marts.rpt_content_by_seller",
        "insert into {table} by name select 1 as shares, 2 as opened_after",
        "parts_are_among_the_whole",
    ),
    ("marts.rpt_content_questions", "insert into {table} by name select 'Q1' as question_id", "every_question_once"),
    (
        "marts.rpt_content_questions",
        "insert into {table} by name select 'Q1' as question_id, 'open' as answer_status, 'roi' as asset_id",
        "answers_follow_questions",
    ),
    ("marts.rpt_channel_roi", "update {table} set cost = 0", "cost_is_all_spend"),
    ("marts.rpt_channel_roi", "update {table} set won_amount = 0", "won_amount_is_all_won_revenue"),
    ("marts.rpt_channel_roi", "update {table} set leads = 1", "people_are_all_people"),
    ("marts.rpt_channel_roi", "update {table} set ripeness = 0.5", "older_cohorts_are_riper"),
    ("marts.rpt_pipeline_velocity_total", "update {table} set ripeness = 0.5", "older_cohorts_are_riper"),
    ("marts.rpt_channel_roi", "delete from intermediate.int_touchpoints__touches", "spend_meets_touches"),
    (
        "marts.rpt_channel_time_lag",
        "update {table} set won_amount_within_90_days = 0",
        "channels_sum_to_won_revenue",
    ),
    (
        "marts.rpt_lead_to_revenue",
        "update {table} set won_amount = won_amount - 0.01",
        "won_amount_is_all_won_revenue",
    ),
    ("marts.rpt_lead_to_revenue", "update {table} set leads = 0", "leads_are_all_leads"),
    ("marts.rpt_lead_to_revenue", "update {table} set revenue_origin_lost = 9999", "origin_statuses_sum"),
    ("marts.rpt_pipeline_velocity", EMPTY, "mqls_are_all_mqls"),
    ("marts.rpt_pipeline_velocity", "update {table} set accepted = accepted + 1", "outcomes_sum_to_mqls"),
    ("marts.rpt_pipeline_velocity", "update {table} set win_rate = 1.1", "rates_are_shares"),
    ("marts.rpt_pipeline_velocity", "update {table} set won = 9", "no_more_won_than_won_revenue"),
    ("marts.rpt_pipeline_velocity_total", "update {table} set won_amount = 0", "pairs_sum_to_total"),
    ("marts.rpt_pipeline_velocity_total", "update {table} set cycle_days_sum = 999", "pairs_sum_to_total"),
    (
        "marts.rpt_rejections",
        "insert into {table} values ('2024-01-01', 'No budget', 'other', 1, 0, 0, 0)",
        "rejections_are_those_of_velocity",
    ),
    (
        "marts.rpt_waiting_mqls",
        "insert into {table} by name select 'mia' as marketer_user_id, 'rep' as seller_user_id, true as is_overdue",
        "waiting_are_unanswered",
    ),
    ("marts.rpt_waiting_mqls", "insert into {table} by name select -1 as hours_waiting", "waits_since_the_past"),
    ("marts.rpt_stage_conversion", "update {table} set converted = people + 1", "rate_is_a_share"),
    ("marts.rpt_stage_conversion", "update {table} set people = 9", "people_start_once"),
    ("marts.rpt_revenue_scorecard", "update {table} set won_amount = 0", "won_amount_is_all_won_revenue"),
    ("marts.rpt_revenue_scorecard", "update {table} set unknown_originated = 0.01", "originators_sum_to_won"),
    ("marts.rpt_revenue_scorecard", "update {table} set renewal_amount = 0.01", "types_sum_to_won"),
    ("marts.rpt_revenue_scorecard", "update {table} set grr = 1.1, nrr = 1.2", "retention_is_sane"),
    ("marts.rpt_revenue_scorecard_quarterly", "update {table} set won = 0", "won_amount_is_all_won_revenue"),
    ("marts.rpt_revenue_scorecard_quarterly", "update {table} set new_amount = 0", "parts_sum_to_won"),
    (
        "marts.rpt_revenue_scorecard_quarterly",
        "update {table} set retention_start_amount = 100, nrr = 1, retention_end_amount = 90",
        "retention_is_that_of_its_last_month",
    ),
    ("marts.rpt_running_targets", "delete from marts.rpt_target_integrity", "no_target_is_lost"),
    (
        "marts.rpt_running_targets",
        "insert into {table} by name select 31 as elapsed_days, 31 as period_days",
        "runs_as_of",
    ),
    ("marts.fct_account_lifecycle", EMPTY, "every_won_deal_of_an_account_once"),
    ("marts.fct_handovers", "update {table} set handovers_to_sales = handovers + 1", "directions_sum_to_all"),
    (
        "marts.fct_mqls",
        "insert into {table} by name select 'per_x' as person_id, 1 as occurrence, date '2024-01-01' as cohort_month,"
        " 'mia' as marketer_user_id, 'rep' as seller_user_id, 'accepted' as outcome",
        "mqls_are_those_of_velocity",
    ),
    (
        "marts.fct_mqls",
        "insert into {table} by name select 'per_x' as person_id, true as is_waiting, 5 as hours_waiting",
        "those_that_wait_are_listed",
    ),
    (
        "marts.fct_mql_opportunities",
        "insert into {table} by name select 'O9' as opportunity_id, 'per_x' as person_id, 1 as occurrence",
        "sum_to_their_mqls",
    ),
    (
        "marts.fct_mql_opportunities",
        "insert into {table} by name select opportunity_id, 'per_x' as person_id, 1 as refused_occurrence from"
        " marts.fct_opportunities limit 1",
        "refusals_proven_wrong_are_reported",
    ),
    (
        "marts.fct_target_units",
        "insert into {table} by name select 'target_x' as target_id, 'sqls' as metric, 'L1' as unit_id, 1 as quantity",
        "sum_to_what_was_delivered",
    ),
    ("marts.rpt_origin_conflicts", EMPTY, "every_conflict_once"),
    ("marts.rpt_origin_conflicts", DOUBLE, "every_conflict_once"),
    (
        "marts.rpt_origin_conflicts",
        "update {table} set crm_lead_source = originator_source",
        "claim_differs_from_origin",
    ),
    ("marts.rpt_origin_conflicts", "update {table} set money_rank = 2", "ordered_by_money"),
    ("marts.rpt_model_comparison", "update {table} set won_amount = 0.01", "every_model_sums_to_won_revenue"),
    ("marts.rpt_model_comparison", "delete from {table} where model = 'linear'", "every_model_sums_to_won_revenue"),
    ("marts.rpt_model_comparison", "update {table} set max_won_amount = 0.01", "spread_holds_every_model"),
    (
        "marts.rpt_invoice_reconciliation",
        "update {table} set exchange_difference = 0.01",
        "reasons_sum_to_the_difference",
    ),
    ("marts.rpt_invoice_reconciliation", EMPTY, "won_amount_is_all_won_revenue"),
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
        "update marts.rpt_target_integrity set current_evidence_units = 1",
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
    ("marts.fct_channel_coalitions", EMPTY, "journeys_are_those_learnt_from"),
    ("marts.rpt_data_driven_models", EMPTY, "every_model_is_told_of"),
    ("marts.rpt_data_driven_models", "update {table} set is_learnt = false", "every_model_learnt"),
    ("marts.rpt_data_driven_models", "update {table} set is_learnt = false", "refused_models_give_no_credit"),
    ("marts.rpt_data_driven_channels", "update {table} set share = share / 2", "shares_sum_to_one"),
    ("marts.rpt_data_driven_channels", "update {table} set value = value + 0.01", "values_sum_to_the_won_amount"),
    ("marts.rpt_data_driven_channels", EMPTY, "every_learnt_model_has_channels"),
    ("marts.rpt_data_driven_channels", "update {table} set share_lower = 1.5", "interval_is_in_order"),
    ("intermediate.int_ads__daily_spend", "update {table} set cost_original = -1", "cost_is_not_negative"),
    (
        "intermediate.int_ads__daily_spend",
        "update {table} set clicks = impressions + 1",
        "no_more_clicks_than_impressions",
    ),
    ("intermediate.int_crm__leads", "update {table} set status = 'On the moon'", "statuses_are_mapped"),
    ("intermediate.int_crm__leads", "update {table} set created_at = null", "leads_are_dated"),
    ("intermediate.int_crm__opportunities", "update {table} set close_date = null", "deals_are_dated"),
    ("intermediate.int_identity__user_teams", "update {table} set team = 'unmapped'", "users_are_mapped"),
    ("intermediate.int_revenue__opportunities", "update {table} set has_rate = false", "currency_has_a_rate"),
    (
        "intermediate.int_revenue__opportunities",
        "update {table} set opportunity_type = 'unmapped'",
        "types_are_mapped",
    ),
    (
        "marts.dim_person",
        "insert into marts.dim_person_identifier by name select person_id, identifier_type, identifier || n as"
        " identifier from marts.dim_person_identifier, range(51) as numbers(n) where identifier_type like '%lead'",
        "no_person_is_a_crowd",
    ),
    ("marts.dim_web_domain", "update {table} set is_own = false", "few_views_are_on_unknown_domains"),
    ("marts.dim_web_domain", "update {table} set is_learnt = true", "own_domains_are_listed"),
    (
        "marts.fct_account_lifecycle",
        "update {table} set stage = 'churned', was_customer = false",
        "only_customers_churn",
    ),
    (
        "marts.fct_account_lifecycle",
        "update {table} set was_customer = true, contract_value_after = contract_value_after + 0.01",
        "values_follow_each_other",
    ),
    (
        "marts.fct_lifecycle_transitions",
        "update {table} set exited_at = entered_at - interval 1 day",
        "left_after_entered",
    ),
    ("marts.fct_opportunities", "update {table} set days_opportunity_to_close = -1", "cycle_is_not_negative"),
    ("marts.fct_spend", "update {table} set channel = 'unmapped'", "channel_is_mapped"),
    ("marts.fct_spend", "update {table} set has_rate = false", "currency_has_a_rate"),
    ("marts.fct_touchpoints", "update {table} set has_impossible_time = true", "times_are_possible"),
    ("marts.rpt_abm_pairs", "insert into {table} by name select date '2030-01-01' as as_of_date", "not_after_as_of"),
    ("marts.rpt_abm_pairs", "insert into {table} by name select 1.1 as overlap", "overlap_is_a_share"),
    (
        "marts.rpt_abm_pairs",
        "insert into {table} by name select 1 as shared_accounts, 1 as worked_together_accounts,"
        " 1 as marketing_only_accounts, 0 as sales_only_accounts",
        "shared_accounts_are_worked_by_someone_or_nobody",
    ),
    ("marts.rpt_link_rates", "update {table} set is_fallen = true", "no_link_has_fallen"),
    ("marts.rpt_web_consent", "update {table} set hits = hits + 1", "every_hit_is_counted"),
    (
        "marts.rpt_web_consent",
        "update intermediate.int_web__consent_values set consent = 'unmapped', consent_value = 'maybe'",
        "every_value_has_a_meaning",
    ),
    (
        "marts.rpt_web_consent",
        "update reference.settings set value = 'segment=context_consent' where key = 'consent_fields'",
        "a_named_field_has_values",
    ),
    (
        "marts.rpt_web_consent",
        "update intermediate.int_web__consent_values set consent_value = 'true' where source_object = 'pages'",
        "all_objects_tell_of_consent",
    ),
    (
        "marts.rpt_metric_trust",
        "update {table} set traceable_share = 0.5, traceable_share_lower = 0.6, traceable_share_upper = 0.7",
        "shares_lie_in_their_intervals",
    ),
    (
        "marts.rpt_pipeline_velocity",
        "update {table} set median_hours_to_response = -1",
        "responses_come_after_the_mql",
    ),
    (
        "marts.rpt_refused_keys",
        "insert into {table} by name select 'email' as key_type, 'too_many_people' as reason, 1 as won_amount",
        "no_key_welds_revenue",
    ),
    ("marts.rpt_rejections", "insert into {table} by name select 99 as later_won", "later_deals_count_once"),
    (
        "marts.rpt_rejections_by_seller",
        "insert into {table} by name select date '2024-01-01' as month, 'No budget' as reason, 'other' as reason_class,"
        " 1 as rejected_mqls",
        "parts_sum_to_rejections",
    ),
    (
        "marts.rpt_rejections_by_seller",
        "insert into {table} by name select 'rep' as seller_user_id, 'mia' as marketer_user_id, 1 as rejected_mqls",
        "pairs_reject_as_in_velocity",
    ),
    (
        "marts.rpt_restatements",
        "insert into {table} by name select publication_id, 'mqls' as figure, '' as member, 1 as change_amount"
        " from intermediate.int_publications__pair",
        "nothing_is_unexplained",
    ),
    (
        "marts.rpt_restatements",
        "insert into {table} by name select 'P' as publication_id, 'mqls' as figure, '' as member, 1 as change_amount,"
        " 3 as previous_amount, 5 as current_amount",
        "causes_sum_to_the_difference",
    ),
    (
        "intermediate.int_sealing__sealed_months",
        "insert into {table} by name select date '2024-01-01' as month, 'nothing_published' as status",
        "every_month_is_sealed",
    ),
    (
        "marts.rpt_sealed_months",
        "insert into {table} by name select date '2024-01-01' as month, 'mqls' as figure, 2 as sealed_amount,"
        " 5 as current_amount, 3 as change_amount, 1 as new_deal_amount, 1 as deal_changed_amount, 0 as"
        " deletion_amount, 0 as late_data_amount, 0 as identity_amount, 0 as originator_amount, 0 as"
        " configuration_amount, 0 as currency_amount, 0 as definition_amount",
        "causes_sum_to_the_change",
    ),
    (
        "marts.rpt_sealed_months",
        "insert into {table} by name select date '2024-01-01' as month, 'mqls' as figure, 2 as sealed_amount",
        "sealed_figures_stand",
    ),
    (
        "marts.rpt_sealed_months",
        "insert into {table} by name select date '1999-01-01' as month, 'won_revenue' as figure, 5 as current_amount",
        "won_revenue_is_the_scorecards",
    ),
    ("marts.rpt_stage_conversion", "update {table} set median_days = -1", "time_runs_forwards"),
    ("raw_content.assets", "update {table} set published_at = null", "published_assets_have_a_date"),
    ("raw_finance.invoices", "insert into {table} by name select 'I1' as invoice_id", "amount_is_present"),
    ("raw_salesforce.lead", 'update {table} set "ConvertedContactId" = null', "converted_leads_name_their_contact"),
    ("raw_salesforce.lead", "update {table} set \"ConvertedDate\" = '1999-01-01'", "not_converted_before_created"),
    ("raw_salesforce.opportunity", 'update {table} set "Amount" = null', "amount_is_present"),
    ("raw_salesforce.opportunity", 'update {table} set "Amount" = -1', "amount_is_not_negative"),
    ("raw_salesforce.opportunity", "update {table} set \"CloseDate\" = '2202-01-01'", "close_date_in_sane_time"),
    (
        "raw_salesforce.opportunity",
        "update {table} set \"CloseDate\" = '2025-06-01'",
        "closed_deals_closed_in_the_past",
    ),
    ("raw_salesforce.opportunity", 'update {table} set "IsClosed" = false', "won_deals_are_closed"),
    ("raw_segment.pages", "update {table} set anonymous_id = null", "visitor_is_known"),
    ("staging.stg_salesforce__lead", DOUBLE, "same_rows_as_raw"),
    ("staging.stg_salesforce__opportunity", EMPTY, "same_rows_as_raw"),
)


# What breaks a promise of every landing object; `needed` and `moments` are assignments to columns of the object.
DEFECTS_OF_EVERY_OBJECT = {
    "key_is_unique": DOUBLE,
    "not_empty_when_delivered": EMPTY,
    "traced_to_its_file": "update {table} set _file = 'unknown.csv'",
    "nothing_rejected": "insert into audit.rejected_rows (source_system, object) values ('{source}', '{name}')",
    "nothing_waits": "update audit.landed_files set missing_records = 1",
    "required_columns_are_filled": "update {table} set {needed}",
    "dated_in_sane_time": "update {table} set {moments}",
    "not_changed_after_it_was_loaded": "update {table} set {moments}",
}


def test_every_promise_has_a_defect_that_breaks_it():
    promised = {(suite.table, promise.name) for suite in SUITES for promise in suite.expectations}
    seen = {(table, promise) for table, _, promise in DEFECTS}
    seen |= {(o.raw_table, promise) for o in catalog().objects for promise in DEFECTS_OF_EVERY_OBJECT}
    assert sorted(promised - seen) == []


@pytest.mark.parametrize(("table", "defect", "promise"), DEFECTS)
def test_a_defect_is_noticed(built, tmp_path: Path, table, defect, promise):
    file = copy_with_defect(built.file, tmp_path, table, defect)
    assert [result.status for result in evaluated(only(promise, [table]), file)] == ["failed"]


@pytest.fixture(scope="module")
def landed(built, tmp_path_factory) -> Path:
    """The company with twelve more rows of every landing object, made of its columns' types."""
    file = tmp_path_factory.mktemp("landed") / "throughline.duckdb"
    shutil.copyfile(built.file, file)
    with duckdb.connect(str(file)) as connection:
        for landing_object in catalog().objects:
            values = [f"{VALUES[c.sql_type]} as {identifier(c.name)}" for c in landing_object.columns]
            connection.execute(
                f"insert into {landing_object.raw_table} by name select {', '.join(values)}, 'made.csv' as _file,"
                f" n as _row, 1 as _delivery, timestamp '2024-12-31' as _loaded_at from range(12) as numbers(n)"
            )
            connection.execute(
                "insert into audit.landed_files by name"
                " select ? as source_system, ? as object, 'made.csv' as file, 12 as rows",
                [landing_object.source, landing_object.name],
            )
    return file


# A good value of each type for the n-th row.
VALUES = {
    "VARCHAR": "'made' || n",
    "BOOLEAN": "true",
    "BIGINT": "n",
    "DECIMAL(28,6)": "n",
    "DECIMAL(28,12)": "n",
    "DATE": "date '2024-01-01' + n::integer",
    "TIMESTAMP": "timestamp '2024-01-01' + n * interval 1 day",
}


@pytest.mark.slow
def test_good_rows_of_every_object_break_no_promise(landed):
    suites = [suite for promise in OF_EVERY_OBJECT for suite in only(promise, RAW_TABLES)]
    assert {suite.table for suite in suites} == set(RAW_TABLES)
    for promise in OF_EVERY_OBJECT:
        assert {result.status for result in evaluated(only(promise, RAW_TABLES), landed)} == {"passed"}


@pytest.mark.slow
@pytest.mark.parametrize("promise", OF_EVERY_OBJECT)
def test_a_defect_of_any_object_is_noticed(landed, tmp_path: Path, promise):
    file = tmp_path / "throughline.duckdb"
    shutil.copyfile(landed, file)
    promising = only(promise, RAW_TABLES)
    with duckdb.connect(str(file)) as connection:
        for landing_object in catalog().objects:
            if landing_object.raw_table in {suite.table for suite in promising}:
                connection.execute(defect_of(landing_object, promise))
    results = evaluated(promising, file)
    assert [result.table_name for result in results if result.status != "failed"] == []


def defect_of(landing_object: LandingObject, promise: str) -> str:
    needed = [c.name for c in landing_object.columns if c.required and c.name not in landing_object.key]
    moments = [c.name for c in landing_object.columns if c.type in ("date", "timestamp")]
    return DEFECTS_OF_EVERY_OBJECT[promise].format(
        table=landing_object.raw_table,
        source=landing_object.source,
        name=landing_object.name,
        needed=f"{identifier(needed[-1])} = null" if needed else "",
        moments=", ".join(f"{identifier(name)} = '2999-01-01'" for name in moments),
    )
