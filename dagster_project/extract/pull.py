"""One pull: a window's records of one object, from the API into the landing folder, with a receipt.

What lives here: which window is due, tries, and what makes a pull whole. What doesn't: how an API is asked (the module
of the source), and moving files (incoming.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster_project.extract import incoming, parquet, receipts, sweep
from dagster_project.extract.credentials import complete_variables
from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Window
from dagster_project.extract.errors import PullError
from dagster_project.extract.receipts import Receipt
from dagster_project.settings import SAMPLE_LANDING_DIR, SettingError

# An API that gave less than it said it has is asked again at once: what moved between two pages is whole the next time.
TRIES = 3
SWEEP_EVERY = timedelta(days=7)


@dataclass(frozen=True)
class Folders:
    """Where pulls land, and where dlt keeps its own files."""

    landing_dir: Path
    warehouse_dir: Path


def pull_source(
    source: PulledSource,
    folders: Folders,
    *,
    names: frozenset[str] | None = None,
    environ: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    connection: Connection | None = None,
) -> Iterator[Receipt]:
    """Pull a source's objects one after the other, all or the named ones; each pull's receipt comes as soon as it lies.

    Raises PullError or SettingError. What was pulled before it stays.
    """
    given = complete_variables(source, environ)
    if folders.landing_dir.resolve() == SAMPLE_LANDING_DIR.resolve():
        raise SettingError(
            f"THROUGHLINE_LANDING_DIR: {source.title} would be pulled into the project's sample; set it to the "
            "company's own landing folder"
        )
    parquet.prepare_dlt(folders.warehouse_dir)
    connection = connection or source.connect(given)
    with incoming.only_pull_of(folders.landing_dir, source.name):
        for pulled in source.objects(given):
            incoming.recover(folders.landing_dir, pulled.folder(source.name), pulled.name)
            if names is None or pulled.name in names:
                yield _pull(pulled, connection, folders, now())
                if (pulled.ids is not None or pulled.every_time) and _sweep_is_due(folders, source, pulled, now()):
                    yield sweep.sweep(pulled, connection, folders.landing_dir, now())


def pull_name(moment: datetime) -> str:
    """`20260131T020000000000`: names sort in the order in which they were pulled."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")


def due_window(pulled: PulledObject, past: list[Receipt], now: datetime) -> tuple[str, Window]:
    """What the next pull asks for, and whether that is `whole` or `changes`."""
    pulls = [r for r in past if r.is_whole and r.kind != "sweep"]
    missed = [r for r in past if r.is_whole and r.kind == "sweep" and r.missed]
    first = now - timedelta(days=pulled.first_days) if pulled.first_days is not None else None
    if pulled.every_time or not pulls or (missed and missed[-1].pull > pulls[-1].pull):
        return "whole", Window(first, now)
    return "changes", Window(pulls[-1].until - pulled.overlap, now)


def _pull(pulled: PulledObject, connection: Connection, folders: Folders, now: datetime) -> Receipt:
    lands_in = pulled.folder(connection.source)
    past = receipts.read_all(folders.landing_dir, lands_in, pulled.name)
    kind, window = due_window(pulled, past, now)
    where = f"{lands_in}: {pulled.name}"
    # Another source may be pulled at the same time.
    dlt_dir = parquet.dlt_folder(folders.warehouse_dir) / connection.source
    before = connection.session.requests_sent, connection.session.retries
    receipt = None
    for attempt in range(TRIES):
        name = pull_name(now + timedelta(microseconds=attempt))
        folder = incoming.new_folder(folders.landing_dir, lands_in, pulled.name, name)
        connection.session.start_over()
        connection.said.clear()
        distinct = parquet.Distinct(pulled.key, where)
        try:
            resource = pulled.records(connection, window)
            files, columns = parquet.write(resource, distinct, folder, dlt_dir, name, connection.session.scrubbed)
        except PullError as error:
            shutil.rmtree(folder, ignore_errors=True)
            if error.passing and attempt < TRIES - 1:
                continue
            raise
        total = connection.said.get("total")
        receipt = Receipt(
            source=lands_in,
            object=pulled.name,
            pull=name,
            kind=kind,
            since=window.since,
            until=window.until,
            rows=distinct.rows,
            api_total=total,
            repeated=distinct.repeated,
            files=files,
            columns=columns,
            absent=tuple(connection.said.get("absent", ())),
            requests=connection.session.requests_sent - before[0],
            retries=connection.session.retries - before[1],
            finished_at=datetime.now(UTC),
        )
        if total is None or distinct.rows >= total:
            incoming.land(folder, folders.landing_dir, receipt)
            return receipt
        shutil.rmtree(folder)
    assert receipt is not None
    short = replace(
        receipt,
        files=(),
        problem=f"the API said it has {receipt.api_total:,} records and gave {receipt.rows:,}, {TRIES} times",
    )
    receipts.write(receipts.folder(folders.landing_dir, short.source, short.object) / f"{short.pull}.json", short)
    return short


def _sweep_is_due(folders: Folders, source: PulledSource, pulled: PulledObject, now: datetime) -> bool:
    past = [r for r in receipts.read_all(folders.landing_dir, pulled.folder(source.name), pulled.name) if r.is_whole]
    sweeps = [r.until for r in past if r.kind == "sweep"]
    since = sweeps[-1] if sweeps else past[0].until if past else now
    return now - since >= SWEEP_EVERY
