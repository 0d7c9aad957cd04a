"""Section 5: what the money brought, as far as it is known yet, and how far the answer depends on the model."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

_SUMS = """
    sum(cost) as cost, sum(mqls) as mqls, sum(opportunities) as opportunities, sum(customers) as customers,
    sum(won_amount) as won_amount, sum(open_amount) as open_amount,
    case when sum(cost) > 0 and sum(customers) >= 0.1 then sum(cost) / sum(customers) end as cac,
    case when sum(cost) > 0 then sum(won_amount) / sum(cost) end as roas"""

_COLUMNS = columns(
    "cost|spent|money",
    "mqls|MQLs|decimal",
    "opportunities|deals|decimal",
    "customers|new customers|decimal",
    "won_amount|won|money",
    "open_amount|still open|money",
    "cac|spent per new customer|decimal",
    "roas|won per unit spent|decimal",
)
_FILTERED = "model = {model} and {channel} in ('', channel)"
_NO_SPEND = (
    "Neither spend nor credit lies in these months. Spend comes from daily_spend of the ad platforms, from campaigns "
    "of the CRM and from planning.brand_activities."
)

RETURNS = Card(
    "returns",
    "Money out, customers in",
    "What did the money of the period bring, whenever it came?",
    follows=("period (whole months)", "channel", "model"),
    source=("rpt_channel_roi",),
    views=(
        View(
            "returns",
            "By channel",
            (*columns("channel|channel|word"), *_COLUMNS),
            f"""
select channel, {_SUMS}
from marts.rpt_channel_roi
where month between {{month_start}} and {{month_end}} and {_FILTERED}
group by channel
order by cost desc, won_amount desc, channel
""",
            _NO_SPEND,
            requires=("rpt_channel_roi.ripeness",),
            absent="Returns by channel need rpt_channel_roi as of the newest version.",
            note="What the touches of these months brought, by the model's credit, so that counts have decimals. Spend "
            "is marketing's alone, no salaries. Spent per customer needs a tenth of a customer.",
        ),
    ),
)

RIPENESS = Card(
    "ripeness",
    "Ripe and unripe months",
    "Which months can be judged already?",
    follows=("period (its last month and the eleven before)", "channel", "model"),
    source=("rpt_channel_roi",),
    views=(
        View(
            "ripeness",
            "By month of the money",
            columns(
                "month|month|month",
                "ripe|state",
                "usual|usually in by now|share",
                "cost|spent|money",
                "customers|new customers|decimal",
                "won_amount|won|money",
                "open_amount|still open|money",
                "cac|per new customer|decimal",
            ),
            f"""
select
    month,
    case when bool_and(is_ripe) then 'ripe' when bool_or(is_ripe is null) then 'not known' else 'unripe' end as ripe,
    max(ripeness) as usual,
    sum(cost) as cost, sum(customers) as customers, sum(won_amount) as won_amount, sum(open_amount) as open_amount,
    case when sum(cost) > 0 and sum(customers) >= 0.1 then sum(cost) / sum(customers) end as cac
from marts.rpt_channel_roi
where month between {{year_start}} and {{month_end}} and {_FILTERED}
group by month
order by month
""",
            _NO_SPEND,
            note="Ripe: nine of ten new customers were won within the time that the month's touches have had. An "
            "unripe month's cost per customer still falls. Usually in by now: the share of won revenue that had come "
            "at that age in earlier months.",
            requires=("rpt_channel_roi.ripeness",),
            absent="How ripe a month is isn't in this published file.",
        ),
    ),
)

MODELS = Card(
    "models",
    "Does it depend on the model?",
    "How far are the models apart on a channel?",
    follows=("channel", "model"),
    source=("rpt_model_comparison",),
    views=(
        View(
            "models",
            "Won revenue credited, all time",
            columns(
                "channel|channel|word",
                "won_amount|this model|money",
                "won_share|share|share",
                "min_won_amount|least of any model|money",
                "max_won_amount|most of any model|money",
                "spread_amount|apart|money",
                "best_rank|best place|count",
                "worst_rank|worst place|count",
            ),
            f"""
select
    channel, won_amount, won_share, min_won_amount, max_won_amount, spread_amount, best_rank, worst_rank
from marts.rpt_model_comparison
where {_FILTERED}
order by max_won_amount desc, channel
""",
            "No model has anything to credit: no deal is won, or no model is enabled.",
        ),
    ),
)

LAG = Card(
    "lag",
    "How late it comes",
    "What would a short look back hide?",
    follows=("channel",),
    source=("rpt_channel_time_lag",),
    views=(
        View(
            "lag",
            "Won revenue by first touch, all time",
            columns(
                "channel|channel|word",
                "deals_won|deals won|count",
                "won_amount|won|money",
                "median_days_to_close|median days|decimal",
                "won_amount_within_90_days|seen in 90 days|money",
                "hidden_at_90_days|hidden by 90 days|money",
            ),
            """
select
    member as channel, deals_won, won_amount, median_days_to_close, won_amount_within_90_days, hidden_at_90_days
from marts.rpt_channel_time_lag
where breakdown = 'channel' and {channel} in ('', member)
order by won_amount desc, channel
""",
            "No deal is won yet.",
            note="Hidden: what the channel began and a look back of 90 days before the close gives to a later one. "
            "Negative where the short look flatters.",
        ),
    ),
)

SECTION = Section("five", "Channels", (RETURNS, RIPENESS, MODELS, LAG))
