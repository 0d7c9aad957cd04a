"""What a good night forgets: runs, check results and log files older than `retention_days`, by the real clock.

What lives here: which records are old, and their removal. What stays for ever: what was loaded, built and published
(one row each), and rejected records, which go when their file leaves the landing folder's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from dagster_project.engine import only_row
from dagster_project.landing.answers import loaded_settings
from dagster_project.quality.builds import naive_utc

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dataclass(frozen=True)
class Removed:
    """How much was removed."""

    runs: int = 0
    check_results: int = 0
    logs: int = 0

    @property
    def sentence(self) -> str:
        return (
            f"{self.runs} finished runs with their logs, {self.check_results} check results and {self.logs} log files"
        )


def cutoff(retention_days: int, now: datetime | None = None) -> datetime | None:
    """The timestamp before which records are old; none when everything is kept.

    The real clock and not AS_OF, because it is the clock that dated the records: a run for an earlier day is not old.
    """
    return (now or datetime.now(UTC)) - timedelta(days=retention_days) if retention_days else None


def retention_days(connection: duckdb.DuckDBPyConnection) -> int:
    """The setting that holds; 0, which keeps everything, in a warehouse whose reference tables lack it."""
    return int(loaded_settings(connection).get("retention_days") or 0)


def remove_check_results(connection: duckdb.DuckDBPyConnection, before: datetime) -> int:
    """Remove old check results and say how many; each table keeps its latest of each severity, from Great Expectations
    and from dbt.

    The data docs show them, and the next publication asks for them.
    """
    exists = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'audit' and table_name = 'check_results'"
    ).fetchone()
    if not exists:
        return 0
    (removed,) = only_row(
        connection,
        """
        delete from audit.check_results as old
        where checked_at < ? and check_number < (
            select max(latest.check_number) from audit.check_results as latest
            where latest.table_name = old.table_name and latest.severity = old.severity
                and starts_with(latest.expectation_type, 'dbt.') = starts_with(old.expectation_type, 'dbt.')
        )
        """,
        [naive_utc(before)],
    )
    return removed


def remove_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Remove the finished runs that were begun before, with their event logs and captured output; say how many.

    A run that still works, or waits, stays however old it is.
    """
    records = instance.get_run_records(filters=dg.RunsFilter(statuses=FINISHED, created_before=before))
    for record in records:
        run_id = record.dagster_run.run_id
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        _remove_event_log_file(instance, run_id)
    return len(records)


def _remove_event_log_file(instance: dg.DagsterInstance, run_id: str) -> None:
    """Dagster's default storage has a file per run, whose events `delete_run` takes out without freeing the disk."""
    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        file = Path(storage.path_for_shard(run_id))
        for part in file.parent.glob(f"{file.name}*"):
            part.unlink(missing_ok=True)


def remove_logs(logs_dir: Path, before: datetime) -> int:
    """Remove the logs of nights that ended before, and say how many."""
    old = [log for log in logs_dir.glob("*.log") if log.stat().st_mtime < before.timestamp()]
    for log in old:
        log.unlink()
    return len(old)
