"""Sealed months: that a seal holds, whatever becomes of its row.

What lives here: comparing the reference table `sealed_months` with the seals that were published, and keeping new ones.
What doesn't: which publication a month is sealed by, and what the figures were, which the models in
`intermediate/sealing` and `marts/restatements` work out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path

import duckdb

from dagster_project.engine import connected

FILE = "sealed_months.csv"

# Month (its first day) and the timestamp that the reference table has for it.
Seals = Mapping[date, datetime]


class SealBroken(ValueError):
    """A row of a sealed month was edited or removed; the message is one line."""


def of_rows(rows: Iterable[tuple[object, ...]]) -> dict[date, datetime]:
    """The seals of the validated reference table."""
    return {date.fromisoformat(str(month)): datetime.fromisoformat(str(sealed_at)) for month, sealed_at in rows}


def loaded(connection: duckdb.DuckDBPyConnection) -> dict[date, datetime] | None:
    """The seals that the build file's reference table names; none before there is the table."""
    exists = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'reference' and table_name = 'sealed_months'"
    ).fetchone()
    return of_rows(connection.execute("from reference.sealed_months").fetchall()) if exists else None


def broken(connection: duckdb.DuckDBPyConnection, given: Seals, is_sample: bool | None) -> list[str]:
    """One line per published seal that the reference table contradicts; the sample's and a company's are apart."""
    held = connection.execute(
        """
        select seals.month, seals.sealed_at, publications.publication_id
        from audit.kept_seals as seals
        left join audit.kept_publications as publications using (publication_number)
        where seals.is_sample is not distinct from ?
        order by seals.month
        """,
        [is_sample],
    ).fetchall()
    return [
        f"{FILE}: {month:%Y-%m} was sealed at {_told(sealed_at)} with the figures of publication {publication}, but "
        + (f"its row says {_told(given[month])}" if month in given else "its row is gone")
        + "; expected a seal to stay, since others rely on the figures; write the row back: "
        f"{month:%Y-%m},{_told(sealed_at)}"
        for month, sealed_at, publication in held
        if given.get(month) != sealed_at
    ]


def ensure_held(connection: duckdb.DuckDBPyConnection, given: Seals | None, is_sample: bool | None) -> None:
    """Raise SealBroken if the reference table contradicts a seal that was published."""
    if given is not None and (lines := broken(connection, given, is_sample)):
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        raise SealBroken(lines[0] + more)


def broken_in(build_file: Path, given: Seals, is_sample: bool | None) -> list[str]:
    """The same for a look from outside; nothing where there is no build file, or an earlier release's."""
    if not build_file.exists():
        return []
    try:
        with connected(build_file, read_only=True) as connection:
            return broken(connection, given, is_sample)
    except duckdb.Error:
        return []  # a night is writing it, and looks itself


def keep(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Keep the months that the publication of that number is the first to tell as sealed."""
    connection.execute(
        """
        insert into audit.kept_seals by name
        select months.month, months.sealed_at, months.publication_number, in_progress.is_sample, ? as sealed_by
        from intermediate.int_sealing__sealed_months as months
        cross join audit.publication_in_progress as in_progress
        where
            months.status = 'sealed'
            and not exists (
                select 1 from audit.kept_seals as held
                where held.month = months.month and held.is_sample is not distinct from in_progress.is_sample
            )
        """,
        [number],
    )


def take_back(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Forget the months that a publication which never came about was the first to tell."""
    connection.execute("delete from audit.kept_seals where sealed_by = ?", [number])


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}" if moment.time() == time.max else moment.isoformat()
