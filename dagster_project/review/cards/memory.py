"""Section 8: the dearest deals whose creator the CRM has forgotten or replaced."""

from __future__ import annotations

from dagster_project.review.views import DEAL_FILTERS, DEALS, Card, Section, View, columns, company_date

FORGOTTEN = Card(
    "forgotten",
    "Who really created it",
    "Which won deals does the CRM credit to somebody else, and who changed it when?",
    follows=("period", *DEAL_FILTERS),
    source=("rpt_origin_conflicts", "fct_opportunities"),
    views=(
        View(
            "forgotten_sum",
            "Deals won in the period",
            columns(
                "forgotten_amount|won, origin forgotten|money",
                "forgotten|deals|count",
                "overwritten|another source today|count",
                "lost|no source today|count",
                "share|of won revenue|share",
            ),
            DEALS
            + """
select
    coalesce(sum(amount) filter (where origin_status in ('overwritten', 'lost')), 0) as forgotten_amount,
    count(*) filter (where origin_status in ('overwritten', 'lost')) as forgotten,
    count(*) filter (where origin_status = 'overwritten') as overwritten,
    count(*) filter (where origin_status = 'lost') as lost,
    coalesce(sum(amount) filter (where origin_status in ('overwritten', 'lost')), 0) / nullif(sum(amount), 0) as share
from deals
where is_won and close_date between {start} and {end}
""",
            "",
            form="numbers",
        ),
        View(
            "forgotten",
            "The dearest first",
            columns(
                "id|deal id",
                "deal|deal",
                "amount|amount|money",
                "creator|created by",
                "originator_team|team|word",
                "originator_source|source then",
                "crm_lead_source|source in the CRM today",
                "origin_status|what happened|word",
                "changed_by|changed by",
                "changed_on|changed on|date",
            ),
            DEALS
            + f"""
select
    conflicts.opportunity_id as id, coalesce(conflicts.opportunity_name, conflicts.opportunity_id) as deal,
    conflicts.amount, conflicts.originator_user_name as creator, conflicts.originator_team,
    conflicts.originator_source, conflicts.crm_lead_source, conflicts.origin_status,
    conflicts.overwritten_by_user_name as changed_by, {company_date("conflicts.overwritten_at")} as changed_on
from marts.rpt_origin_conflicts as conflicts
join deals on conflicts.opportunity_id = deals.opportunity_id
where deals.is_won and deals.close_date between {{start}} and {{end}}
order by conflicts.money_rank
""",
            "The CRM still names the creator of every deal won in the period.",
        ),
    ),
)

SECTION = Section("eight", "What the CRM forgot", (FORGOTTEN,))
