"""What raw held before: versions of records that a load removes or changes, where a publication was made of them.

What lives here: the clock of raw's states, and the one way by which the loader removes and changes rows that may have
been published. What doesn't: which rows go (versions.py, days.py, reports.py, snapshots.py, deletions.py, loader.py).

Every load has a tick of its own, and a row of raw has in `_since` the tick from which it reads as it does. Rows that go
are kept beside raw, in `kept_raw_<source>.<object>`, with the tick of the load that took them out in `_until`. Raw at
a tick is what stands in either table with `_since` at or before it and `_until`, if any, after it. A record that is
delivered again as it was keeps its `_since`: nothing of it is stored twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.landing import sql
from dagster_project.landing.catalog import LandingObject

PREFIX = "kept_"
SINCE, UNTIL = "_since", "_until"

# The tick of the load at hand.
TICK = "(select tick from audit.raw_clock)"

# Columns of lineage that publications depend on; of the others, a loader's housekeeping included, they know nothing.
_SAID_BY_LINEAGE = {"_file", "_deleted_at"}


def begin_load(connection: duckdb.DuckDBPyConnection) -> None:
    """The next tick."""
    connection.execute("update audit.raw_clock set tick = tick + 1")


def is_needed(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a publication was made of what raw holds, or is being made."""
    return _last_published(connection) is not None


def table(landing_object: LandingObject) -> str:
    """Where the object's former versions are kept."""
    return f"{identifier(PREFIX + landing_object.schema)}.{identifier(landing_object.snake_name)}"


def keep(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, which: str) -> None:
    """Keep the versions that a load is about to remove or change, of those that a publication was made of.

    `which` is what follows `select` in a query of them: `from … as kept … where …`.
    """
    last = _last_published(connection)
    if last is None:
        return
    published = (
        f"from {sql.table(landing_object)} as published where coalesce({SINCE}, 0) <= {last} "
        f"and rowid in (select kept.rowid {which})"
    )
    if not only_row(connection, f"select count(*) {published}")[0]:
        return
    _ensure_table(connection, landing_object)
    connection.execute(f"insert into {table(landing_object)} by name select published.*, {TICK} as {UNTIL} {published}")


def remove(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, using: str, condition: str) -> None:
    """Remove the rows, called `kept`, that the condition finds beside another relation."""
    source = sql.table(landing_object)
    keep(connection, landing_object, f"from {source} as kept, {using} where {condition}")
    connection.execute(f"delete from {source} as kept using {using} where {condition}")


def change(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    assignment: str,
    condition: str,
    parameters: Sequence[object] = (),
) -> None:
    """Change the rows, called `kept`, that the condition finds; `parameters` are the assignment's."""
    source = sql.table(landing_object)
    keep(connection, landing_object, f"from {source} as kept where {condition}")
    connection.execute(
        f"update {source} as kept set {assignment}, {SINCE} = {TICK} where {condition}", list(parameters)
    )


def content_hash(columns: Sequence[str]) -> str:
    """SQL for a hash of what a row says to publications; `columns` are those of the raw table."""
    said = [name for name in columns if not name.startswith("_") or name in _SAID_BY_LINEAGE]
    return f"hash({', '.join([*map(identifier, said), 'coalesce(_deleted_by_loader, false)'])})"


def carry_over(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    """Give the rows that replace equal ones the tick of those.

    `landing_losers` lists the rows that go, each with the place of the row that stays and whether it says the same.
    """
    source = sql.table(landing_object)
    connection.execute(
        f"""
        update {source} as winner set {SINCE} = carried.since
        from (
            select loser.winner_delivery, loser.winner_row, min(coalesce(kept.{SINCE}, 0)) as since
            from landing_losers as loser
            inner join {source} as kept on kept._delivery = loser._delivery and kept._row = loser._row
            where loser.is_same
            group by all
        ) as carried
        where winner._delivery = carried.winner_delivery and winner._row = carried.winner_row
        """
    )


def _last_published(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The latest state of raw that a publication was made of."""
    (last,) = only_row(
        connection,
        "select max(raw_tick) from (select raw_tick from audit.kept_publications "
        "union all select raw_tick from audit.publication_in_progress)",
    )
    return None if last is None else int(last)


def _ensure_table(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    """A table with raw's columns. A column whose type became another holds both as text."""
    schema, name = PREFIX + landing_object.schema, landing_object.snake_name
    connection.execute(f"create schema if not exists {identifier(schema)}")
    connection.execute(
        f"create table if not exists {table(landing_object)} as "
        f"select *, cast(null as bigint) as {UNTIL} from {sql.table(landing_object)} limit 0"
    )
    kept = _types(connection, schema, name)
    for column, sql_type in _types(connection, landing_object.schema, name).items():
        if column not in kept:
            connection.execute(f"alter table {table(landing_object)} add column {identifier(column)} {sql_type}")
        elif kept[column] not in (sql_type, "VARCHAR"):
            connection.execute(
                f"alter table {table(landing_object)} alter column {identifier(column)} set data type varchar"
            )


def _types(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = current_database() "
            f"and schema_name = {literal(schema)} and table_name = {literal(name)} order by column_index"
        ).fetchall()
    )
