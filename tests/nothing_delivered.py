"""What models are in a company that delivered nothing, since that is what most of them are in a company of tests.

A company of tests uses few of twenty sources. A model that reads only what is as if nothing had been delivered has no
more rows than there, so that it is created without being worked out.

What lives here: which models these are. What doesn't: building any (compiled_models.py, runs.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from tests.compiled_models import CompiledModel

# Rows and a hash of them, by relation; a table without a row isn't there.
Contents = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class NothingDelivered:
    """What the sources hold, the code of each model, and by model without a row the statement that creates it."""

    sources: Contents
    code: Mapping[str, str]
    empty: Mapping[str, str]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, models: Iterable[CompiledModel]) -> NothingDelivered:
        """As it stands in the file of a company that delivered nothing, with all of its models built as tables."""
        created = dict(
            connection.execute(
                "select schema_name || '.' || table_name, replace(sql, 'CREATE TABLE', 'create or replace table') "
                "from duckdb_tables() "
                "where database_name = current_database() and estimated_size = 0"
            ).fetchall()
        )
        listed = list(models)
        return cls(
            sources=source_contents(connection),
            code={model.relation: model.code for model in listed},
            empty={model.relation: created[model.relation] for model in listed if model.relation in created},
        )


class Untouched:
    """Which models of a company are what they are where nothing was delivered; asked in building order."""

    def __init__(self, nothing: NothingDelivered) -> None:
        self._nothing = nothing
        self._touched: set[str] = set()

    def look_at_sources(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Sources may get rows between two builds."""
        held, before = source_contents(connection), self._nothing.sources
        self._touched |= {name for name in held.keys() | before.keys() if held.get(name) != before.get(name)}

    def statement(self, model: CompiledModel) -> str | None:
        """What creates the model, if it has no row and needn't be worked out."""
        return self._nothing.empty.get(model.relation) if self._is_untouched(model) else None

    def note_built(self, model: CompiledModel, rows: int | None) -> None:
        """A model that has no row here either touches nobody who reads it; the rows are null where nobody counted."""
        if not self._is_untouched(model) and (rows != 0 or model.relation not in self._nothing.empty):
            self._touched.add(model.relation)

    def _is_untouched(self, model: CompiledModel) -> bool:
        return self._touched.isdisjoint(model.reads) and self._nothing.code.get(model.relation) == model.code


def source_contents(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Of every table that holds a row and isn't a model."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() "
        "and (schema_name in ('reference', 'audit') or contains(schema_name, 'raw_')) and estimated_size > 0"
    ).fetchall()
    each = [
        f'select \'{schema}.{table}\', count(*), sum(hash(held)) from "{schema}"."{table}" as held'
        for schema, table in tables
    ]
    found = connection.execute(" union all ".join(each)).fetchall() if each else []
    return {name: (rows, int(mark)) for name, rows, mark in found if rows}
