"""What is remembered of every landed file, in the schema `audit`: fingerprints, counts and rejected rows.

What lives here: the audit tables and their one writer. What doesn't: what is counted (loader.py, versions.py).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

import duckdb

from dagster_project.landing.files import FileStamp, LandedFile

AUDIT_TABLES = """
create schema if not exists audit;
create table if not exists audit.landed_files (
    source_system varchar, object varchar, file varchar, bytes bigint, mtime_ns bigint, content_hash varchar,
    loader_version varchar, rows bigint, rejected bigint, duplicates bigint, exact_duplicates bigint,
    recoded_lines bigint, delivery bigint, loaded_at timestamp
);
alter table audit.landed_files add column if not exists ctime_ns bigint;
alter table audit.landed_files add column if not exists inode bigint;
alter table audit.landed_files add column if not exists delivered bigint;
alter table audit.landed_files add column if not exists summary_rows bigint;
alter table audit.landed_files add column if not exists is_confirmed boolean;
alter table audit.landed_files add column if not exists missing_records bigint;
create table if not exists audit.rejected_rows (
    source_system varchar, object varchar, file varchar, line bigint, column_name varchar, reason varchar,
    record varchar, rejected_at timestamp
);
alter table audit.rejected_rows add column if not exists scope varchar;
create table if not exists audit.landed_values (
    source_system varchar, object varchar, file varchar, column_name varchar, treatment varchar, cells bigint,
    example varchar, loaded_at timestamp
);
create table if not exists audit.deliveries (
    source_system varchar, object varchar, file varchar, rows bigint, mtime_ns bigint, content_hash varchar,
    loaded_at timestamp
);
create table if not exists audit.landing_folder (landing_dir varchar, is_sample boolean, loaded_at timestamp);
"""

# What is known of a file as it is now; its earlier content's lines go when it is read again.
TABLES_BY_FILE = ("landed_files", "rejected_rows", "landed_values")


# A warehouse of before the deliveries were kept knows the latest of each file.
_KNOWN_DELIVERIES = """
insert into audit.deliveries
select source_system, object, file, rows, mtime_ns, content_hash, loaded_at from audit.landed_files
where not exists (select 1 from audit.deliveries)
"""


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


def ensure_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the audit tables."""
    connection.execute(AUDIT_TABLES)
    connection.execute(_KNOWN_DELIVERIES)


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
