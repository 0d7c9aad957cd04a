"""The reference table `erasures`: people whom a night forgets, before it reads anything and again before it publishes.

What lives here: which of them are still to be forgotten. What doesn't: forgetting (forget.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dagster_project.erasure.forget import finish, forget
from dagster_project.erasure.person import AlreadyForgotten, CannotErase, UnknownPerson
from dagster_project.reference.validate import ReferenceTableError, read_table
from dagster_project.settings import Settings

_TABLE = "erasures"


def forget_requested(settings: Settings, home: Path) -> list[str]:
    """Forget whom the table names; the result is what to say of it, without anybody's data.

    First finishes what a killed run began. Raises CannotErase for a row that is nobody who can be forgotten.
    """
    said = ["An erasure that was killed is finished."] if finish(settings, home) else []
    try:
        people = [str(row[0]) for row in read_table(_TABLE, settings.reference_dir).rows]
    except ReferenceTableError:
        return said  # told by the step that loads the tables
    if not people or not settings.build_file.exists():
        return said
    waiting = []
    for number, person in enumerate(people, start=1):
        try:
            done = forget(settings, [person], home, says=lambda _: None)
        except AlreadyForgotten:
            continue
        except UnknownPerson:
            waiting.append(number)
        except CannotErase as error:
            raise CannotErase("", f"{_TABLE}.csv: row {number} {error.reason}") from None
        else:
            if done.traces:
                raise CannotErase("", f"{_TABLE}.csv: row {number}: {_places(done.traces)}")
            said.append(f"Erasure {done.number}: {_TABLE}.csv, row {number}, is forgotten.")
    if waiting:
        rows = ", ".join(map(str, waiting))
        said.append(f"{_TABLE}.csv: nobody is known by rows {rows}; they are looked for again every night")
    return said


def _places(traces: Sequence[object]) -> str:
    return f"was forgotten, but a value still stands in {traces[0]}; remove it there"
