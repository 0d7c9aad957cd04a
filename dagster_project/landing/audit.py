"""What is remembered of every landed file, in the schema `audit`: fingerprints, counts and rejected rows.

What lives here: the audit tables and their one writer. What doesn't: what is counted (loader.py, versions.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.landing.files import LandedFile

AUDIT_TABLES = """
create schema if not exists audit;
create table if not exists audit.landed_files (
    source_system varchar, object varchar, file varchar, bytes bigint, mtime_ns bigint, content_hash varchar,
    loader_version varchar, rows bigint, rejected bigint, duplicates bigint, exact_duplicates bigint,
    recoded_lines bigint, delivery bigint, loaded_at timestamp
);
create table if not exists audit.rejected_rows (
    source_system varchar, object varchar, file varchar, line bigint, column_name varchar, reason varchar,
    record varchar, rejected_at timestamp
);
create table if not exists audit.landing_folder (landing_dir varchar, is_sample boolean, loaded_at timestamp);
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


@dataclass(frozen=True)
class Fingerprint:
    bytes: int
    mtime_ns: int
    content_hash: str
    loader_version: str


def fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Fingerprint]]:
    fingerprints: dict[tuple[str, str], dict[str, Fingerprint]] = {}
    rows = connection.execute(
        "select source_system, object, file, bytes, mtime_ns, content_hash, loader_version from audit.landed_files"
    ).fetchall()
    for source, name, file, *fingerprint in rows:
        fingerprints.setdefault((source, name), {})[file] = Fingerprint(*fingerprint)
    return fingerprints


def touch(connection: duckdb.DuckDBPyConnection, file: LandedFile, digest: str) -> None:
    connection.execute(
        "update audit.landed_files set bytes = ?, mtime_ns = ? "
        "where source_system = ? and object = ? and file = ? and content_hash = ?",
        [file.bytes, file.mtime_ns, file.object.source, file.object.name, file.name, digest],
    )
