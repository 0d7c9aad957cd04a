"""Days of reports: a window as whole days, in stretches that an API gives in one answer.

What lives here: days. What doesn't: which day is due (pull.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from dagster_project.extract.declared import Window

# A network restates its numbers for about a month: conversions, invalid clicks, late costs.
RESTATED = timedelta(days=30)
# Three years and a month, which is what the networks keep.
FIRST_DAYS = 1125


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
