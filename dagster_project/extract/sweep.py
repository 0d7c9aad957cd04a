"""The weekly sweep: the ids of all that exists, against those that landed. What landed and is gone was deleted.

What lives here: comparing, and delivering the deletions as rows that say so. What doesn't: what a deletion means.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.extract import incoming, receipts
from dagster_project.extract.declared import Connection, PulledObject, Window
from dagster_project.extract.errors import PullError
from dagster_project.extract.parquet import as_text
from dagster_project.extract.receipts import LandedFile, Receipt
from dagster_project.landing.catalog import flat
from dagster_project.landing.files import delivery_order
from dagster_project.landing.snapshots import MAX_MISSING_RECORDS, MAX_MISSING_SHARE, MAX_MISSING_SHARE_OF_FEW

# The mark that the loader understands in every source.
DELETED = "archived"


def sweep(pulled: PulledObject, connection: Connection, landing_dir: Path, now: datetime) -> Receipt:
    """Deliver what the API no longer has as deleted, and count what it has and no pull brought.

    When more is gone than a week usually deletes, nothing is delivered: the receipt says so, and the check asks.
    """
    connection.session.start_over()
    connection.said.clear()
    sent = connection.session.requests_sent
    lands_in = pulled.folder(connection.source)
    past = receipts.read_all(landing_dir, lands_in, pulled.name)
    pulled_until = max(r.until for r in past if r.is_whole and r.kind != "sweep")
    exists: dict[tuple[str, ...], datetime | None] = dict(_existing(pulled, connection, now))
    landed = landed_versions(pulled, landing_dir / lands_in / pulled.name)
    gone = sorted(landed.keys() - exists.keys())
    if gone:
        # A list that skips a record once would delete it: gone is what a second list lacks, too.
        connection.session.start_over()
        again = {key for key, _ in _existing(pulled, connection, now)}
        gone = [key for key in gone if key not in again]
    # What was created since the last pull is the next pull's.
    missed = [
        k for k, made in exists.items() if k not in landed and made is not None and made < pulled_until - pulled.overlap
    ]
    share = len(gone) / len(landed) if landed else 0.0
    is_much = (share > MAX_MISSING_SHARE and len(gone) > MAX_MISSING_RECORDS) or share > MAX_MISSING_SHARE_OF_FEW
    confirmed = connection.given.get("CONFIRMED_DELETIONS", "").replace(",", " ").split()
    confirmation = f"{pulled.name}:{len(gone)}"
    problem = None
    if is_much and confirmation not in confirmed:
        problem = (
            f"the API lacks {len(gone):,} of {len(landed):,} records that landed, more than a week usually deletes; "
            f"when they are gone, set SOURCES__{connection.source.upper()}__CONFIRMED_DELETIONS={confirmation}"
        )
    name = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f") + "_deleted"
    folder = incoming.new_folder(landing_dir, lands_in, pulled.name, name)
    files: tuple[LandedFile, ...] = ()
    if gone and problem is None:
        pq.write_table(_as_deleted(pulled, gone, landed), folder / f"{name}.parquet")
        files = (LandedFile(f"{name}.parquet", len(gone)),)
    receipt = Receipt(
        source=lands_in,
        object=pulled.name,
        pull=name,
        kind="sweep",
        since=None,
        until=now,
        rows=len(gone) if problem is None else 0,
        api_total=None,
        deleted=len(gone),
        missed=len(missed),
        files=files,
        requests=connection.session.requests_sent - sent,
        problem=problem,
        finished_at=datetime.now(UTC),
    )
    incoming.land(folder, landing_dir, receipt)
    return receipt


def _existing(
    pulled: PulledObject, connection: Connection, now: datetime
) -> Iterator[tuple[tuple[str, ...], datetime | None]]:
    """The keys of all that exists; of what is pulled whole each night, those of its records."""
    if pulled.ids is not None:
        yield from pulled.ids(connection)
        return
    for record in pulled.records(connection, Window(None, now)):
        yield tuple(as_text(record.get(name)) or "" for name in pulled.key), None


def landed_versions(pulled: PulledObject, folder: Path) -> dict[tuple[str, ...], Path]:
    """The file of each record's newest landed version, by key; without records whose newest version is a deletion."""
    files = sorted(folder.glob("[!._]*.parquet"), key=lambda file: delivery_order(file.name))
    versions: dict[tuple[str, ...], tuple[Path, bool]] = {}
    for file in files:
        names = pq.read_schema(file).names
        columns = [_spelled(name, names) for name in pulled.key]
        marked = [DELETED] if DELETED in names else []
        table = pq.read_table(file, columns=[*columns, *marked])
        deleted = table[DELETED].to_pylist() if marked else [None] * table.num_rows
        for key, mark in zip(_keys(table, columns), deleted, strict=True):
            versions[key] = (file, mark == "true")
    return {key: file for key, (file, is_deleted) in versions.items() if not is_deleted}


def _as_deleted(pulled: PulledObject, gone: list[tuple[str, ...]], landed: dict[tuple[str, ...], Path]) -> pa.Table:
    """The newest versions of the records, marked as deleted: whole rows, since the landing list requires columns."""
    parts = []
    for file in dict.fromkeys(landed[key] for key in gone):
        wanted = {key for key in gone if landed[key] == file}
        table = pq.read_table(file)
        columns = [_spelled(name, table.column_names) for name in pulled.key]
        rows = {key: n for n, key in enumerate(_keys(table, columns)) if key in wanted}
        kept = [name for name in table.column_names if not name.startswith("_dlt_") and name != DELETED]
        parts.append(table.select(kept).take(sorted(rows.values())))
    found = pa.concat_tables(parts, promote_options="default")
    return found.append_column(DELETED, pa.array(["true"] * found.num_rows, pa.string()))


def _keys(table: pa.Table, columns: list[str]) -> list[tuple[str, ...]]:
    values = [["" if value is None else str(value) for value in table[column].to_pylist()] for column in columns]
    return list(zip(*values, strict=True))


def _spelled(name: str, names: list[str]) -> str:
    """A column's name as dlt writes it: `TimePeriod` lands as `time_period`. One that never held a value is absent."""
    found = next((written for written in names if flat(written) == flat(name)), None)
    if found is None:
        raise PullError(f"a landed file lacks the column {name}; expected the key in every file; remove the file")
    return found
