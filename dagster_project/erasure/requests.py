"""The reference table `erasures`: people whom a night forgets, before it reads anything and again before it publishes.

What lives here: which of them are still to be forgotten. What doesn't: forgetting (forget.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.erasure.forget import finish, forget, key_of, look_up
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
    named, waiting, refused = _sorted_out(settings, people)
    if named:
        # All in one: each erasure copies the files.
        done = forget(settings, list(named.values()), home, says=lambda _: None)
        rows = _listed(named)
        if done.traces:
            raise CannotErase("", f"{_TABLE}.csv: {rows}: {_places(done.traces)}")
        said.append(f"Erasure {done.number}: {_TABLE}.csv, {rows}, {'is' if len(named) == 1 else 'are'} forgotten.")
    if refused:
        raise refused
    if waiting:
        rows = ", ".join(map(str, waiting))
        said.append(f"{_TABLE}.csv: nobody is known by rows {rows}; they are looked for again every night")
    return said


def _sorted_out(settings: Settings, people: Sequence[str]) -> tuple[dict[int, str], list[int], CannotErase | None]:
    """By row who is to be forgotten now, the rows of nobody yet, and why the row after them is refused, if one is."""
    named: dict[int, str] = {}
    waiting: list[int] = []
    with connected(settings.build_file) as connection:
        prepare_audit(connection)
        key = key_of(connection, settings)
        for number, person in enumerate(people, start=1):
            try:
                look_up(connection, key, person)
            except AlreadyForgotten:
                continue
            except UnknownPerson:
                waiting.append(number)
            except CannotErase as error:
                return named, waiting, CannotErase("", f"{_TABLE}.csv: row {number} {error.reason}")
            else:
                named[number] = person
    return named, waiting, None


def _listed(rows: Iterable[int]) -> str:
    numbers = [str(row) for row in rows]
    return f"{'row' if len(numbers) == 1 else 'rows'} {', '.join(numbers)}"


def _places(traces: Sequence[object]) -> str:
    return f"was forgotten, but a value still stands in {traces[0]}; remove it there"
