"""Writes the validated reference tables and the run's context into the build file's schema `reference`.

Every table is replaced as a whole, so that a row taken out of a file is gone the same night. Checking is `validate.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from pathlib import Path

import duckdb

from dagster_project.engine import identifier, literal, only_row, transaction
from dagster_project.landing import raw_tables
from dagster_project.landing.catalog import Column, LandingObject, catalog
from dagster_project.landing.sql import salesforce_id, table
from dagster_project.reference.kinds import Value
from dagster_project.reference.tables import SETTINGS, TABLES_BY_NAME, Table
from dagster_project.reference.validate import Reference, ReferenceTable, ReferenceTableError, read_settings
from dagster_project.settings import Settings

# Salesforce's own ids are 15 or 18 letters and digits; the long form is the short one with a checksum.
_LONG_SALESFORCE_ID = "[A-Za-z0-9]{18}"

_RUN_COLUMNS = {
    "as_of": ("TIMESTAMP", "The run's logical time, UTC: the only now."),
    "email_salt": ("VARCHAR", "Mixed into the hash that stands for an e-mail address in the marts."),
    "expand_short_ids": (
        "BOOLEAN",
        "Whether 15-character Salesforce ids are made 18 long, because raw holds 18-character ones.",
    ),
}
_SETTING_COLUMNS = {setting.key: (setting.kind.sql_type, setting.meaning) for setting in SETTINGS}


def load_reference(
    connection: duckdb.DuckDBPyConnection, reference: Reference, tables: Collection[str] = tuple(TABLES_BY_NAME)
) -> None:
    """Replace the given tables, all of them by default, in one transaction."""
    with transaction(connection):
        connection.execute("create schema if not exists reference")
        for name in tables:
            loaded = reference.tables[name]
            if name == "settings":
                _write(connection, "settings", loaded.table.description, _settings_columns(), _settings_rows(reference))
            else:
                _write(connection, name, loaded.table.description, _columns(loaded.table), _rows(loaded))


def write_run_context(connection: duckdb.DuckDBPyConnection, reference: Reference, settings: Settings) -> None:
    """Replace `reference.run_context`, the one row through which settings and AS_OF reach SQL. Raw must be loaded."""
    row = (
        settings.as_of.astimezone(UTC).replace(tzinfo=None),
        settings.email_salt,
        _has_long_salesforce_ids(connection),
        *reference.settings.values(),
    )
    connection.execute("create schema if not exists reference")
    _write(connection, "run_context", "One row: the run's settings.", {**_RUN_COLUMNS, **_SETTING_COLUMNS}, [row])


def company_timezone(reference_dir: Path) -> str:
    """The company's timezone for the schedule; UTC while the file is broken, which the run itself reports."""
    try:
        return str(read_settings(reference_dir)["timezone"])
    except (ReferenceTableError, OSError):
        return "UTC"


def _columns(table: Table) -> dict[str, tuple[str, str]]:
    columns = {column.name: (column.kind.sql_type, column.meaning) for column in table.columns}
    return {**columns, "position": ("INTEGER", "The row's place in the file, from 1.")} if table.is_ordered else columns


def _rows(loaded: ReferenceTable) -> list[tuple[Value | None, ...]]:
    if loaded.table.name == "erasures":
        # Whoever is to be forgotten isn't written down for it.
        return [(None, *row[1:]) for row in loaded.rows]
    if not loaded.table.is_ordered:
        return list(loaded.rows)
    return [(*row, position) for position, row in enumerate(loaded.rows, start=1)]


def _settings_columns() -> dict[str, tuple[str, str]]:
    return {
        **_columns(TABLES_BY_NAME["settings"]),
        "is_default": ("BOOLEAN", "Whether the value is the default."),
        "meaning": ("VARCHAR", "What the setting does."),
    }


def _settings_rows(reference: Reference) -> list[tuple[Value | None, ...]]:
    """One row per setting there is, not only per row of the file: what holds is visible in the warehouse."""
    return [
        (
            setting.key,
            _as_text(reference.settings[setting.key]),
            reference.settings[setting.key] == setting.default,
            setting.meaning,
        )
        for setting in SETTINGS
    ]


def _as_text(value: Value | None) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _write(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    description: str,
    columns: Mapping[str, tuple[str, str]],
    rows: Sequence[tuple[object, ...]],
) -> None:
    definitions = ", ".join(f'"{column}" {sql_type}' for column, (sql_type, _) in columns.items())
    connection.execute(f'create or replace table reference."{name}" ({definitions})')
    if rows:
        row = f"({', '.join('?' * len(columns))})"
        values = [value for cells in rows for value in cells]
        connection.execute(f'insert into reference."{name}" values {", ".join([row] * len(rows))}', values)
    connection.execute(f'comment on table reference."{name}" is {literal(description)}')
    for column, (_, meaning) in columns.items():
        connection.execute(f'comment on column reference."{name}"."{column}" is {literal(meaning)}')


def _has_long_salesforce_ids(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a Salesforce record's own id, or any source's reference to one, has 18 characters.

    A reference counts if its last three characters are right: where a report gave 15 characters and the books hold 18,
    both are written with 18, while another system's 18 characters say nothing.
    """
    present = set(connection.execute("select schema_name, table_name, column_name from duckdb_columns()").fetchall())
    empty = raw_tables.empty(connection)
    for landing_object in catalog().objects:
        if landing_object.raw_table in empty:
            continue
        columns = [
            column
            for column in landing_object.columns
            if column.type == "id" and (landing_object.schema, landing_object.snake_name, column.name) in present
        ]
        # The cheap question first: the other one takes a millisecond a column to be planned.
        for asked in (_has_18_characters, _is_long_salesforce_id):
            conditions = [asked(landing_object, column) for column in columns]
            if not conditions or not _is_found(connection, landing_object, conditions):
                break
        else:
            return True
    return False


def _is_found(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject, conditions: Sequence[str]) -> bool:
    return bool(
        only_row(connection, f"select exists (from {table(landing_object)} where {' or '.join(conditions)})")[0]
    )


def _has_18_characters(_: LandingObject, column: Column) -> str:
    return f"length({identifier(column.name)}) = 18"


def _is_long_salesforce_id(landing_object: LandingObject, column: Column) -> str:
    name = identifier(column.name)
    is_long = f"length({name}) = 18 and regexp_full_match({name}, {literal(_LONG_SALESFORCE_ID)})"
    if landing_object.source == "salesforce" and column.name == "Id":
        return f"({is_long})"
    return f"({is_long} and {name} = {salesforce_id(f'left({name}, 15)')})"
