"""Which state of the warehouse a check looked at: marks of loads and of dbt builds.

A check result counts for a publication only if it was taken on what is published. Raw results are tied to the files
that were loaded (`load_id`), results on models to the dbt build (`build_id`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import only_row


@dataclass(frozen=True)
class Build:
    """One dbt build. `finished` stays false while it runs, when it breaks off, and when it builds only some models."""

    build_id: str
    load_id: str
    finished: bool


def start_build(connection: duckdb.DuckDBPyConnection, run_id: str, as_of: datetime) -> str:
    """Mark that dbt begins to change the models; from now on earlier check results count for nothing."""
    prepare_audit(connection)
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
    """Mark that dbt built every model and its tests passed."""
    connection.execute(
        "update audit.builds set finished_at = ? where build_id = ?", [naive_utc(datetime.now(UTC)), build_id]
    )


def latest_build(connection: duckdb.DuckDBPyConnection) -> Build | None:
    """The last build that was begun, or none if dbt has never run.

    The last by its number: a clock that was put back doesn't make an earlier build the latest.
    """
    prepare_audit(connection)
    row = connection.execute(
        "select build_id, load_id, finished_at is not null from audit.builds order by build_number desc limit 1"
    ).fetchone()
    return Build(*row) if row else None


def load_id(connection: duckdb.DuckDBPyConnection) -> str:
    """A fingerprint of everything that has been loaded: the same as long as the list of landed files is the same."""
    prepare_audit(connection)
    (fingerprint,) = only_row(
        connection,
        "select coalesce(md5(string_agg(f::varchar, chr(10) order by f::varchar)), 'nothing loaded') "
        "from audit.landed_files f",
    )
    return fingerprint


def naive_utc(moment: datetime) -> datetime:
    """The timestamp as the warehouse stores it: in UTC, without an offset."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
