"""Section 9: what earlier publications said, as far as it is kept."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

# The publication that the page is of. One in which nothing moved has no rows of its own.
LATEST = "publication_id = (select publication_id from marts.dim_publication where is_latest)"

_MOST_MOVERS = 10

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
    case figure
        when 'won_revenue' then 'Won revenue'
        when 'originated' then 'Revenue originated by ' || member
        when 'credited' then 'Credit of ' || member
        when 'pipeline' then 'Pipeline created'
        else 'Spend on ' || member
    end || ' in ' || case when report_month_name = 'unknown' then 'an unknown month' else report_month_name end || ': '
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

CHANGES = Card(
    "changes",
    "Since the last publication",
    "Does an earlier figure read otherwise today, and why?",
    source=("fct_restatements", "audit.publications"),
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
