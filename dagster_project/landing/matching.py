"""Which columns of the catalog a file's own columns are: by name, by alias, or without a loader's prefix.

What lives here: the order in which those count, and what a header says of its values beside their name. What doesn't:
reading headers (text_files.py), values (casting.py), and values that stand inside a column (paths.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dagster_project.landing.catalog import Column, LandingObject, flat, loose

CURRENCY = "{currency}"
_PLACEHOLDER = "\x00"


@dataclass(frozen=True)
class Match:
    """A file's column that means a catalogued one; `rank` is lower for the better of two.

    `by` says how it was recognised: by `name`, `alias` or without a `prefix`. `currency` is what its header says of its
    amounts; `is_micros` means that they are in millionths.
    """

    column: Column
    rank: tuple[int, int]
    by: str
    currency: str = ""
    is_micros: bool = False


class Names:
    """The names of an object's columns, as any loader or export writes them."""

    def __init__(self, landing_object: LandingObject) -> None:
        self._columns = landing_object.columns
        self._names = {flat(column.name): column for column in landing_object.listed_columns}
        self._aliases: dict[str, Match] = {}
        self._patterns: list[tuple[re.Pattern[str], Match]] = []
        for column in landing_object.columns:
            for position, alias in enumerate((*column.aliases, *column.micros)):
                match = Match(column, (1, position), "alias", is_micros=position >= len(column.aliases))
                if CURRENCY in alias:
                    pattern = re.escape(loose(alias.replace(CURRENCY, _PLACEHOLDER)))
                    pattern = pattern.replace(re.escape(_PLACEHOLDER), "([a-z]{3})")
                    self._patterns.append((re.compile(pattern), match))
                else:
                    self._aliases.setdefault(loose(alias), match)
        self._prefixes = landing_object.column_prefixes

    def match(self, name: str) -> Match | None:
        """The column that a delivered name means. A name that begins with `_` is a loader's own."""
        if name.startswith("_"):
            return None
        if found := self._match(name):
            return found
        bare = flat(name)
        for prefix in self._prefixes:
            if bare.startswith(prefix) and (found := self._match(bare.removeprefix(prefix))):
                return replace(found, rank=(found.rank[0] + 2, found.rank[1]), by="prefix")
        return None

    def count(self, names: Iterable[str]) -> int:
        """How many of the delivered names mean a column."""
        return sum(self.match(name) is not None for name in names)

    def are_whole(self, names: Sequence[str]) -> bool:
        """Whether the delivered names have every required column that can only stand in a header."""
        found = {match.column.name for name in names if (match := self.match(name))}
        return all(column.name in found for column in self._columns if column.required and not column.paths)

    def _match(self, name: str) -> Match | None:
        if column := self._names.get(flat(name)):
            return Match(column, (0, 0), "name")
        label = loose(name)
        if match := self._aliases.get(label):
            return match
        for pattern, match in self._patterns:
            if found := pattern.fullmatch(label):
                return replace(match, currency=found[1].upper())
        return None


def best(matches: Sequence[tuple[int, Match]], names_currency: bool) -> list[tuple[int, Match]]:
    """Of matches by position that mean one column, the best; several if they are equally good.

    Where nothing else in the file names the currency of amounts, a header that does counts before one that doesn't.
    """
    named = [item for item in matches if item[1].currency]
    ranked = sorted(named if named and not names_currency else matches, key=lambda item: (item[1].rank, item[0]))
    return [item for item in ranked if item[1].rank == ranked[0][1].rank]
