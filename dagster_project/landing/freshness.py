"""Freshness: an object that used to arrive and stopped is seen, by the rhythm of its own deliveries.

What lives here: the usual interval between an object's deliveries, and when nothing new is overdue. What doesn't: which
file counts as delivered (audit.py), and the check that shows it (assets.py). The only clock is the load's timestamp.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import median

import duckdb

from dagster_project.landing.catalog import LandingObject

# Three gaps between four deliveries are the fewest of which the middle one is not an extreme.
FEWEST_DELIVERIES = 4

# What is delivered on working days is two days late each Monday morning; three intervals are a weekend and one day.
INTERVALS_UNTIL_OVERDUE = 3

# A rhythm may change, so only the latest deliveries tell it.
LATEST_DELIVERIES = 13

# `2024-03-09`, `2024_03_09`, `20240309`; more digits around it are a number and not a date.
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Delivery:
    """One file that came, and the night that read it."""

    file: str
    loaded_at: datetime


def overdue(
    landing_object: LandingObject,
    deliveries: Sequence[Delivery],
    present: Collection[str],
    is_folder_kept: bool,
    moment: datetime,
) -> str | None:
    """One line when the object stopped arriving, else None. `present` are the names of its files in the folder now.

    `is_folder_kept` means that files of earlier nights stay in the landing folder: where they do, an object without a
    file has vanished; where loaded files are cleared away, only the rhythm tells.
    """
    if not deliveries:
        return None
    last = max(deliveries, key=lambda delivery: (delivery.loaded_at, delivery.file))
    days = (moment.date() - last.loaded_at.date()).days
    interval = usual_interval(deliveries)
    is_late = interval is not None and days > INTERVALS_UNTIL_OVERDUE * interval
    is_gone = not present and is_folder_kept
    if not (is_late or is_gone):
        return None
    what = "its files are gone from the landing folder" if is_gone else "nothing new arrived"
    if interval is None:
        usual = "too few deliveries to know its usual interval"
    else:
        usual = f"usually every {_days(interval)}, expected within {_days(INTERVALS_UNTIL_OVERDUE * interval)}"
    mend = (
        f"put {last.file} or a newer export back"
        if is_gone
        else "look whether its export still runs and deliver what is missing"
    )
    return (
        f"{landing_object.label}: {what}; last delivery {last.file} on {last.loaded_at:%Y-%m-%d}, {_days(days)} ago; "
        f"{usual}; {mend}; until then the numbers stand on what was delivered before"
    )


def usual_interval(deliveries: Sequence[Delivery]) -> float | None:
    """The median days between deliveries; None while there are too few to tell.

    A history that was loaded in one night has one day of delivery; there the dates in the files' names tell the rhythm.
    """
    nights = {delivery.loaded_at.date() for delivery in deliveries}
    for days in (nights, {day for delivery in deliveries if (day := _day_in_name(delivery.file))}):
        if len(days) >= FEWEST_DELIVERIES:
            latest = sorted(days)[-LATEST_DELIVERIES:]
            return float(median((later - earlier).days for earlier, later in pairwise(latest)))
    return None


def deliveries(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[Delivery]]:
    """Everything that ever came, by source and object, oldest first."""
    came: dict[tuple[str, str], list[Delivery]] = {}
    for source, name, file, loaded_at in connection.execute(
        "select source_system, object, file, loaded_at from audit.deliveries order by loaded_at, file"
    ).fetchall():
        came.setdefault((source, name), []).append(Delivery(file, loaded_at))
    return came


def is_folder_kept(connection: duckdb.DuckDBPyConnection, present: Collection[str], moment: datetime) -> bool:
    """Whether the landing folder still holds a file that an earlier night loaded."""
    earlier = connection.execute("select distinct file from audit.deliveries where loaded_at < ?", [moment]).fetchall()
    return not {name for (name,) in earlier}.isdisjoint(present)


def _day_in_name(name: str) -> date | None:
    match = _DAY_IN_NAME.search(name.rpartition("/")[2])
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def _days(number: float) -> str:
    return "1 day" if number == 1 else f"{number:g} days"
