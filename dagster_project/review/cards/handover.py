"""Section 2: which MQLs sales took up, which not and why, how fast, and who waits now."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

_PAIRS = """
with pairs as (
    select * from marts.rpt_pipeline_velocity
    where {marketer} in ('', marketer_user_id) and {seller} in ('', seller_user_id)
)"""

_HANDOVER = columns(
    "mqls|MQLs|count",
    "accepted|accepted|count",
    "rejected|refused|count",
    "returned|given back|count",
    "no_response|never answered|count",
    "answered|answered, undecided|count",
    "pending|still in time|count",
    "acceptance_rate|accepted of decided or overdue|share",
)
_HANDOVER_SUMS = """
    sum(mqls)::bigint as mqls, sum(accepted)::bigint as accepted, sum(rejected)::bigint as rejected,
    sum(returned)::bigint as returned, sum(no_response)::bigint as no_response, sum(answered)::bigint as answered,
    sum(pending)::bigint as pending,
    sum(accepted) / nullif(sum(accepted) + sum(rejected) + sum(no_response), 0) as acceptance_rate"""
_NO_MQL = "No MQL was handed over in this time. They come from the lead history of the CRM and lifecycle_statuses.csv."

HANDOVER = Card(
    "handover",
    "Accepted, refused, unanswered",
    "What became of the MQLs that marketing handed over?",
    follows=("period", "marketer", "seller"),
    source=("rpt_pipeline_velocity", "rpt_pipeline_velocity_total"),
    views=(
        View(
            "handover_period",
            "Handed over in the period",
            (*_HANDOVER, *columns("late_share|of answers too late|share")),
            _PAIRS
            + f"""
select {_HANDOVER_SUMS},
    sum(late_responses) / nullif(sum(responses), 0) as late_share
from pairs
where cohort_month between {{month_start}} and {{month_end}}
having sum(mqls) > 0
""",
            _NO_MQL,
            form="numbers",
            note="By the month in which a person first became an MQL; a week counts with its month.",
        ),
        View(
            "handover_months",
            "Per month",
            (*columns("month|month|month"), *_HANDOVER, *columns("late_share|of answers too late|share")),
            _PAIRS
            + f"""
select cohort_month as month, {_HANDOVER_SUMS},
    sum(late_responses) / nullif(sum(responses), 0) as late_share
from pairs
where cohort_month between {{year_start}} and {{month_end}}
group by all
order by month
""",
            _NO_MQL,
        ),
    ),
)

SPEED = Card(
    "speed",
    "How fast",
    "How long does an MQL wait for its first answer?",
    follows=("period",),
    source=("rpt_pipeline_velocity_total",),
    views=(
        View(
            "response_months",
            "Hours to the first answer, per month",
            columns("month|month|month", "median_hours_to_response|median hours|decimal", "responses|answers|count"),
            """
select cohort_month as month, median_hours_to_response, responses
from marts.rpt_pipeline_velocity_total
where cohort_month between {year_start} and {month_end}
order by month
""",
            _NO_MQL,
            note="Medians can't be added up, so these are of all pairs, whatever is filtered.",
        ),
    ),
)


def _handover_of(role: str, title: str) -> View:
    """The hand-over of each marketer, or of each seller."""
    return View(
        f"handover_{role}s",
        title,
        (*columns("id|user", f"{role}|{role}"), *_HANDOVER),
        _PAIRS
        + f"""
select {role}_user_id as id, coalesce(any_value({role}_name), {role}_user_id) as {role}, {_HANDOVER_SUMS}
from pairs
where cohort_month between {{month_start}} and {{month_end}}
group by {role}_user_id
having sum(mqls) > 0
order by mqls desc, id
""",
        _NO_MQL,
    )


PEOPLE = Card(
    "handover_people",
    "By colleague",
    "With whom are MQLs taken up, and with whom do they lie?",
    beside=True,
    follows=("period", "marketer", "seller"),
    source=("rpt_pipeline_velocity",),
    views=(
        _handover_of("seller", "Per seller"),
        _handover_of("marketer", "Per marketer"),
    ),
)

_REFUSED = columns(
    "rejected_mqls|refused MQLs|count",
    "later_opportunities|became a deal later|count",
    "later_won_amount|won later|money",
)
_REFUSED_SUMS = """
    sum(rejected_mqls)::bigint as rejected_mqls, sum(later_opportunities)::bigint as later_opportunities,
    sum(later_won_amount) as later_won_amount"""


def _refused_by(name: str, title: str, key: str, shown: str) -> View:
    """Refusals of the period by a column of rpt_rejections_by_seller."""
    return View(
        f"reasons_{name}",
        title,
        (*columns("id|key", f"{name}|{name}"), *_REFUSED),
        f"""
select coalesce({key}, '(none)') as id, coalesce(any_value({shown}), {key}, '(none)') as {name}, {_REFUSED_SUMS}
from marts.rpt_rejections_by_seller
where month between {{month_start}} and {{month_end}}
    and {{marketer}} in ('', marketer_user_id) and {{seller}} in ('', seller_user_id)
group by {key}
order by rejected_mqls desc, id
""",
        "No MQL was refused in this time.",
        requires=("rpt_rejections_by_seller",),
        absent=f"Refusals by {name} aren't in this published file: rpt_rejections has month and reason only.",
    )


REASONS = Card(
    "reasons",
    "Why sales refused",
    "Which reasons were given, by whom, and were they right?",
    beside=True,
    follows=("period", "marketer", "seller"),
    source=("rpt_rejections", "rpt_rejections_by_seller"),
    views=(
        View(
            "reasons",
            "Reasons, by the month of the refusal",
            (*columns("id|reason and class", "reason|reason", "reason_class|class|word"), *_REFUSED),
            f"""
select reason || ' · ' || reason_class as id, reason, reason_class, {_REFUSED_SUMS}
from marts.rpt_rejections
where month between {{month_start}} and {{month_end}}
group by all
order by rejected_mqls desc, id
""",
            "No MQL was refused in this time.",
            note="Of everybody: the first table follows the period alone.",
        ),
        _refused_by("seller", "By seller", "seller_user_id", "seller_name"),
        _refused_by("marketer", "By marketer", "marketer_user_id", "marketer_name"),
        _refused_by("source", "By source", "source", "source"),
        _refused_by("campaign", "By campaign", "campaign", "campaign"),
    ),
)

WAITING = Card(
    "waiting",
    "Who waits now",
    "Which MQLs has nobody answered yet?",
    follows=("marketer", "seller"),
    source=("rpt_waiting_mqls",),
    views=(
        View(
            "waiting",
            "MQLs without an answer, the longest wait first",
            columns(
                "id|person",
                "account|company",
                "hours_waiting|hours waiting|hours",
                "is_overdue|too late|flag",
                "due_on|due|date",
                "seller|seller",
                "marketer|marketer",
                "source|source",
                "campaign|campaign",
                "lead|record",
            ),
            """
select
    person_id as id, coalesce(account_name, 'no company known') as account, hours_waiting, is_overdue,
    cast(due_at as date) as due_on, seller_name as seller, marketer_name as marketer, source, campaign,
    lead_id as lead
from marts.rpt_waiting_mqls
where {marketer} in ('', coalesce(marketer_user_id, '')) and {seller} in ('', coalesce(seller_user_id, ''))
order by hours_waiting desc nulls last, id
""",
            "Nobody waits: every MQL has an answer.",
            requires=("rpt_waiting_mqls",),
            absent="The list of waiting MQLs isn't in this published file; how many there are stands above, under "
            "“never answered” and “still in time”.",
            note="Persons have no name in the published file: the record is the one to open in the CRM.",
        ),
    ),
)

SECTION = Section("two", "Hand-over", (HANDOVER, SPEED, PEOPLE, REASONS, WAITING))
