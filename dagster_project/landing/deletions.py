"""Deletion marks of loaders: which columns say that a record was deleted in its system, and records told only by key.

What lives here: the marks, the SQL that reads them, and marking the rows of raw. What doesn't: what a snapshot lacks
(loader.py), and what a deletion means for a kind of record (the models: what the CRM's own IsDeleted means).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from dagster_project.engine import literal
from dagster_project.landing import raw_tables, spelling, sql, superseded
from dagster_project.landing.catalog import LandingObject, flat
from dagster_project.landing.inspection import DeliveredColumn

# Fivetran; Stitch and Singer; Airbyte's change data capture; Debezium; Hevo; PeerDB; Skyvia; Rivery; Portable;
# Datastream; dlt and hand-made exports, which call it as they like; the API's own `archived`.
_MARKS = frozenset(
    flat(name)
    for name in (
        *("_fivetran_deleted", "_sdc_deleted_at", "_ab_cdc_deleted_at", "_airbyte_deleted_at", "_airbyte_deleted"),
        *("__deleted", "_deleted", "deleted", "deleted_at", "delivered_deleted_at", "is_deleted", "deleted_flag"),
        *("_dlt_deleted", "_dlt_deleted_at", "__hevo__marked_deleted", "_peerdb_is_deleted", "__skyvia_deleted"),
        *("_cdc_deleted", "_cdc_deleted_at", "_row_deleted", "_soft_deleted", "_rivery_deleted", "_portable_deleted"),
        *("datastream_metadata_is_deleted", "archived", "is_archived", "archived_at", "deletion_date", "deleted_date"),
    )
)
# Change feeds that name the operation: AWS DMS, Qlik, Debezium, Delta and Snowflake streams, BigQuery.
_OPERATIONS = frozenset(
    flat(name)
    for name in ("op", "__op", "_ab_cdc_op", "header__change_oper", "_change_type", "metadata$action", "cdc_operation")
)
_DELETE_WORDS = ("d", "delete", "deleted")

# The timestamps that programs write for none: the first moment of Unix, and the first of the calendar.
_NO_MOMENT = r"(1970-01-01|0001-01-01)([T ]00:00(:00([.]0+)?)?(Z| ?UTC|[+]00(:?00)?)?)?"

TOMBSTONES = "landing_tombstones"


def deletion_condition(columns: Collection[DeliveredColumn], named: Collection[str]) -> str | None:
    """SQL condition: the record is marked as deleted; none if the file has no such column.

    A mark is anything but blank, a word for nothing or a no: a flag says true, a timestamp says when. `named` are
    further columns that the company's setting names.
    """
    marks = _MARKS | {flat(name) for name in named}
    conditions = []
    for column in columns:
        name = flat(column.raw_name)
        if not is_marked_by(column, named):
            continue
        if column.native_type == "BOOLEAN":
            conditions.append(f"coalesce({column.expression}, false)")
            continue
        text = spelling.stripped(f"cast({column.expression} as varchar)")
        if name in _OPERATIONS and name not in marks:
            words = _DELETE_WORDS
            conditions.append(f"coalesce(lower({text}) in ({_list(words)}), false)")
        else:
            said = (
                f"{text} <> '' and not {spelling.is_no_value(text)} and lower({text}) not in ({_list(sql.FALSE_WORDS)})"
                f" and not regexp_full_match({text}, '{_NO_MOMENT}')"
            )
            conditions.append(f"coalesce({said}, false)")
    return " or ".join(conditions) or None


def is_mark(name: str) -> bool:
    """Whether a column of that name (flat) is a mark of deletion."""
    return name in _MARKS | _OPERATIONS


def is_marked_by(column: DeliveredColumn, named: Collection[str]) -> bool:
    """Whether a delivered column says that a record was deleted; `named` are those of the company's setting."""
    name = flat(column.raw_name)
    return column.catalogued is None and (is_mark(name) or name in {flat(other) for other in named})


def is_told_by_key(landing_object: LandingObject, columns: Collection[DeliveredColumn]) -> str:
    """SQL condition: of what makes the record one, only its key is filled; a loader's deletion row, not a version."""
    others = [c for c in columns if c.catalogued is not None and c.raw_name not in landing_object.key]
    needed = [c for c in others if c.catalogued and c.catalogued.required and c.catalogued.type != "boolean"] or others
    blank = [sql.is_blank(c.expression, c.native_type) for c in needed]
    return " and ".join(blank) or "false"


def bury(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    """Mark the records that were told deleted by key alone, unless a later version has brought them back."""
    if not raw_tables.execute(connection, f"select count(*) from {TOMBSTONES}"):
        return
    keys = sql.key_expressions(landing_object)
    same = " and ".join(f"tomb.k{n} is not distinct from {key}" for n, key in enumerate(keys))
    superseded.change(
        connection,
        landing_object,
        "_deleted_by_loader = true",
        f"not coalesce(_deleted_by_loader, false) and exists (select 1 from {TOMBSTONES} as tomb "
        f"where {same} and tomb.delivery >= _delivery)",
    )


def create_tombstones(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> None:
    """An empty list of records that are told deleted by key alone."""
    keys = ", ".join(f"{key} as k{n}" for n, key in enumerate(sql.key_expressions(landing_object)))
    connection.execute(
        f"create or replace temp table {TOMBSTONES} as select _delivery as delivery, _row as record_number, {keys} "
        f"from {sql.table(landing_object)} limit 0"
    )


def note_tombstones(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    delivery: int,
    number: str,
    relation: str,
    key_values: Sequence[str],
    condition: str,
) -> int:
    """List a file's records that are told deleted by key alone; how many."""
    keys = ", ".join(sql.key_expressions(landing_object))
    return raw_tables.execute(
        connection,
        f"insert into {TOMBSTONES} select {delivery}, record_number, {keys} from (select {number} as record_number, "
        f"{', '.join(key_values)} from {relation} where {condition} and {number} not in (select record_number "
        f"from landing_rejects where delivery = {delivery} and scope = 'row' and record_number is not null)) as told",
    )


def _list(words: Collection[str]) -> str:
    return ", ".join(literal(word) for word in words)
