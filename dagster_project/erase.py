"""`make erase`: a person is forgotten in everything that Throughline keeps, and stays forgotten.

What lives here: the command, and what it prints. What doesn't: the steps (erasure/forget.py).
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence

import duckdb
from filelock import FileLock, Timeout

from dagster_project.dagster_home import dagster_home
from dagster_project.disk import disk_problem
from dagster_project.erasure.absence import AbsenceError
from dagster_project.erasure.forget import forget
from dagster_project.erasure.person import CannotErase
from dagster_project.erasure.tables import NotErased
from dagster_project.permissions import LOCK
from dagster_project.settings import SettingError, Settings

_MOST_LINES = 40


def main(people: Sequence[str]) -> int:
    """0 when the people are forgotten and that was proved, 1 when it could not be proved, 2 when it was refused."""
    try:
        settings = Settings.from_environment()
        if not settings.warehouse_dir.is_dir():
            raise CannotErase("", f"{settings.warehouse_dir}: there is no warehouse; run make run first")
        with FileLock(settings.warehouse_dir / LOCK).acquire(timeout=0):
            done = forget(settings, people, dagster_home())
    except Timeout:
        print(
            f"Not erased: a run is writing {settings.warehouse_dir}; expected nobody else in it; wait until it ends",
            file=sys.stderr,
        )
        return 2
    except (SettingError, CannotErase, NotErased) as error:
        print(f"Not erased: {error}", file=sys.stderr)
        return 2
    except (OSError, duckdb.Error, sqlite3.Error) as error:
        told = disk_problem(error) or "run the command again, which finishes or takes back what was begun"
        print(f"Not erased: {' '.join(str(error).split())}; {told}", file=sys.stderr)
        return 2
    except AbsenceError as error:
        print(f"Erased, but not proved: {error}", file=sys.stderr)
        return 1
    print("\nReplaced")
    for table, rows in sorted(done.tables.items())[:_MOST_LINES]:
        print(f"  {table:<60} {rows:>9,} rows")
    if len(done.tables) > _MOST_LINES:
        print(f"  … and in {len(done.tables) - _MOST_LINES} more tables")
    for file in done.files:
        print(f"  {file}")
    if done.names_left:
        print(
            f"\n{done.names_left} spellings of the name are somebody else's as well: they are gone from the person's "
            "own rows and stay elsewhere."
        )
    if done.outside:
        print("\nOutside of what Throughline keeps, to be mended or removed there: a value stands in")
        for place in done.outside[:_MOST_LINES]:
            print(f"  {place}")
        if len(done.outside) > _MOST_LINES:
            print(f"  … and in {len(done.outside) - _MOST_LINES} more")
    if done.traces:
        print("\nNot proved: one of the values still stands in")
        for trace in done.traces:
            print(f"  {trace}")
        return 1
    print(f"\nErasure {done.number}: {done.people} forgotten; none of {done.values} values stands in what is kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
