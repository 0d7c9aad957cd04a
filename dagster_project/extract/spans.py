"""The networks' daily reports: what all of them land, and a window as whole days that an API gives in one answer.

What lives here: the object and its days. What doesn't: which day is due (pull.py), and how a network is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dagster_project.extract.declared import Connection, PulledObject, Window

if TYPE_CHECKING:
    from dlt.extract import DltResource

# A network restates its numbers for about a month: conversions, invalid clicks, late costs.
RESTATED = timedelta(days=30)
# Three years and a month, which is what the networks keep.
FIRST_DAYS = 1125


def daily_spend(
    key: tuple[str, ...], records: Callable[[Connection, Window], DltResource], first_days: int = FIRST_DAYS
) -> tuple[PulledObject, ...]:
    """A network's one object: its daily report, whose key goes by the network's own names."""
    description = "Cost, impressions and clicks per day, account and campaign."
    return (PulledObject("daily_spend", description, key, records, overlap=RESTATED, first_days=first_days),)


def spans(window: Window, days: int) -> Iterator[tuple[date, date]]:
    """First and last day of each stretch; the window's own days are whole, today is not yet asked for.

    A day ends at another hour in each account's timezone: what is asked for too early is restated the next night.
    """
    assert window.since is not None
    first, last = window.since.date(), window.until.date() - timedelta(days=1)
    while first <= last:
        end = min(first + timedelta(days=days - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def listed(text: str) -> list[str]:
    """`123, 456` as a list."""
    return text.replace(",", " ").split()
