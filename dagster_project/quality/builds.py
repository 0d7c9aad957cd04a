"""Which state of the warehouse a check looked at: marks of loads and of dbt builds.

A check result counts for a publication only if it was taken on what is published. Raw results are tied to the files
that were loaded (`load_id`), results on models to the dbt build (`build_id`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb


@dataclass(frozen=True)
class Build:
    """One dbt build. `finished` is false while it runs and stays false when it breaks off."""

    build_id: str
    load_id: str
    finished: bool


def start_build(connection: duckdb.DuckDBPyConnection, run_id: str, as_of: datetime) -> str:
    """Mark that dbt begins to change the models; from now on earlier check results count for nothing."""
    _ensure_table(connection)
    build_id = uuid.uuid4().hex
    connection.execute(
        """
        insert into audit.builds (build_number, build_id, load_id, run_id, as_of, started_at)
        select coalesce(max(build_number), 0) + 1, ?, ?, ?, ?, ? from audit.builds
        """,
        [build_id, load_id(connection), run_id, naive_utc(as_of), naive_utc(datetime.now(UTC))],
    )
    return build_id


def finish_build(connection: duckdb.DuckDBPyConnection, build_id: str) -> None:
    """Mark that dbt built everything it was asked for and its tests passed."""
    connection.execute(
        "update audit.builds set finished_at = ? where build_id = ?", [naive_utc(datetime.now(UTC)), build_id]
    )


def latest_build(connection: duckdb.DuckDBPyConnection) -> Build | None:
    """The last build that was begun, or none if dbt has never run.

    The last by its number: a clock that was put back doesn't make an earlier build the latest.
    """
    _ensure_table(connection)
    row = connection.execute(
        "select build_id, load_id, finished_at is not null from audit.builds order by build_number desc limit 1"
    ).fetchone()
    return Build(*row) if row else None


def load_id(connection: duckdb.DuckDBPyConnection) -> str:
    """A fingerprint of everything that has been loaded: the same as long as the list of landed files is the same."""
    exists = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'audit' and table_name = 'landed_files'"
    ).fetchone()
    if not exists:
        return "nothing loaded"
    (fingerprint,) = connection.execute(
        "select md5(coalesce(string_agg(f::varchar, chr(10) order by f::varchar), '')) from audit.landed_files f"
    ).fetchone()
    return fingerprint


def naive_utc(moment: datetime) -> datetime:
    """The moment as the warehouse stores it: a UTC timestamp without an offset."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _ensure_table(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        create schema if not exists audit;
        create table if not exists audit.builds (
            build_id varchar not null,
            load_id varchar not null,
            run_id varchar not null,
            as_of timestamp not null,
            started_at timestamp not null,
            finished_at timestamp,
            build_number bigint
        );
        """
    )
    ensure_number(connection, "audit.builds", "build_number", "build_id")
    connection.execute(
        """
        comment on table audit.builds is
            'One row per dbt build. finished_at is null while a build runs, and for ever if it broke off.';
        comment on column audit.builds.load_id is
            'Fingerprint of the list of landed files that the build read.';
        comment on column audit.builds.build_number is
            'Builds in the order in which they were begun, from 1, whatever the clock said.';
        """
    )


def ensure_number(connection: duckdb.DuckDBPyConnection, table: str, number: str, grouped_by: str) -> None:
    """Give a table of an older warehouse the column that numbers its entries, in the order in which they were entered.

    Rows of one entry share `grouped_by`. Numbers continue from the highest one, so that nothing depends on a clock.
    """
    schema, name = table.split(".")
    has_it = connection.execute(
        "select 1 from duckdb_columns() where database_name = current_database() "
        "and schema_name = ? and table_name = ? and column_name = ?",
        [schema, name, number],
    ).fetchone()
    if not has_it:
        connection.execute(f"alter table {table} add column {number} bigint")
        connection.execute(
            f"""
            update {table} as entered set {number} = numbered.position
            from (
                select {grouped_by}, row_number() over (order by min(rowid)) as position
                from {table} group by {grouped_by}
            ) as numbered
            where numbered.{grouped_by} = entered.{grouped_by}
            """
        )
