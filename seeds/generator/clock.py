"""Time as integers: epoch seconds UTC, months as `YYYY-MM`, and how the exports spell them.

No function here asks for the current time.
"""

from __future__ import annotations

import calendar
import time
from random import Random

DAY = 86_400
HOUR = 3_600
MINUTE = 60


def month_names(first: str, count: int) -> list[str]:
    """`count` months from `first` on: 2024-01, 2024-02, …"""
    year, month = (int(part) for part in first.split("-"))
    numbers = range(year * 12 + month - 1, year * 12 + month - 1 + count)
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in numbers]


def month_start(first: str, later: int = 0) -> int:
    """The first second of the month `later` months after `first`."""
    year, month = (int(part) for part in first.split("-"))
    number = year * 12 + month - 1 + later
    return calendar.timegm((number // 12, number % 12 + 1, 1, 0, 0, 0))


def stamp(moment: int | None) -> str | None:
    """As Salesforce writes a moment: 2024-01-02T03:04:05.000+0000."""
    return None if moment is None else time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime(moment))


def day(moment: int | None) -> str | None:
    """The UTC date of a moment."""
    return None if moment is None else time.strftime("%Y-%m-%d", time.gmtime(moment))


def month_of(moment: int) -> str:
    """The UTC month of a moment."""
    return time.strftime("%Y-%m", time.gmtime(moment))


def at_work(rng: Random, moment: int) -> int:
    """A moment in working hours of the same day, or of the Friday before a weekend."""
    days = moment // DAY
    weekday = (days + 3) % 7
    days -= max(0, weekday - 4)
    return days * DAY + 8 * HOUR + int(rng.random() * 10 * HOUR)
