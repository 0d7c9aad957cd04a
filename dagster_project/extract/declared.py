"""What is said of a pulled source: its variables, its objects, and which stretch of time each asks for.

What lives here: the shape of a declaration. What doesn't: the declarations themselves (a module per source), and how
they are carried out (pull.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from dagster_project.extract.session import PoliteSession

if TYPE_CHECKING:
    # It takes a second to import, which only a pull should cost.
    from dlt.extract import DltResource


@dataclass(frozen=True)
class Variable:
    """A variable of the environment: `SOURCES__<SOURCE>__<NAME>`."""

    name: str
    meaning: str
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True)
class Window:
    """The stretch of time that a pull asks for; no beginning means everything."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True)
class Connection:
    """A source with its variables' values and the session that speaks to it."""

    source: str
    given: Mapping[str, str]
    session: PoliteSession
    base_url: str
    # What the API says of itself while it is pulled: `total`, and properties that are absent.
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PulledObject:
    """One kind of record: a folder of Parquet files in the source's landing folder.

    `records` asks for a window's records, `ids` for the keys of all that exist, with the timestamp of their creation.
    `overlap` is how far a pull reaches back behind the one before. `first_days` is how far the first one reaches, none
    for everything. `every_time` asks for everything each night.
    """

    name: str
    description: str
    key: tuple[str, ...]
    records: Callable[[Connection, Window], DltResource]
    overlap: timedelta = timedelta(hours=1)
    first_days: int | None = None
    every_time: bool = False
    ids: Callable[[Connection], Iterable[tuple[tuple[str, ...], datetime | None]]] | None = None
    # The source whose folder it lands in, where that isn't the pulled source itself.
    lands_in: str | None = None

    def folder(self, source: str) -> str:
        """The source's folder that the object lands in."""
        return self.lands_in or source


@dataclass(frozen=True)
class PulledSource:
    """A system that can be pulled. `connect` makes its connection from the variables' values."""

    name: str
    title: str
    variables: tuple[Variable, ...]
    connect: Callable[[Mapping[str, str]], Connection]
    objects: Callable[[Mapping[str, str]], tuple[PulledObject, ...]]
