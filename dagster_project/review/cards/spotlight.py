"""Section 6: the biggest won deals of the month, and every piece that their people used, in order."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns, company_date

SPOTLIGHT = Card(
    "spotlight",
    "The month's biggest deals",
    "What did their people read on the way?",
    follows=("period (its last month with a won deal)",),
    source=("rpt_content_spotlight", "fct_opportunities"),
    views=(
        View(
            "spotlight",
            "Deal by deal, piece by piece",
            columns(
                "id|deal and place",
                "deal_rank|place|count",
                "deal|deal",
                "account|customer",
                "amount|amount|money",
                "seller|seller",
                "closed_on|won on|date",
                "used_on|on|date",
                "title|piece",
                "use_type|how|word",
                "person|person",
                "days_before_close|days before close|days",
            ),
            f"""
with uses as (
    select spotlight.*, deals.close_date, {company_date("spotlight.used_at")} as used_on
    from marts.rpt_content_spotlight as spotlight
    left join marts.fct_opportunities as deals on spotlight.opportunity_id = deals.opportunity_id
    where spotlight.month = (select max(month) from marts.rpt_content_spotlight where month <= {{month_end}})
),
people as (
    select
        opportunity_id, used_by_person_id,
        row_number() over (partition by opportunity_id order by min(position)) as number
    from uses
    where used_by_person_id is not null
    group by opportunity_id, used_by_person_id
)
select
    uses.opportunity_id || ' · ' || uses.position as id, uses.deal_rank,
    coalesce(uses.opportunity_name, uses.opportunity_id) as deal, uses.account_name as account, uses.amount,
    coalesce(uses.seller_name, uses.seller_user_id) as seller, uses.close_date as closed_on, uses.used_on,
    coalesce(uses.title, uses.asset_id) as title, uses.use_type,
    'person ' || people.number || coalesce(', ' || nullif(uses.used_by_role, '(none)'), '') as person,
    uses.close_date - uses.used_on as days_before_close
from uses
left join people
    on uses.opportunity_id = people.opportunity_id and uses.used_by_person_id = people.used_by_person_id
order by uses.deal_rank, uses.position
""",
            "No deal was won up to this month.",
            form="timeline",
            requires=("rpt_content_spotlight.used_by_role", "rpt_content_spotlight.seller_name"),
            absent="Sellers and readers' roles aren't in the spotlight of this published file.",
        ),
    ),
)

SECTION = Section("six", "Spotlight", (SPOTLIGHT,))
