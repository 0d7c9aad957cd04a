"""The data that the page's script works on: as fine as the filters need it, and no finer.

What lives here: what is taken out of the published file. What doesn't: figures, which `static/review.js` works out of
it, and the SQL that they equal (`views.py`). Texts that say nothing to a reader, such as hashes, stay out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagster_project.review.cards.changes import (
    MOVERS,
    MOVERS_NEEDS,
    RESTATED,
    RESTATED_NEEDS,
    SEALED,
    SEALED_MOVED,
    SEALED_NEEDS,
    SEALED_STANDING,
)
from dagster_project.review.columnar import encoded
from dagster_project.review.published import Published
from dagster_project.review.views import TEAM, company_date


@dataclass(frozen=True)
class Dataset:
    """A query of the published file; without one of `requires` the page says that the data isn't there."""

    name: str
    sql: str
    requires: tuple[str, ...]


_DEALS = f"""
with used as (
    -- Which touches count doesn't depend on a model, so neither do the filters by channel, topic and persona.
    select
        eligibility.opportunity_id,
        list(distinct touches.channel) as channels,
        list(distinct cast(date_trunc('month', {company_date("touches.occurred_at")}) as date)) as months,
        list(distinct assets.topic) filter (where assets.topic is not null) as topics,
        list(distinct assets.persona) filter (where assets.persona is not null) as personas,
        list(distinct touches.content_asset_id) filter (where touches.content_asset_id is not null) as assets
    from marts.fct_touch_eligibility as eligibility
    join marts.fct_touchpoints as touches using (touchpoint_id)
    left join marts.dim_content_asset as assets on touches.content_asset_id = assets.content_asset_id
    where eligibility.status = 'eligible'
    group by eligibility.opportunity_id
)
select
    deals.opportunity_id, deals.opportunity_name as name, deals.account_id, accounts.account_name as account,
    deals.opportunity_type as type, deals.outcome, deals.stage, deals.is_won, deals.is_closed, deals.is_amount_missing,
    cast(timezone(context.timezone, timezone('UTC', deals.created_at)) as date) as created_on,
    deals.close_date as closed_on, deals.amount, {TEAM} as team, deals.originator_team, deals.originator_user_id
    as marketer, deals.owner_user_id as seller, deals.originator_source as source, deals.originator_matched_by as
    matched_by, deals.crm_lead_source as crm_source, deals.origin_status, coalesce(used.channels, []) as channels,
    coalesce(list_transform(used.months, lambda month: cast(month as varchar)), []) as months,
    coalesce(used.topics, []) as topics, coalesce(used.personas, []) as personas, coalesce(used.assets, []) as assets
from marts.fct_opportunities as deals
cross join (select timezone from reference.run_context) as context
left join marts.dim_account as accounts on deals.account_id = accounts.account_id
left join used on deals.opportunity_id = used.opportunity_id
order by deals.opportunity_id
"""

_USES = f"""
with uses as (
    select spotlight.*, {company_date("spotlight.used_at")} as used_on
    from marts.rpt_content_spotlight as spotlight
),
people as (
    -- Prospects have no names in the published file: they are the first, the second … of their deal.
    select
        opportunity_id, used_by_person_id,
        row_number() over (partition by opportunity_id order by min(position)) as number
    from uses
    where used_by_person_id is not null
    group by opportunity_id, used_by_person_id
)
select
    uses.month, uses.deal_rank, uses.opportunity_id, uses.position, uses.opportunity_name as deal,
    uses.amount, uses.used_on, coalesce(uses.title, uses.asset_id) as title,
    uses.use_type, uses.account_name as account,
    coalesce(uses.seller_name, uses.seller_user_id) as seller,
    'person ' || people.number || coalesce(', ' || nullif(uses.used_by_role, '(none)'), '') as person
from uses
left join people
    on uses.opportunity_id = people.opportunity_id and uses.used_by_person_id = people.used_by_person_id
order by uses.month, uses.deal_rank, uses.position
"""


def _table(name: str, columns: str, table: str, order: str, *needs: str, where: str = "true") -> Dataset:
    """Columns of one mart. The page works what it shows out of them."""
    sql = f"select {columns} from marts.{table} where {where} order by {order}"
    return Dataset(name, sql, (table, *(f"{table}.{column}" for column in needs)))


DATASETS = (
    Dataset(
        "deals",
        _DEALS,
        ("fct_opportunities", "dim_account", "fct_touch_eligibility", "fct_touchpoints"),
    ),
    _table("users", "user_id, user_name as name, team", "dim_user", "user_id"),
    _table("humans", "user_id, is_integration", "dim_user", "user_id", "is_integration"),
    _table(
        "targets",
        "target_id, metric, owner, period_start, period_end, target, delivered, verified, gap, bonus_amount,"
        " bonus_at_stake, verdict, evidence, is_sealed, current_verdict",
        "rpt_target_integrity",
        "period_start, metric, target_id",
        "is_sealed",
    ),
    _table("running_targets", "*", "rpt_running_targets", "target_id"),
    _table("scorecard", "month, nrr, grr", "rpt_revenue_scorecard", "month", where="month is not null"),
    Dataset(
        "customers",
        "select lost.opportunity_id, coalesce(accounts.account_name, lost.account_id) as account, lost.stage,"
        " lost.entered_date, lost.churned_amount, lost.contraction_amount from marts.fct_account_lifecycle as lost"
        " left join marts.dim_account as accounts on lost.account_id = accounts.account_id"
        " where lost.stage = 'churned' or lost.churned_amount <> 0 or lost.contraction_amount <> 0"
        " order by lost.opportunity_id, lost.stage",
        ("fct_account_lifecycle", "dim_account"),
    ),
    _table("books", "*", "rpt_reconciliation", "model"),
    _table(
        "handover",
        "cohort_month, marketer_user_id, marketer_name, seller_user_id, seller_name, mqls, accepted, rejected,"
        " returned, no_response, answered, pending, responses, late_responses, sqls, opportunities, won, won_amount",
        "rpt_pipeline_velocity",
        "cohort_month, marketer_user_id, seller_user_id",
    ),
    _table(
        "handover_total",
        "cohort_month, median_hours_to_response, responses",
        "rpt_pipeline_velocity_total",
        "cohort_month",
    ),
    _table("reasons", "*", "rpt_rejections", "month, reason, reason_class"),
    _table("refusals", "*", "rpt_rejections_by_seller", "all"),
    _table(
        "waiting",
        "person_id, account_name, hours_waiting, is_overdue, cast(due_at as date) as due_on, marketer_user_id,"
        " marketer_name, seller_user_id, seller_name, source, campaign, lead_id",
        "rpt_waiting_mqls",
        "person_id",
    ),
    Dataset(
        "overlap",
        # The month ends that a period may end in; a pair without a shared account is nothing to look at.
        "select as_of_date, marketer_user_id, marketer_name, seller_user_id, seller_name, shared_accounts, overlap,"
        " worked_together_accounts, marketing_only_accounts, sales_only_accounts, won_amount from marts.rpt_abm_pairs"
        " where shared_accounts > 0 order by as_of_date, marketer_user_id, seller_user_id",
        ("rpt_abm_pairs",),
    ),
    Dataset(
        "overlap_days", "select distinct as_of_date from marts.rpt_abm_pairs order by as_of_date", ("rpt_abm_pairs",)
    ),
    Dataset(
        "assets",
        "select content_asset_id, title, asset_type, topic, persona, author, status, is_deleted,"
        f" {company_date('published_at')} as published_on from marts.dim_content_asset order by content_asset_id",
        ("dim_content_asset",),
    ),
    _table(
        "top_five",
        "week, is_complete_week, rank, previous_rank, asset_id, title, visits, people, leads, mqls, attributed_amount,"
        " verdict",
        "rpt_content_weekly_top5",
        "week, rank",
        "previous_rank",
        "is_complete_week",
        "verdict",
    ),
    _table("content_work", "*", "rpt_content_pipeline", "asset_id"),
    _table(
        "effect",
        "asset_id, model, title, asset_type, topic, persona, visits, people, mqls_touched, mqls_sourced,"
        " deals_won_touched, attributed_amount, verdict",
        "rpt_content_effectiveness",
        "model, asset_id",
    ),
    Dataset(
        "shares",
        f"select actor_user_id, content_asset_id, {company_date('occurred_at')} as shared_on from marts.fct_touchpoints"
        " where touch_type = 'content_share' order by touchpoint_id",
        ("fct_touchpoints",),
    ),
    _table(
        "by_seller",
        "asset_id, title, seller_user_id, seller_name, shares, opened_after, deals_won_after, won_amount_after",
        "rpt_content_by_seller",
        "asset_id, seller_user_id",
    ),
    _table(
        "feedback",
        "asset_id || ' · ' || coalesce(seller_user_id, '') || ' · ' || given_at as id, asset_id, title, seller_user_id,"
        f" seller_name, {company_date('given_at')} as given_on, rating, comment",
        "rpt_seller_feedback",
        "id",
    ),
    _table(
        "questions",
        f"question_id, question, seller_user_id, seller_name, {company_date('asked_at')} as asked_on, topic, persona,"
        " answer_status, asset_id, title, answered_at is not null as is_answered, days_to_answer",
        "rpt_content_questions",
        "question_id",
    ),
    _table(
        "returns",
        "month, is_ripe, ripeness, channel, model, cost, mqls, opportunities, customers, won_amount, open_amount",
        "rpt_channel_roi",
        "model, month, channel",
        "ripeness",
        where="month is not null",
    ),
    _table(
        "models",
        "channel, model, won_amount, won_share, min_won_amount, max_won_amount, spread_amount, best_rank, worst_rank",
        "rpt_model_comparison",
        "model, channel",
    ),
    _table(
        "lag",
        "member as channel, deals_won, won_amount, median_days_to_close, won_amount_within_90_days, hidden_at_90_days",
        "rpt_channel_time_lag",
        "channel",
        where="breakdown = 'channel'",
    ),
    Dataset("spotlight", _USES, ("rpt_content_spotlight.used_by_role", "rpt_content_spotlight.seller_name")),
    _table(
        "metrics",
        "metric, channel, units, traceable_share, won_amount_per_unit, verdict, reason",
        "rpt_metric_trust",
        "metric, channel",
    ),
    _table(
        "conflicts",
        "opportunity_id, money_rank, originator_user_name, overwritten_by_user_name,"
        f" {company_date('overwritten_at')} as changed_on",
        "rpt_origin_conflicts",
        "money_rank",
    ),
    Dataset("restated", RESTATED, RESTATED_NEEDS),
    Dataset("movers", MOVERS, MOVERS_NEEDS),
    Dataset("sealed_moved", SEALED_MOVED, SEALED_NEEDS),
    Dataset("sealed", SEALED, SEALED_NEEDS),
    Dataset("sealed_standing", SEALED_STANDING, SEALED_NEEDS),
    Dataset(
        "publications",
        "select publication_number, table_name, row_count, content_hash from audit.publications"
        " where publication_number in (select distinct publication_number from audit.publications"
        " order by publication_number desc limit 2) and table_name like 'marts.%'"
        " order by publication_number, table_name",
        (),
    ),
)


# What stands behind counts, row by row: read when somebody clicks on one, since it may be large.
LATER_DATASETS = (
    Dataset(
        "mqls",
        f"""
select
    mqls.person_id, mqls.occurrence, mqls.cohort_month, {company_date("mqls.mql_at")} as mql_on, mqls.outcome,
    cast(date_trunc('month', {company_date("mqls.decided_at")}) as date) as decided_month,
    mqls.reason, mqls.reason_class, mqls.hours_to_response, mqls.responded_at is not null as is_answered, mqls.is_late,
    mqls.is_waiting, mqls.marketer_user_id, mqls.seller_user_id, mqls.source, mqls.campaign, mqls.lead_id,
    accounts.account_name as account
from marts.fct_mqls as mqls
left join marts.dim_account as accounts on mqls.account_id = accounts.account_id
order by mqls.person_id, mqls.occurrence
""",
        ("fct_mqls", "dim_account"),
    ),
    _table(
        "mql_deals",
        "opportunity_id, person_id, occurrence, refused_occurrence",
        "fct_mql_opportunities",
        "opportunity_id",
    ),
    _table(
        "target_units",
        "target_id, unit_id, unit_date, quantity, held_up, reasons, source_system, source_object, source_record_id",
        "fct_target_units",
        "target_id, unit_date, unit_id, source_record_id",
    ),
)


def read(published: Published, datasets: tuple[Dataset, ...] = DATASETS) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Each dataset by name, encoded, and for those that the file can't give the tables that it lacks."""
    data: dict[str, Any] = {}
    absent: dict[str, list[str]] = {}
    for dataset in datasets:
        if missing := published.lacks(dataset.requires):
            absent[dataset.name] = missing
        else:
            data[dataset.name] = encoded(*published.rows(dataset.sql))
    return data, absent


def about(published: Published) -> Mapping[str, Any]:
    """What the page is about: the day, the currency, the checks that warn."""
    (context,) = published.records(
        """
        select
            cast(timezone(timezone, timezone('UTC', as_of)) as date) as as_of, reporting_currency as currency,
            timezone, mql_response_sla_hours as sla_hours,
            cast(timezone(timezone, timezone('UTC', as_of)) as time) >= time '23:59:59' as day_is_over
        from reference.run_context
        """
    )
    (checks,) = published.records(
        """
        with latest as (
            select * from audit.check_results
            qualify check_number = max(check_number) over (partition by table_name, expectation)
        )
        select count(*) as checks, count(*) filter (where status <> 'passed') as warnings from latest
        """
    )
    return {**context, "as_of": context["as_of"].isoformat(), **checks}


def models(published: Published) -> list[str]:
    """The enabled attribution models, in the order of their reference table."""
    if not published.holds("rpt_reconciliation"):
        return []
    found = published.rows("select model from marts.rpt_reconciliation order by model")[1]
    return [model for (model,) in found]


def report_model(published: Published) -> str:
    """The model that the page begins with: the setting report_model, else linear, else the first."""
    names = models(published)
    ((chosen,),) = published.rows("select report_model from reference.run_context")[1]
    return next((name for name in (chosen, "linear", *names) if name in names), "")


def standing(published: Published, about: Mapping[str, Any]) -> str:
    """The page's first sentence: its day, the books, the checks."""
    said = [f"As of {about['as_of']}"]
    if published.holds("rpt_reconciliation"):
        ((difference, invoiced, invoices, exchange),) = published.rows(
            "select max(abs(difference)), max(invoiced_amount), max(invoice_difference), max(exchange_difference)"
            " from marts.rpt_reconciliation"
        )[1]
        if difference is not None:
            said.append(f"every attribution model agrees with the CRM to {difference:,.2f}")
        if invoiced is not None:
            said.append(f"won revenue and invoices differ by {invoices:,.2f}, of it {exchange:,.2f} by exchange rates")
        elif difference is not None:
            said.append("no invoices were delivered to compare with")
    warnings = about["warnings"]
    said.append(
        f"{about['checks']:,} checks, "
        + ("all kept" if not warnings else f"{warnings:,} with a warning, none that blocks")
    )
    return "; ".join(said) + "."
