"""Every deal's explanation: its touches in order, and under each model which of them got how many cents, and why.

What lives here: the files that the page loads when somebody asks about a deal. What doesn't: the reasons, which
explain_credit says. A file holds the deals of one shard, packed; `shards` says which deal is in which.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from dagster_project.review.published import Published

REQUIRED = ("explain_credit", "fct_touch_eligibility", "fct_touchpoints", "dim_content_asset", "fct_opportunities")

# A shard is read whole for one deal: of this many touches it is some 50 kB and read in no time.
_TOUCHES_PER_SHARD = 1_500

# Touches of all deals that are explained on the page, each with its credit under every model: some 10 MB. The newest
# deals come first; for older ones the page has the query to ask. More would let the folder grow beyond what can be
# sent around.
MOST_TOUCHES = 150_000

_CANDIDATES = """
create or replace temp table review_touches as
with credited as (
    select distinct opportunity_id, touchpoint_id from marts.fct_attribution where touchpoint_id is not null
),
pairs as (
    select opportunity_id, touchpoint_id from marts.fct_touch_eligibility where status = 'eligible'
    union
    select opportunity_id, touchpoint_id from credited
),
sizes as (
    select deals.opportunity_id, deals.is_closed, deals.close_date, count(pairs.touchpoint_id) as touches
    from marts.fct_opportunities as deals
    left join pairs on deals.opportunity_id = pairs.opportunity_id
    group by all
),
-- Open deals and the latest closed ones first.
placed as (
    select
        opportunity_id,
        sum(touches + 1) over (
            order by is_closed, close_date desc nulls last, opportunity_id rows unbounded preceding
        ) as place
    from sizes
),
chosen as (
    select opportunity_id, cast((place - 1) // {per_shard} as integer) as shard
    from placed
    where place <= {most}
)
select
    chosen.shard,
    chosen.opportunity_id,
    touches.touchpoint_id,
    cast(case when touches.touchpoint_id is not null then row_number() over (
        partition by chosen.opportunity_id order by touches.occurred_at, touches.touchpoint_id
    ) end as integer) - 1 as number,
    strftime(touches.occurred_at, '%Y-%m-%d %H:%M') as occurred_at,
    touches.person_id,
    touches.channel,
    touches.touch_type,
    assets.title,
    touches.source_system,
    touches.source_object,
    touches.source_record_id,
    touches.source_file
from chosen
left join pairs on chosen.opportunity_id = pairs.opportunity_id
left join marts.fct_touchpoints as touches on pairs.touchpoint_id = touches.touchpoint_id
left join marts.dim_content_asset as assets on touches.content_asset_id = assets.content_asset_id
"""

_CREDIT = """
create or replace temp table review_credit as
with chosen as (select distinct shard, opportunity_id from review_touches)
select
    chosen.shard,
    credit.opportunity_id,
    credit.model,
    coalesce(touches.number, -1) as number,
    coalesce(credit.positions, '') as positions,
    coalesce(credit.credit_status, '') as credit_status,
    coalesce(credit.rule, '') as rule,
    cast(credit.attributed_amount * 100 as bigint) as cents,
    cast(credit.rounding_amount * 100 as integer) as rounding
from marts.explain_credit as credit
join chosen on credit.opportunity_id = chosen.opportunity_id
left join review_touches as touches
    on credit.opportunity_id = touches.opportunity_id and credit.touchpoint_id = touches.touchpoint_id
"""

_REASONS = """
create or replace temp table review_reasons as
select cast(row_number() over (order by positions, credit_status, rule) as integer) - 1 as code, *
from (select distinct positions, credit_status, rule from review_credit)
order by code
"""

_LINES = """
select
    credit.shard,
    credit.opportunity_id,
    credit.model,
    string_agg(
        credit.number || ',' || reasons.code || ',' || credit.cents
            || case when credit.rounding <> 0 then ',' || credit.rounding else '' end,
        ';' order by credit.number, reasons.code, credit.cents
    ) as lines
from review_credit as credit
join review_reasons as reasons using (positions, credit_status, rule)
group by credit.shard, credit.opportunity_id, credit.model
order by credit.shard, credit.opportunity_id, credit.model
"""


def prepare(published: Published) -> None:
    """Choose the deals and number their touches; what follows reads these temporary tables."""
    for statement in (_CANDIDATES.format(per_shard=_TOUCHES_PER_SHARD, most=MOST_TOUCHES), _CREDIT, _REASONS):
        published.connection.execute(statement)


def shards_of_deals(published: Published) -> dict[str, int]:
    """The shard of every deal that is explained."""
    found = published.connection.execute("select distinct opportunity_id, shard from review_touches order by all")
    return dict(found.fetchall())


def reasons(published: Published) -> list[list[str]]:
    """Position, credit status and rule by the number that a line of credit has for them."""
    found = published.connection.execute(
        "select positions, credit_status, rule from review_reasons order by code"
    ).fetchall()
    return [list(row) for row in found]


def shards(published: Published, models: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every shard in order: its words, and per deal the touches and under each model the lines of credit.

    A touch is a list of the words' numbers; a line is touch, reason, cents and a cent of rounding if there is one.
    """
    place = {model: number for number, model in enumerate(models)}
    # Temporary tables are their connection's own, and it reads one result at a time.
    found_lines = groupby(published.connection.execute(_LINES).fetchall(), key=lambda row: row[0])
    found_touches = _streamed(
        published.connection.execute("select * from review_touches order by shard, opportunity_id, number")
    )
    next_lines = next(found_lines, None)
    for shard, rows in groupby(found_touches, key=lambda row: row[0]):
        words: dict[str, int] = {}
        people: dict[str, int] = {}
        deals: dict[str, dict[str, Any]] = {}

        def word(text: str | None, words: dict[str, int] = words) -> int | None:
            return None if text is None else words.setdefault(text, len(words))

        for _, opportunity, touch, _, at, person, channel, kind, title, system, source, record, file in rows:
            deal = deals.setdefault(opportunity, {"touches": [], "credit": [""] * len(models)})
            if touch is not None:
                who = None if person is None else people.setdefault(person, len(people))
                deal["touches"].append(
                    [at, who, word(channel), word(kind), word(title), word(system), word(source), record, word(file)]
                )
        if next_lines is not None and next_lines[0] == shard:
            for _, opportunity, model, text in next_lines[1]:
                deals[opportunity]["credit"][place[model]] = text
            next_lines = next(found_lines, None)
        yield shard, {"words": list(words), "deals": deals}


def _streamed(result: Any) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(20_000):
        yield from rows
