"""The version of the schema `audit` in a build file, and the way from any earlier one to today's."""

from __future__ import annotations

import duckdb

from dagster_project.audit.steps import STEPS
from dagster_project.engine import transaction

# What this code reads and writes.
VERSION = len(STEPS)


class AuditTooNew(RuntimeError):
    """A later release wrote the build file; the message is one line."""


def prepare_audit(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the build file today's audit tables, with everything they hold. Raises AuditTooNew, having changed nothing.

    Everything that reads or writes an audit table calls it before; on a file of today it costs one look.
    """
    found = version_of(connection)
    if found == VERSION:
        return
    if found > VERSION:
        raise AuditTooNew(
            f"{_path_of(connection)}: its schema audit has version {found}, expected at most {VERSION}: a later "
            "release of Throughline has written the file; run that release, or set THROUGHLINE_WAREHOUSE_DIR to "
            "another folder"
        )
    for version, step in enumerate(STEPS, start=1):
        if version > found:
            # All of a step or nothing: the next run finds the file at one version or the other.
            with transaction(connection):
                step(connection)
                connection.execute("create table if not exists audit.schema_version (version integer not null)")
                connection.execute("delete from audit.schema_version")
                connection.execute("insert into audit.schema_version values (?)", [version])


def version_of(connection: duckdb.DuckDBPyConnection) -> int:
    """0 in a new file, and in one of a release that didn't number its audit tables."""
    try:
        row = connection.execute("select version from audit.schema_version").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row else 0


def _path_of(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select path from duckdb_databases() where database_name = current_database()").fetchone()
    return str(row[0]) if row and row[0] else "the build file"
