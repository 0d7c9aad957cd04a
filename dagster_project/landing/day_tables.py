"""Names of tables that hold a day each: `events_20260131`, `events_intraday_20260131`, in one file or in several.

What lives here: what a file's name says of the day and of the delivery that it is a part of. What doesn't: which
delivery of a day holds (days.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dagster_project.landing.catalog import LandingObject, Source

# What tools that write a table into several files number them by: `-000000000012`, `_0003`, `-part-7`, `2_of_5`. Eight
# digits are a date: that of another delivery.
_NUMBER = r"[-_. ]*(?:\d{12}|\d{1,6}|part[-_ ]?\d+.*|\d+[-_ ]?of[-_ ]?\d+)"
_NUMBERED = re.compile(_NUMBER, re.IGNORECASE)
# Of a file that isn't named for a day, fewer digits may be anything.
_UNDATED_NUMBER = re.compile(r"[-_. ]*(?:(?<!\d)\d{12}|part[-_ ]?\d+.*|\d+[-_ ]?of[-_ ]?\d+)$", re.IGNORECASE)


@dataclass(frozen=True)
class DayTable:
    """What a file is a part of: `delivery` is equal for all parts. `day` is blank where no name says it."""

    delivery: str
    day: str
    is_final: bool
    is_part: bool


def object_of(source: Source, name: str) -> LandingObject | None:
    """The object whose table of a day has that name."""
    for landing_object in source.objects:
        if landing_object.day_tables and _pattern(landing_object).fullmatch(name):
            return landing_object
    return None


def table_of(landing_object: LandingObject, name: str) -> DayTable:
    """What a file of the object is a part of; `name` is its path relative to the landing folder, with its extension."""
    *folders, file = name.split("/")
    # Every format's extension begins with the last dot but that of gzip.
    stem = re.sub(r"\.(csv|parquet|jsonl)(\.gz)?$", "", file, flags=re.IGNORECASE)
    for depth, piece in enumerate([*folders[1:], stem], start=1):
        if found := _pattern(landing_object).fullmatch(piece):
            rest = found["rest"]
            is_number = _NUMBERED.fullmatch(rest) is not None
            table = piece[: len(piece) - len(rest)] if is_number else piece
            is_part = depth < len(folders) or is_number
            place = "/".join(folders[:depth]) if depth < len(folders) else "/".join(folders)
            return DayTable(f"{place}/{table}", found["day"], found["intraday"] is None, is_part)
    bare = _UNDATED_NUMBER.sub("", stem)
    return DayTable(f"{'/'.join(folders)}/{bare}", "", "intraday" not in stem.lower(), bare != stem)


def _pattern(landing_object: LandingObject) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in (landing_object.name, *landing_object.aliases))
    return re.compile(rf"(?:{names})[-_]?(?P<intraday>intraday[-_]?)?(?P<day>\d{{8}})(?P<rest>(?!\d).*)", re.IGNORECASE)
