"""What the company's settings say about its files: timezone, formats that files don't tell, columns that it names.

What lives here: reading `reference.settings` as it is loaded. What doesn't: the settings (reference/tables.py).
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace

import duckdb

from dagster_project.landing.catalog import LandingObject, flat
from dagster_project.landing.paths import Path, PathError, parse_path


@dataclass(frozen=True)
class Answers:
    """The settings that decide how files are read."""

    timezone: str = "UTC"
    # Pairs such as ("finance.invoices", "decimal_comma").
    file_formats: tuple[tuple[str, str], ...] = ()
    deletion_columns: tuple[str, ...] = ()
    # Pairs such as ("segment", "context_consent_analytics").
    consent_fields: tuple[tuple[str, str], ...] = ()
    reporting_currency: str | None = None

    def declared(self, landing_object: LandingObject, choices: Collection[str]) -> str | None:
        """What `file_formats` says of the object, among choices that exclude each other."""
        said = {word for label, word in self.file_formats if label == landing_object.label}
        return next((choice for choice in choices if choice in said), None)

    def named(self, landing_object: LandingObject) -> LandingObject:
        """The object with the names that the company gives to columns: a header, or a path to a value inside one."""
        field = dict(self.consent_fields).get(landing_object.source)
        if field is None or not any(column.named_by for column in landing_object.columns):
            return landing_object
        paths: tuple[Path, ...] = ()
        with suppress(PathError):
            paths = (parse_path(field),)
        columns = (
            replace(column, aliases=(field,), paths=paths) if column.named_by else column
            for column in landing_object.columns
        )
        return replace(landing_object, columns=tuple(columns))

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
                *(field for source, field in self.consent_fields if source == landing_object.source),
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
    return Answers(
        settings.get("timezone") or "UTC",
        _pairs(settings.get("file_formats")),
        tuple(name for name in (settings.get("deletion_columns") or "").split(",") if name),
        _pairs(settings.get("consent_fields")),
        settings.get("reporting_currency"),
    )


def _pairs(setting: str | None) -> tuple[tuple[str, str], ...]:
    """What a setting such as `finance.invoices=decimal_comma` says, entry by entry."""
    entries = (entry.partition("=") for entry in (setting or "").split(",") if entry)
    return tuple((label, said) for label, _, said in entries)
