"""What the company's settings say about its files: the timezone, formats that files don't tell, deletion marks.

What lives here: reading `reference.settings` as it is loaded. What doesn't: the settings (reference/tables.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from dagster_project.landing.catalog import LandingObject, flat


@dataclass(frozen=True)
class Answers:
    """The settings that decide how files are read."""

    timezone: str = "UTC"
    # Pairs such as ("finance.invoices", "decimal_comma").
    file_formats: tuple[tuple[str, str], ...] = ()
    deletion_columns: tuple[str, ...] = ()
    reporting_currency: str | None = None

    def declared(self, landing_object: LandingObject, choices: Collection[str]) -> str | None:
        """What `file_formats` says of the object, among choices that exclude each other."""
        said = {word for label, word in self.file_formats if label == landing_object.label}
        return next((choice for choice in choices if choice in said), None)

    def of(self, landing_object: LandingObject) -> str:
        """What concerns the object, as a text: when it changes, the object's files are read again."""
        formats = sorted(word for label, word in self.file_formats if label == landing_object.label)
        has_dates = any(column.type == "date" for column in landing_object.columns)
        has_amounts = any(column.type == "decimal" for column in landing_object.columns)
        return "|".join(
            [
                self.timezone if has_dates else "",
                (self.reporting_currency or "") if has_amounts else "",
                *formats,
                *sorted(map(flat, self.deletion_columns)),
            ]
        )


def loaded_settings(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """What `reference.settings` holds, by key; nothing before that table exists."""
    exists = connection.execute(
        "select 1 from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'reference' and table_name = 'settings'"
    ).fetchone()
    return dict(connection.execute("select key, value from reference.settings").fetchall()) if exists else {}


def read_answers(connection: duckdb.DuckDBPyConnection) -> Answers:
    """The answers of `reference.settings`; the defaults before that table exists."""
    settings = loaded_settings(connection)
    formats = (entry.split("=") for entry in (settings.get("file_formats") or "").split(",") if entry)
    return Answers(
        settings.get("timezone") or "UTC",
        tuple((label, word) for label, word in formats),
        tuple(name for name in (settings.get("deletion_columns") or "").split(",") if name),
        settings.get("reporting_currency"),
    )
