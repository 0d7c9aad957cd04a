"""One file's values: the SQL that turns its columns into the catalog's types, and the rows that can't be turned.

What lives here: casts and rejects of a file whose records are a relation already. What doesn't: reading files
(readers.py), and which version of a record holds (loader.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from dagster_project.engine import literal
from dagster_project.landing import sql
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.inspection import InspectedFile

# How much of a value a reject's reason quotes; the whole record stands beside it.
QUOTED_CHARACTERS = 80


class FileCasting:
    """How one file's records become rows of the object's raw table.

    `relation` is the file as rows, `number` SQL for a record's position in it, `record` SQL for a record's text.
    Rejects go to the temporary table `landing_rejects`.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        landing_object: LandingObject,
        plan: InspectedFile,
        delivery: int,
        relation: str,
        number: str,
        record: str,
    ) -> None:
        self._connection = connection
        self._object = landing_object
        self._plan = plan
        self._delivery = delivery
        self._relation = relation
        self._number = number
        self._record = record

    def values(self, types: Mapping[str, str]) -> list[str]:
        """SQL for the raw value of each column of the file; `types` are the raw table's, by lower-case name."""
        values = []
        for column in self._plan.columns:
            if column.catalogued is not None:
                values.append(sql.cast_native(column.expression, column.native_type, column.catalogued.type))
            elif column.native_type == "VARCHAR" or types[column.raw_name.lower()] != column.native_type:
                values.append(sql.cast_native(column.expression, column.native_type, "text"))
            else:
                values.append(column.expression)
        return values

    def reject_unreadable(self) -> bool:
        """A value that its column can't hold, or a blank key, rejects the row; whether there was one."""
        checks: list[tuple[str, str, str]] = []
        for column in self._plan.columns:
            target = column.catalogued
            if target is None:
                continue
            blank = sql.is_blank(column.expression, column.native_type)
            if target.name in self._object.key and target.required:
                checks.append((target.name, blank, literal(f"{target.name}: blank, but it identifies the record")))
            if sql.can_fail(column.native_type, target.type):
                cast = sql.cast_native(column.expression, column.native_type, target.type)
                quoted = f"left(cast({column.expression} as varchar), {QUOTED_CHARACTERS})"
                before, behind = literal(f"{target.name}: '"), literal(f"' is not {sql.EXPECTED[target.type]}")
                reason = f"{before} || {quoted} || {behind}"
                checks.append((target.name, f"(({cast}) is null and not {blank})", reason))
        if not checks:
            return False
        bad = " or ".join(condition for _, condition, _ in checks)
        # Counting reads the checked columns only; naming the rejects reads whole records.
        (count,) = self._connection.execute(f"select count(*) from {self._relation} where {bad}").fetchone()
        if not count:
            return False
        names = ", ".join(f"case when {condition} then {literal(name)} end" for name, condition, _ in checks)
        reasons = ", ".join(f"case when {condition} then {reason} end" for _, condition, reason in checks)
        self._connection.execute(
            "insert into landing_rejects "
            f"select {self._delivery}, {self._number}, null, coalesce({names}), concat_ws('; ', {reasons}), "
            f"{self._record} from {self._relation} where {bad}"
        )
        return True
