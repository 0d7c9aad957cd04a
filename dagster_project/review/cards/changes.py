"""Section 9: what earlier publications said, as far as it is kept."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

_RESTATED = (
    "rpt_restatements.publication_id",
    "rpt_restatements.figure",
    "rpt_restatements.cause",
    "rpt_restatements.previous_amount",
    "rpt_restatements.current_amount",
    "rpt_restatements.change_amount",
)

CHANGES = Card(
    "changes",
    "Since the last publication",
    "Does an earlier figure read otherwise today, and why?",
    source=("rpt_restatements", "audit.publications"),
    views=(
        View(
            "restated",
            "Figures that moved, by cause",
            columns(
                "id|figure and cause",
                "figure|figure|word",
                "cause|cause|word",
                "previous_amount|said before|decimal",
                "current_amount|says today|decimal",
                "change_amount|change|decimal",
            ),
            """
select
    figure || ' · ' || cause as id, figure, cause, sum(previous_amount) as previous_amount,
    sum(current_amount) as current_amount, sum(change_amount) as change_amount
from marts.rpt_restatements
where publication_id = (select max(publication_id) from marts.rpt_restatements)
group by all
order by id
""",
            "Nothing that was published before reads otherwise today.",
            requires=_RESTATED,
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
