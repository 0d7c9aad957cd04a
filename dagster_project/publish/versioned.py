"""Tables that are kept as versions: a row holds from the publication that first had it until one no longer had it.

What lives here: adding a publication's rows to such a table, and the state that it had at one. What doesn't: what is
kept (kept.py, inputs.py).
"""

from __future__ import annotations

import duckdb

from dagster_project.engine import identifier

VERSION_COLUMNS = {"valid_from", "valid_to"}


def add_versions(connection: duckdb.DuckDBPyConnection, relation: str, kept: str, number: int) -> None:
    """End the versions that the relation no longer has, and add those that are new."""
    names = columns_of(connection, kept)
    columns = ", ".join(names)
    kept_columns, ended_columns = (", ".join(f"{alias}.{name}" for name in names) for alias in ("kept", "ended"))
    connection.execute(
        f"""
        create or replace temp table versions_ended as
            select {columns} from {kept} where valid_to is null except select {columns} from {relation};
        create or replace temp table versions_begun as
            select {columns} from {relation} except select {columns} from {kept} where valid_to is null;
        update {kept} as kept set valid_to = {number}
        from versions_ended as ended
        where kept.valid_to is null and ({kept_columns}) is not distinct from ({ended_columns});
        insert into {kept} by name select *, {number} as valid_from from versions_begun;
        drop table versions_ended;
        drop table versions_begun;
        """
    )


def columns_of(connection: duckdb.DuckDBPyConnection, kept: str) -> list[str]:
    """The columns that are kept, quoted."""
    described = connection.execute(f"describe {kept}").fetchall()
    return [identifier(name) for name, *_ in described if name not in VERSION_COLUMNS]


def holds_at(number: int) -> str:
    """SQL condition: the version held when that publication was made."""
    return f"valid_from <= {number} and (valid_to is null or valid_to > {number})"
