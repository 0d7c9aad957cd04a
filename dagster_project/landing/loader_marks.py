"""Loaders' own columns: when they read a row, and which of their columns say nothing about the record.

What lives here: the names of those columns, and the SQL that reads them. What doesn't: marks of deletion
(deletions.py), and which version of a record holds (versions.py). No loader's column is ever taken for one of the
catalog: their names begin with `_`.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagster_project.engine import identifier
from dagster_project.landing import deletions, sql
from dagster_project.landing.catalog import flat

# When a row was read, or since when its version holds; of one loader the stricter clock first. Fivetran (history mode
# first); Airbyte; Stitch and Singer; dlt; change feeds and the smaller ones.
_LOADED_AT = (
    *("_fivetran_start", "_fivetran_synced"),
    *("_ab_cdc_updated_at", "_airbyte_extracted_at", "_airbyte_emitted_at"),
    *("_sdc_sequence", "_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at"),
    "_dlt_load_id",
    *("__source_ts_ms", "__ts_ms", "__hevo__loaded_at", "__hevo__ingested_at", "_peerdb_synced_at"),
    *("_rivery_last_update", "_portable_extracted", "_airbyte_loaded_at"),
)

# Rows of one record that a loader read within a minute may be its lines; a version that changed comes with a later
# reading, which is minutes away at the least. More, and frequent readings are asked for; less, and lines are lost.
SECONDS_OF_ONE_READING = 60

# What a loader's columns begin with. Two rows that differ in nothing else are one row that was read twice.
_HOUSEKEEPING = ("_fivetran_", "_airbyte_", "_ab_", "_sdc_", "_dlt_", "__hevo__", "_peerdb_", "_rivery_", "_portable_")


def loaded_at(columns: Mapping[str, tuple[str, str]]) -> str | None:
    """SQL for the instant at which a loader read a raw row; none if no column says so.

    `columns` are the raw table's, by lower-case name: name and type.
    """
    found = [columns[name] for name in _LOADED_AT if name in columns]
    if not found:
        return None
    return f"coalesce({', '.join(sql.cast_native(identifier(name), kind, 'timestamp') for name, kind in found)})"


def is_housekeeping(name: str) -> bool:
    """Whether a column tells of the loader's work and not of the record; a mark of deletion tells of the record."""
    return name.lower().startswith(_HOUSEKEEPING) and not deletions.is_mark(flat(name))
