"""Ids of touches whose keys hold a number or an address of a person: they are hashes of the keys, and change with them.

What lives here: which touches these are, and pseudonyms by which a deal's touches keep their order. What doesn't: the
keys (numbers.py).

Odd cents of equal shares go by the order of touches' ids. So of many pseudonyms one is taken by which no touch changes
places with another of its deal; the next night then gives every cent to whom it is given now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import duckdb

from dagster_project.engine import literal
from dagster_project.erasure.numbers import Key
from dagster_project.erasure.pseudonyms import for_email, with_another_end
from dagster_project.erasure.texts import EMAIL

# A person's three touches among thirty of a deal keep their places in one of thirty thousand draws. More touches than
# that may not find one: then a cent may change place.
_MOST_DRAWS = 50_000


@dataclass
class Touches:
    """By id, each touch whose key holds a number or an address: the key, and what stands around it in the hash."""

    keys: dict[str, Key] = field(default_factory=dict)
    around: dict[str, tuple[str, str]] = field(default_factory=dict)
    # Ids that follow one another in a deal.
    neighbours: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, keys: Mapping[str, Key], present: Collection[str]) -> Touches:
        """The touches of records with those keys; `present` are the models that are built."""
        found = cls()
        if not keys or not {"int_touchpoints__touches", "int_journeys__positions"} <= set(present):
            return found
        listed = ", ".join(map(literal, keys))
        for touch, system, kind, record, touch_type in connection.execute(
            "select touchpoint_id, source_system, source_object, source_record_id, touch_type "
            f"from intermediate.int_touchpoints__touches where source_record_id in ({listed}) order by all"
        ).fetchall():
            found.keys[touch] = keys[record]
            found.around[touch] = f"{system}|{kind}|", f"|{touch_type}"
        mine = ", ".join(map(literal, found.keys)) or "''"
        found.neighbours = connection.execute(
            f"""
            with touches as (
                select positions.window_id, positions.opportunity_key, touches.touchpoint_id
                from intermediate.int_journeys__positions as positions
                inner join intermediate.int_touchpoints__touches as touches using (touch_key)
            ),
            pairs as (
                select
                    touchpoint_id,
                    lead(touchpoint_id) over (
                        partition by window_id, opportunity_key order by touchpoint_id
                    ) as next_id
                from touches
                where opportunity_key in (select opportunity_key from touches where touchpoint_id in ({mine}))
            )
            select distinct touchpoint_id, next_id from pairs
            where next_id is not null and (touchpoint_id in ({mine}) or next_id in ({mine}))
            order by all
            """
        ).fetchall()
        return found

    def id_of(self, touch: str, pseudonym: str) -> str:
        """The touch's id with a pseudonym, as the macro `touchpoint_id` makes it."""
        before, after = self.around[touch]
        text = f"{before}{self.keys[touch].with_number(pseudonym)}{after}"
        return f"tp_{hashlib.md5(text.encode()).hexdigest()}"

    def ids(self, numbers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Each touch's id with its new one."""
        return {touch: self.id_of(touch, numbers[key.system][key.number]) for touch, key in self.keys.items()}

    def in_order(self, numbers: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
        """The numbers' pseudonyms, such that their touches keep their places wherever a draw finds that."""
        found = {system: dict(pseudonyms) for system, pseudonyms in numbers.items()}
        now: dict[str, str] = {}
        for system, number in dict.fromkeys((key.system, key.number) for key in self.keys.values()):
            mine = [touch for touch, key in self.keys.items() if (key.system, key.number) == (system, number)]
            pairs = [pair for pair in self.neighbours if set(pair) & set(mine)]
            first = found[system][number]
            for _ in range(_MOST_DRAWS):
                ids = {**now, **{touch: self.id_of(touch, found[system][number]) for touch in mine}}
                if all(ids.get(left, left) < ids.get(right, right) for left, right in pairs):
                    break
                another = for_email(number).pseudonym if system == EMAIL else with_another_end(first)
                found[system][number] = another
            else:
                found[system][number] = first
            now.update({touch: self.id_of(touch, found[system][number]) for touch in mine})
        return found
