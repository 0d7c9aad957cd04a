"""The same questions put to two warehouses of one company that two systems told: answers in keys that both share.

A person is known by their address, or by their browser where nobody knows more; records of a CRM go by the ids of the
generated world.
"""

from __future__ import annotations

from typing import Any

from seeds.generator.dialects.hubspot_company import Account
from tests.runs import Warehouse

Answer = list[tuple[Any, ...]]

# Every identifier's person, as the address or browser that stands for them.
PERSON = """
    people as (
        select
            person_id,
            coalesce(
                min(case when identifier_type = 'email' then identifier end),
                min(case when identifier_type = 'anonymous_id' then identifier end)
            ) as person
        from marts.dim_person_identifier
        group by person_id
    )
"""
# The marts that the questions read, and what says what a system can't tell.
MODELS = (
    "dim_person_identifier",
    "explain_credit",
    "fct_lifecycle_transitions",
    "fct_opportunities",
    "fct_spend",
    "fct_touchpoints",
    "rpt_invoice_reconciliation",
    "rpt_content_effectiveness",
    "rpt_source_coverage",
)
QUESTIONS = {
    "won revenue by month and type": """
        select date_trunc('month', close_date) as month, opportunity_type, count(*), sum(amount)
        from marts.fct_opportunities where is_won group by all
    """,
    "opportunities": """
        select opportunity_id, account_id, opportunity_name, opportunity_type, stage, outcome, amount, created_at,
            close_date, closed_at, owner_user_id, created_by_user_id, owner_team
        from marts.fct_opportunities
    """,
    "originators": f"""
        with {PERSON}
        select opportunity_id, originator_team, people.person, originator_created_at, amount, is_won
        from marts.fct_opportunities left join people on originator_person_id = people.person_id
    """,
    "revenue by originator": """
        select originator_team, count(*), sum(amount) from marts.fct_opportunities where is_won group by all
    """,
    # The odd cent of touches with one weight goes by their ids, which are each system's own: it is left out, and the
    # whole stands below.
    "credit": f"""
        with {PERSON}
        select opportunity_id, model, people.person, occurred_at, touch_type, channel, positions, credit_status,
            round(share, 9), attributed_amount - rounding_amount
        from marts.explain_credit left join people using (person_id)
    """,
    "credit per opportunity and model": """
        select opportunity_id, model, sum(attributed_amount), count(*) from marts.explain_credit group by all
    """,
    "credit by channel": """
        select opportunity_id, model, channel, round(sum(share), 9), sum(attributed_amount - rounding_amount)
        from marts.explain_credit group by all
    """,
    "touches": f"""
        with {PERSON}
        select people.person, account_id, occurred_at, touch_type, channel, source, medium, campaign,
            content_asset_id, is_internal, is_sales_activity
        from marts.fct_touchpoints left join people using (person_id) where not is_bot
    """,
    "touches per person": f"""
        with {PERSON}
        select people.person, touch_type, count(*) from marts.fct_touchpoints inner join people using (person_id)
        where not is_bot group by all
    """,
    "qualified leads": f"""
        with {PERSON}
        select people.person, stage, occurrence, entered_at, reason_class
        from marts.fct_lifecycle_transitions inner join people using (person_id)
        where stage in ('mql', 'sal', 'sql', 'rejected', 'disqualified', 'recycled')
    """,
    "acceptance": f"""
        with {PERSON}
        select people.person, stage, occurrence, actor_user_id, actor_team
        from marts.fct_lifecycle_transitions inner join people using (person_id)
        where stage in ('sal', 'rejected')
    """,
    "spend": """
        select case when source_system in ('hubspot', 'salesforce') then 'crm' else source_system end as biller,
            spend_date, campaign, currency, sum(cost_original), sum(cost), sum(clicks)
        from marts.fct_spend group by all
    """,
    "won and invoiced": """
        select currency, won_deals, won_amount_original, uninvoiced_amount_original, invoiced_elsewhere_amount_original,
            won_amount, invoiced_amount, invoiced_elsewhere_amount
        from marts.rpt_invoice_reconciliation
    """,
    "content": """
        select * exclude (mql_credit, pipeline_amount, attributed_amount) from marts.rpt_content_effectiveness
    """,
}


def answers(warehouse: Warehouse, account: Account | None = None) -> dict[str, Answer]:
    """The answers, sorted; `account` says which record of HubSpot's is which of the world's."""
    ours = {} if account is None else _ours(account)
    return {
        question: sorted(
            (
                tuple(ours.get(cell, cell) if isinstance(cell, str) else cell for cell in row)
                for row in warehouse.rows(sql)
            ),
            key=lambda row: tuple((cell is None, str(cell)) for cell in row),
        )
        for question, sql in QUESTIONS.items()
    }


def _ours(account: Account) -> dict[str, str]:
    keys = {}
    for kind, numbers in (
        ("opportunity", account.deals),
        ("account", account.companies),
        ("user", account.users),
    ):
        keys |= {f"hubspot:{kind}:{number}": ours for ours, number in numbers.items()}
    return keys
