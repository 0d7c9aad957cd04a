"""Which columns of the catalog a file's own columns are: by name, by alias, without a loader's prefix, by path.

What lives here: the order in which those count. What doesn't: reading headers (text_files.py), values (casting.py), and
the steps of a path (paths.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.landing.catalog import Column, LandingObject, flat, loose


@dataclass(frozen=True)
class Match:
    """A file's column that means a catalogued one; `rank` is lower for the better of two."""

    column: Column
    rank: tuple[int, int]
    # How it was recognised, for a reader: `name`, `alias` or `prefix`.
    by: str


class Names:
    """The names of an object's columns, as any loader or export writes them."""

    def __init__(self, landing_object: LandingObject) -> None:
        self._names = {flat(column.name): column for column in landing_object.columns}
        self._aliases = {
            loose(alias): (column, position)
            for column in landing_object.columns
            for position, alias in reversed(list(enumerate(column.aliases)))
        }
        self._prefixes = landing_object.column_prefixes

    def match(self, name: str) -> Match | None:
        """The column that a delivered name means. A name that begins with `_` is a loader's own."""
        if name.startswith("_"):
            return None
        if found := self._match(name, 0):
            return found
        bare = flat(name)
        for prefix in self._prefixes:
            if bare.startswith(prefix) and (found := self._match(bare.removeprefix(prefix), 2)):
                return found
        return None

    def knows(self, name: str) -> bool:
        """Whether a delivered name means a column."""
        return self.match(name) is not None

    def _match(self, name: str, tier: int) -> Match | None:
        if column := self._names.get(flat(name)):
            return Match(column, (tier, 0), "prefix" if tier else "name")
        if alias := self._aliases.get(loose(name)):
            return Match(alias[0], (tier + 1, alias[1]), "prefix" if tier else "alias")
        return None


def best(matches: Iterable[tuple[int, Match]]) -> list[tuple[int, Match]]:
    """Of matches by position that mean one column, the best; several if they are equally good."""
    ranked = sorted(matches, key=lambda item: (item[1].rank, item[0]))
    return [item for item in ranked if item[1].rank == ranked[0][1].rank]
