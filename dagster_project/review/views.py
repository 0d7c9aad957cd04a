"""What a card of the review page is: a question, its tables, and the plain SQL that each of its figures equals.

What lives here: the form of cards, which stand in `cards/`. What doesn't: the page's script, which works the same
figures out of the embedded data whenever a filter moves (`static/review.js`). A test walks all cards and compares the
two. The page shows the SQL with the filters of the moment filled in, so that anybody can ask the published file the
same.

A name in braces is a filter or a date: `{seller}` is a user id, or '' for everybody. `substituted` fills them in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """A column of a view: `kind` says how its values are written, `text` what it is called."""

    name: str
    text: str
    kind: str = "text"


@dataclass(frozen=True)
class View:
    """A table of a card. `form` is how it is drawn: `numbers` (one row of big figures), `table`, `heat` or `line`.

    A row's key is its column `id` where there is one, else its first column. `requires` names tables, or columns as
    `table.column`, that a published file of an earlier version may lack; `absent` says what the reader misses then.
    `empty` says why no row may be there; a view that says nothing is left out without one, as is a `line` (a sentence
    without a heading) that the file can't give.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    sql: str
    empty: str
    form: str = "table"
    requires: tuple[str, ...] = ()
    absent: str = ""
    note: str = ""


@dataclass(frozen=True)
class Card:
    """A card: `follows` names the filters that move it.

    A wide one fills a row; `beside` puts two of its views next to one another.
    """

    name: str
    title: str
    question: str
    views: tuple[View, ...]
    follows: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    wide: bool = True
    beside: bool = False


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    cards: tuple[Card, ...] = field(default=())


def columns(*given: str) -> tuple[Column, ...]:
    """Columns written as `name|text|kind`."""
    return tuple(Column(*text.split("|")) for text in given)


def literal(value: object) -> str:
    """A text or date as SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def substituted(sql: str, filters: Mapping[str, object]) -> str:
    """The SQL with every name in braces as a literal."""
    return re.sub(r"\{(\w+)\}", lambda found: literal(filters[found.group(1)]), sql).strip()


# Whom revenue counts for, as in rpt_revenue_scorecard: what isn't marketing's, sales' or a partner's is unknown.
TEAM = "case when originator_team in ('marketing', 'sales', 'partner') then originator_team else 'unknown' end"

_TOUCHED = """opportunity_id in (
            select eligibility.opportunity_id
            from marts.fct_touch_eligibility as eligibility
            join marts.fct_touchpoints as touches using (touchpoint_id)
            {join}where eligibility.status = 'eligible' and {condition}
        )"""
_WITH_ASSET = (
    "join marts.dim_content_asset as assets on touches.content_asset_id = assets.content_asset_id\n            "
)


def _touched(condition: str, join: str = "") -> str:
    return _TOUCHED.replace("{join}", join).replace("{condition}", condition)


# The opportunities that the filters leave; `team` is the creator's.
DEALS = f"""
with deals as (
    select *, {TEAM} as team, coalesce(originator_user_id, '') as marketer, coalesce(owner_user_id, '') as seller
    from marts.fct_opportunities
    where {{type}} in ('', opportunity_type)
        and {{team}} in ('', {TEAM})
        and {{marketer}} in ('', coalesce(originator_user_id, ''))
        and {{seller}} in ('', coalesce(owner_user_id, ''))
        and ({{channel}} = '' or {_touched("touches.channel = {channel}")})
        and ({{topic}} = '' or {_touched("assets.topic = {topic}", _WITH_ASSET)})
        and ({{persona}} = '' or {_touched("assets.persona = {persona}", _WITH_ASSET)})
)"""

DEAL_FILTERS = ("deal type", "team", "marketer", "seller", "channel", "topic", "persona")


def company_date(timestamp: str) -> str:
    """SQL for the company's date of a UTC timestamp."""
    return f"cast(timezone((select timezone from reference.run_context), timezone('UTC', {timestamp})) as date)"
