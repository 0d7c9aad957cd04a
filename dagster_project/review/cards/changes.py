"""Section 9: what earlier publications said, as far as it is kept."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

# The publication that the page is of. One in which nothing moved has no rows of its own.
LATEST = "publication_id = (select publication_id from marts.dim_publication where is_latest)"

_MOST_MOVERS = 10

# A figure and its member in words.
_FIGURE = """case figure
        when 'won_revenue' then 'Won revenue'
        when 'originated' then 'Revenue originated by ' || member
        when 'credited' then 'Credit of ' || member
        when 'pipeline' then 'Pipeline created'
        when 'mqls' then 'MQLs'
        else 'Spend on ' || member
    end"""

MOVERS_NEEDS = ("fct_restatements", "dim_publication", "fct_opportunities", "dim_campaign")

# The largest changes of amounts, one sentence each.
MOVERS = f"""
with changes as (
    select
        moved.*,
        row_number() over (
            order by abs(moved.change_amount) desc, moved.figure, moved.report_month_name, moved.member, moved.cause,
                moved.subject_type, moved.subject_id
        ) as place,
        deals.opportunity_id,
        coalesce(deals.opportunity_name, campaigns.campaign_name, moved.subject_id) as subject
    from marts.fct_restatements as moved
    left join marts.fct_opportunities as deals
        on moved.subject_type = 'opportunity' and moved.subject_id = deals.opportunity_id
    left join marts.dim_campaign as campaigns
        on
            moved.subject_type = 'campaign'
            and moved.subject_id = campaigns.source_system || '|' || campaigns.campaign_id
    where {LATEST} and moved.figure <> 'mqls'
)
select
    place,
    {_FIGURE}
    || ' in ' || case when report_month_name = 'unknown' then 'an unknown month' else report_month_name end || ': '
    || case cause
        when 'new_deal' then subject || ' is new'
        when 'deal_changed' then 'the CRM says something else of ' || subject
        when 'deletion' then subject || ' was deleted'
        when 'late_data' then 'data of ' || subject || ' came later'
        when 'identity' then 'people of ' || subject || ' are known otherwise'
        when 'originator' then subject || ' has an earlier originator'
        when 'configuration' then 'a reference table decides otherwise on ' || subject
        when 'currency' then subject || ' has another exchange rate'
        else 'the rules for ' || subject || ' are another version'
    end || '.' as said,
    change_amount,
    opportunity_id
from changes
where place <= {_MOST_MOVERS}
order by place
"""

RESTATED_NEEDS = ("fct_restatements", "dim_publication")

# What each cause moved of each figure.
RESTATED = f"""
select
    figure || ' · ' || cause as id, figure, cause, count(distinct report_month_name) as months,
    count(distinct subject_type || subject_id) as subjects, sum(change_amount) as change_amount
from marts.fct_restatements
where {LATEST}
group by all
order by id
"""

SEALED_NEEDS = ("rpt_sealed_months",)

_CAUSES = {
    "new_deal": "new opportunities",
    "deal_changed": "the CRM says something else",
    "deletion": "deleted records",
    "late_data": "data that came later",
    "identity": "people who are known otherwise",
    "originator": "an earlier originator",
    "configuration": "an edited reference table",
    "currency": "other exchange rates",
    "definition": "another version of the rules",
}


def _signed(amount: str) -> str:
    return f"if({amount} > 0, '+', '') || format('{{:,.2f}}', cast({amount} as double))"


_CAUSES_TOLD = ",\n        ".join(
    f"case when {cause}_amount <> 0 then '{words} ' || {_signed(f'{cause}_amount')} end"
    for cause, words in _CAUSES.items()
)

# Every figure of a sealed month that isn't what was sealed.
SEALED = f"""
select
    month_name || ' · ' || figure || ' · ' || member as id, month, {_FIGURE} as figure_name, sealed_amount,
    current_amount, change_amount,
    concat_ws(
        ', ',
        {_CAUSES_TOLD}
    ) as causes,
    row_number() over (
        order by
            month desc,
            list_position(['won_revenue', 'originated', 'credited', 'pipeline', 'mqls', 'spend'], figure),
            member
    ) as place
from marts.rpt_sealed_months
where change_amount <> 0
order by place
"""

_SEALED_MONTHS = """
with months as (
    select
        month, bool_or(change_amount <> 0) as has_moved, count(*) filter (where change_amount = 0) as standing_figures,
        coalesce(sum(change_amount) filter (where figure = 'won_revenue'), 0) as won_change_amount
    from marts.rpt_sealed_months
    group by month
)"""

SEALED_MOVED = f"""{_SEALED_MONTHS}
select
    'Of ' || count(*) || ' sealed month' || case when count(*) = 1 then ' ' else 's ' end
    || count(*) filter (where has_moved)
    || case
        when count(*) filter (where has_moved) = 1 then ' reads otherwise than it was sealed ('
        else ' read otherwise than they were sealed ('
    end
    || case
        when bool_and(won_change_amount = 0) then 'won revenue stands).'
        else 'won revenue ' || {_signed("sum(won_change_amount)")} || ' in all).'
    end as said
from months
having bool_or(has_moved)
"""

SEALED_STANDING = f"""{_SEALED_MONTHS},
standing as (
    select
        count(*) filter (where not has_moved) as months,
        coalesce(sum(standing_figures) filter (where has_moved), 0) as figures
    from months
)
select
    concat_ws(
        ' and ',
        case when months > 0 then months || case when months = 1 then ' sealed month' else ' sealed months' end end,
        case when figures > 0 then figures || case when figures = 1 then ' other figure' else ' other figures' end end
    ) || case when months + figures = 1 then ' stands as it was sealed.' else ' stand as they were sealed.' end as said
from standing
where months + figures > 0
"""

CHANGES = Card(
    "changes",
    "Since the last publication",
    "Does an earlier figure read otherwise today, and why?",
    source=("fct_restatements", "rpt_sealed_months", "audit.publications"),
    views=(
        View(
            "movers",
            "What moved most",
            columns("place|place|count", "said|what", "change_amount|change|cents"),
            MOVERS,
            "No amount that was published before reads otherwise today.",
            requires=MOVERS_NEEDS,
            absent="What moved isn't told yet.",
        ),
        View(
            "restated",
            "Figures that moved, by cause",
            columns(
                "id|figure and cause",
                "figure|figure|word",
                "cause|cause|word",
                "months|months|count",
                "subjects|opportunities, people or campaigns|count",
                "change_amount|change|cents",
            ),
            RESTATED,
            "Nothing that was published before reads otherwise today.",
            requires=RESTATED_NEEDS,
            absent="The bridge from the last publication's figures to today's isn't there yet: earlier totals aren't "
            "kept. What is kept of each publication is below: the tables, their rows, and whether anything in them "
            "changed.",
        ),
        View(
            "sealed_moved",
            "Sealed months that moved, in one line",
            columns("said|said"),
            SEALED_MOVED,
            "",
            form="line",
            requires=SEALED_NEEDS,
        ),
        View(
            "sealed",
            "Sealed months that read otherwise today",
            columns(
                "id|month and figure",
                "month|month|month",
                "figure_name|figure",
                "sealed_amount|sealed|cents",
                "current_amount|now|cents",
                "change_amount|difference|cents",
                "causes|causes",
            ),
            SEALED,
            "",
            requires=SEALED_NEEDS,
            absent="What sealed months said isn't in this published file.",
        ),
        View(
            "sealed_standing",
            "Sealed months that stand, in one line",
            columns("said|said"),
            SEALED_STANDING,
            "",
            form="line",
            requires=SEALED_NEEDS,
        ),
        View(
            "tables_changed",
            "Tables whose rows are others than in the publication before",
            columns(
                "table_name|table",
                "rows_before|rows before|count",
                "rows_now|rows today|count",
                "more|more or less|signed",
            ),
            """
with numbers as (
    select distinct publication_number from audit.publications order by publication_number desc limit 2
),
now_and_then as (
    select publications.*, publications.publication_number = max(numbers.publication_number) over () as is_now
    from audit.publications as publications
    join numbers using (publication_number)
)
select
    now.table_name, former.row_count as rows_before, now.row_count as rows_now,
    now.row_count - former.row_count as more
from now_and_then as now
join now_and_then as former on now.table_name = former.table_name and not former.is_now
where now.is_now and now.content_hash <> former.content_hash and now.table_name like 'marts.%'
order by now.table_name
""",
            "This is the first publication, or every table is row for row as it was in the one before.",
        ),
    ),
)

SECTION = Section("nine", "What changed", (CHANGES,))
