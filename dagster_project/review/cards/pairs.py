"""Section 3: which marketer and which seller work well together. People only; integrations are named as such."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

# A rate of fewer decided MQLs is chance: of five, one more or less moves it by twenty points.
LEAST_DECIDED = 5

_PAIRS = """
with users as (
    select user_id, is_integration from marts.dim_user
),
pairs as (
    select
        velocity.*,
        coalesce(marketers.is_integration, true) as is_nobody_s,
        marketers.is_integration as is_integration,
        sellers.user_id is not null and not sellers.is_integration as has_seller
    from marts.rpt_pipeline_velocity as velocity
    left join users as marketers on velocity.marketer_user_id = marketers.user_id
    left join users as sellers on velocity.seller_user_id = sellers.user_id
    where velocity.cohort_month between {year_start} and {month_end}
        and {marketer} in ('', velocity.marketer_user_id) and {seller} in ('', velocity.seller_user_id)
)"""

_RATE = f"""case when sum(accepted) + sum(rejected) + sum(no_response) >= {LEAST_DECIDED}
        then sum(accepted) / (sum(accepted) + sum(rejected) + sum(no_response)) end as acceptance_rate"""

_REQUIRES = ("rpt_pipeline_velocity", "dim_user.is_integration")
_ABSENT = "dim_user doesn't say in this published file which users are integrations, so people can't be told apart."
_NO_PAIR = "No MQL went from a person of marketing to a person of sales in these twelve months."

PAIRS = Card(
    "pairs",
    "Marketer and seller",
    "Which pairs take up each other's MQLs?",
    follows=("period (its last month and the eleven before)", "marketer", "seller"),
    source=("rpt_pipeline_velocity", "dim_user"),
    views=(
        View(
            "pairs_heat",
            "Share of MQLs taken up, twelve months",
            columns(
                "id|pair", "marketer|marketer", "seller|seller", "mqls|MQLs|count", "acceptance_rate|accepted|share"
            ),
            _PAIRS
            + f"""
select
    marketer_user_id || ' & ' || seller_user_id as id, any_value(marketer_name) as marketer,
    any_value(seller_name) as seller, sum(mqls)::bigint as mqls, {_RATE}
from pairs
where not is_nobody_s and has_seller
group by marketer_user_id, seller_user_id
having sum(mqls) > 0
order by id
""",
            _NO_PAIR,
            form="heat",
            requires=_REQUIRES,
            absent=_ABSENT,
            note=f"Accepted of decided or overdue MQLs; a rate needs {LEAST_DECIDED} of them, fewer have their count "
            "only. The small figure is the number of MQLs.",
        ),
        View(
            "pairs",
            "The same pairs with what came of them",
            columns(
                "id|pair",
                "marketer|marketer",
                "seller|seller",
                "mqls|MQLs|count",
                "accepted|accepted|count",
                "rejected|refused|count",
                "no_response|never answered|count",
                "opportunities|deals|count",
                "won|won|count",
                "won_amount|won amount|money",
            ),
            _PAIRS
            + """
select
    marketer_user_id || ' & ' || seller_user_id as id, any_value(marketer_name) as marketer,
    any_value(seller_name) as seller, sum(mqls)::bigint as mqls, sum(accepted)::bigint as accepted,
    sum(rejected)::bigint as rejected, sum(no_response)::bigint as no_response,
    sum(opportunities)::bigint as opportunities, sum(won)::bigint as won, sum(won_amount) as won_amount
from pairs
where not is_nobody_s and has_seller
group by marketer_user_id, seller_user_id
having sum(mqls) > 0
order by won_amount desc, mqls desc, id
""",
            _NO_PAIR,
            requires=_REQUIRES,
            absent=_ABSENT,
        ),
    ),
)

INTEGRATIONS = Card(
    "integrations",
    "Counted for the team, for nobody in person",
    "How many MQLs did no person of marketing hand over?",
    wide=False,
    follows=("period (its last month and the eleven before)", "marketer", "seller"),
    source=("rpt_pipeline_velocity", "dim_user"),
    views=(
        View(
            "integrations",
            "Integrations, and MQLs without a marketer, twelve months",
            columns(
                "id|user",
                "creator|created by",
                "what|what it is",
                "mqls|MQLs|count",
                "accepted|accepted|count",
                "acceptance_rate|share|share",
                "won_amount|won amount|money",
            ),
            _PAIRS
            + f"""
select
    marketer_user_id as id, coalesce(any_value(marketer_name), marketer_user_id) as creator,
    case when bool_or(is_integration) then 'integration' else 'no person named' end as what,
    sum(mqls)::bigint as mqls, sum(accepted)::bigint as accepted, {_RATE}, sum(won_amount) as won_amount
from pairs
where is_nobody_s
group by marketer_user_id
having sum(mqls) > 0
order by mqls desc, id
""",
            "Every MQL was handed over by a person.",
            requires=_REQUIRES,
            absent=_ABSENT,
        ),
    ),
)

OVERLAP = Card(
    "overlap",
    "Shared accounts",
    "Do marketer and seller look at the same accounts?",
    wide=False,
    follows=("period (its last month end)", "marketer", "seller"),
    source=("rpt_abm_pairs",),
    views=(
        View(
            "overlap",
            "Pairs that name an account together",
            columns(
                "id|pair",
                "marketer|marketer",
                "seller|seller",
                "shared_accounts|shared accounts|count",
                "overlap|overlap|share",
                "worked_together_accounts|worked by both|count",
                "marketing_only_accounts|marketing alone|count",
                "sales_only_accounts|sales alone|count",
                "won_amount|won in the month|money",
            ),
            """
select
    marketer_user_id || ' & ' || seller_user_id as id, coalesce(marketer_name, marketer_user_id) as marketer,
    coalesce(seller_name, seller_user_id) as seller, shared_accounts, overlap, worked_together_accounts,
    marketing_only_accounts, sales_only_accounts, won_amount
from marts.rpt_abm_pairs
where as_of_date = (select max(as_of_date) from marts.rpt_abm_pairs where as_of_date <= {end})
    and shared_accounts > 0
    and {marketer} in ('', marketer_user_id) and {seller} in ('', seller_user_id)
order by shared_accounts desc, overlap desc, id
""",
            "No account is named by a marketer and a seller: planning.portfolios holds no such pair.",
            note="Overlap is accounts in both portfolios ÷ accounts in either.",
        ),
    ),
)

SECTION = Section("three", "Pairs", (PAIRS, INTEGRATIONS, OVERLAP))
