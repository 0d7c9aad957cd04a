"""The digests of the last whole week and month: what goes out by mail, made of the same SQL as the page's cards.

What lives here: which views a digest has, and their tables as HTML and Markdown. What doesn't: figures (`cards/`).
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2

from dagster_project.review.cards import cards
from dagster_project.review.columnar import plain
from dagster_project.review.published import Published
from dagster_project.review.views import Column, View, substituted

# More rows than this nobody reads in a mail; the page has them all.
_MOST_ROWS = 12

# A digest's parts: a heading and the views under it. `spotlight` is written as the newsletter of deals.
WEEK = (
    ("Won revenue", ("number", "quarters", "pipeline")),
    ("Hand-over", ("handover_months", "reasons", "waiting")),
    ("Content", ("top_five", "published", "making", "feedback", "questions")),
    ("Targets", ("stake", "running_targets")),
    ("What the CRM forgot", ("forgotten_sum", "forgotten")),
    ("What changed", ("sealed_moved", "movers", "restated")),
)
MONTH = (
    ("Won revenue", ("number", "quarters", "retention", "churned", "pipeline", "books")),
    ("Hand-over", ("handover_period", "handover_sellers", "reasons", "waiting")),
    ("Pairs", ("pairs", "integrations")),
    ("Spotlight", ("spotlight",)),
    ("Content", ("top_five", "published", "making", "effect", "decide")),
    ("Channels", ("returns", "ripeness", "models")),
    ("Trust", ("stake", "targets", "metrics")),
    ("What the CRM forgot", ("forgotten_sum", "forgotten")),
    ("What changed", ("sealed_moved", "movers", "restated", "tables_changed")),
)


@dataclass(frozen=True)
class Digest:
    """A digest's name in its file, its title, its parts, and the filters that its SQL is asked with."""

    name: str
    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    filters: Mapping[str, str]


def digests(as_of: dt.date, ended: bool, model: str) -> tuple[Digest, Digest]:
    """The last week and month that were over on the day; `ended` says whether the day itself is."""
    last = as_of if ended else as_of - dt.timedelta(days=1)
    week_end = last - dt.timedelta(days=(last.weekday() + 1) % 7)
    week = week_end - dt.timedelta(days=6)
    following = (last + dt.timedelta(days=1)).replace(day=1)
    month = (following - dt.timedelta(days=1)).replace(day=1)
    return (
        Digest(
            "week",
            f"Week of {_day(week)}",
            WEEK,
            filters(week, week_end, week - dt.timedelta(days=7), as_of, model, in_month=week_end.replace(day=1)),
        ),
        Digest(
            "month",
            f"{month:%B %Y}",
            MONTH,
            filters(month, following - dt.timedelta(days=1), _months(month, -1), as_of, model, in_month=month),
        ),
    )


def filters(
    start: dt.date, end: dt.date, before: dt.date, as_of: dt.date, model: str, *, in_month: dt.date
) -> dict[str, str]:
    """The names in braces of the cards' SQL for a period and nothing else chosen, as the page's script has them."""
    quarter = in_month.replace(month=(end.month - 1) // 3 * 3 + 1)
    dates = {
        "start": start,
        "end": end,
        "before_start": before,
        "before_end": start - dt.timedelta(days=1),
        "month_start": in_month,
        "month_end": end.replace(day=1),
        "year_start": _months(end.replace(day=1), -11),
        "quarters_start": _months(quarter, -21),
        "as_of": as_of,
    }
    everything = dict.fromkeys(("type", "team", "marketer", "seller", "channel", "topic", "persona"), "")
    return {**{name: date.isoformat() for name, date in dates.items()}, **everything, "model": model}


def _months(day: dt.date, months: int) -> dt.date:
    count = day.year * 12 + day.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def write(
    published: Published, folder: Path, about: Mapping[str, Any], model: str, templates: jinja2.Environment
) -> None:
    """Write every digest as HTML and as Markdown."""
    as_of = dt.date.fromisoformat(about["as_of"])
    views = {view.name: view for card in cards() for view in card.views}
    for digest in digests(as_of, about["day_is_over"], model):
        parts = [
            (
                heading,
                [asked for name in names if (asked := _asked(published, views[name], digest.filters)).has_something],
            )
            for heading, names in digest.parts
        ]
        for kind, cell in (("html", _html_cell), ("md", _markdown_cell)):
            text = templates.get_template(f"digest.{kind}.j2").render(
                digest=digest, about=about, parts=parts, cell=cell, most=_MOST_ROWS, numeric=_NUMERIC, deals=_deals
            )
            (folder / f"digest-{digest.name}.{kind}").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class _Asked:
    """A view with its rows, or with what is said in their place."""

    view: View
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    instead: str

    @property
    def has_something(self) -> bool:
        return bool(self.rows or self.instead)


def _asked(published: Published, view: View, given: Mapping[str, str]) -> _Asked:
    columns = tuple(column for column in view.columns if column.name != "id")
    if missing := published.lacks(view.requires):
        absent = view.absent or f"Not in this published file: {', '.join(missing)}."
        return _Asked(view, columns, [], "" if view.form == "line" else absent)
    rows = published.records(substituted(view.sql, given))
    return _Asked(view, columns, rows, view.empty if not rows else "")


def _deals(asked: _Asked) -> list[list[dict[str, Any]]]:
    """The uses of the spotlight, deal by deal."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in asked.rows:
        found.setdefault(row["deal_rank"], []).append(row)
    return list(found.values())


_NUMERIC = {"days", "money", "cents", "count", "share", "decimal", "hours", "signed"}


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def written(value: Any, kind: str) -> str:
    """A value as people read it, as on the page."""
    if value is None or value == "":
        return "\u2013"
    if kind in _WRITERS:
        return _WRITERS[kind](value)
    return str(plain(value))


def _money(value: Decimal) -> str:
    size = abs(value)
    for least, unit, name, places in ((10**9, 10**9, " bn", 2), (10**6, 10**6, " M", 2), (10**4, 10**3, " k", 0)):
        if size >= least:
            return f"{value / unit:,.{places}f}{name}"
    return f"{value:,.2f}" if size else "0"


def _hours(value: Any) -> str:
    return f"{round(value / 24):,} days" if value >= 48 else f"{value:.1f} h"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "money": _money,
    "cents": lambda value: f"{value:,.2f}",
    "count": lambda value: f"{value:,}",
    "days": lambda value: f"{value:,} d",
    "share": lambda value: f"{value * 100:.{1 if value and abs(value) < 0.1 else 0}f} %",
    "decimal": lambda value: f"{round(float(value), 1):,g}",
    "hours": _hours,
    "signed": lambda value: f"+{value:,}" if value > 0 else f"{value:,}".replace("-", "\u2212"),
    "date": _day,
    "month": lambda value: f"{value:%b %Y}",
    "flag": lambda value: "yes" if value else "no",
    "word": lambda value: str(value).replace("_", " "),
}


def _html_cell(value: Any, kind: str) -> str:
    return html.escape(written(value, kind))


def _markdown_cell(value: Any, kind: str) -> str:
    """Text that Markdown takes for nothing but text, on one line."""
    text = " ".join(written(value, kind).split())
    return html.escape(re.sub(r"([\\`*_\[\]|~#])", r"\\\1", text), quote=False)
