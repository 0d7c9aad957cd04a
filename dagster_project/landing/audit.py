"""What is remembered of every landed file, in the schema `audit`: fingerprints, counts and rejected rows.

What lives here: the one writer of those tables. What doesn't: their shape (dagster_project/audit), and what is counted
(loader.py, versions.py).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

import duckdb

from dagster_project.landing.files import FileStamp, LandedFile

# What is known of a file as it is now; its earlier content's lines go when it is read again.
TABLES_BY_FILE = ("landed_files", "rejected_rows", "landed_values", "landed_columns")


@dataclass(frozen=True)
class FileResult:
    """What one file brought: `rows` were loaded (superseded ones included), `rejected` were not.

    `duplicates` are loaded rows that lost to another version of their record in the same file, listed as rejects;
    `exact_duplicates` are equal to the row that was kept.
    """

    name: str
    bytes: int
    delivery: int
    rows: int
    rejected: int
    duplicates: int
    exact_duplicates: int
    recoded_lines: int
    unread_cells: int = 0
    # What was done to values, a line per column: `Lead.csv: WhoId: a word for nothing is read as blank (3 cells)`.
    treatments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fingerprint:
    """A file as it was when it was loaded; `missing_records` of a snapshot wait for a confirmation."""

    stamp: FileStamp
    content_hash: str
    loader_version: str
    missing_records: int


def fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Fingerprint]]:
    """The landed files by (source, object), then by name."""
    known: dict[tuple[str, str], dict[str, Fingerprint]] = {}
    rows = connection.execute(
        "select source_system, object, file, bytes, mtime_ns, ctime_ns, inode, content_hash, loader_version, "
        "coalesce(missing_records, 0) from audit.landed_files"
    ).fetchall()
    for source, name, file, size, mtime, ctime, inode, *rest in rows:
        known.setdefault((source, name), {})[file] = Fingerprint(FileStamp(size, mtime, ctime, inode), *rest)
    return known


def counts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[int, int]]:
    """Rows of all landed files that were rejected, and that lost to another version, by (source, object)."""
    rows = connection.execute(
        "select source_system, object, coalesce(sum(rejected), 0)::bigint, coalesce(sum(duplicates), 0)::bigint "
        "from audit.landed_files group by all"
    ).fetchall()
    return {(source, name): (rejected, duplicates) for source, name, rejected, duplicates in rows}


def touch(connection: duckdb.DuckDBPyConnection, file: LandedFile, digest: str) -> None:
    """Remember a file's new stamp; its content is the same."""
    connection.execute(
        "update audit.landed_files set bytes = ?, mtime_ns = ?, ctime_ns = ?, inode = ? "
        "where source_system = ? and object = ? and file = ? and content_hash = ?",
        [*astuple(file.stamp), file.object.source, file.object.name, file.name, digest],
    )


def record_delivery(connection: duckdb.DuckDBPyConnection, file: LandedFile, digest: str, moment: datetime) -> None:
    """Remember that a file came, beside its earlier deliveries under the same name.

    A file that is read again for another reason (a newer loader, a full refresh) was not delivered again: it has the
    content and the time of modification of its latest delivery. A file written anew with equal content was.
    """
    identity = [file.object.source, file.object.name, file.name]
    latest = connection.execute(
        "select content_hash, mtime_ns from audit.deliveries where source_system = ? and object = ? and file = ? "
        "order by loaded_at desc, mtime_ns desc, content_hash limit 1",
        identity,
    ).fetchone()
    if latest != (digest, file.stamp.mtime_ns):
        connection.execute(
            "insert into audit.deliveries select source_system, object, file, rows, ?, content_hash, ? "
            "from audit.landed_files where source_system = ? and object = ? and file = ?",
            [file.stamp.mtime_ns, moment, *identity],
        )


def record(connection: duckdb.DuckDBPyConnection, file: LandedFile, **facts: object) -> None:
    """Add a landed file; `facts` are the table's other columns."""
    row = {
        "source_system": file.object.source,
        "object": file.object.name,
        "file": file.name,
        "bytes": file.stamp.bytes,
        "mtime_ns": file.stamp.mtime_ns,
        "ctime_ns": file.stamp.ctime_ns,
        "inode": file.stamp.inode,
        **facts,
    }
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into audit.landed_files ({', '.join(row)}) values ({marks})", list(row.values()))
