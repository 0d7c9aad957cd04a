"""Snapshots: what the newest whole delivery of an object lacks is marked deleted, unless it lacks too much.

What lives here: deletion marks. What doesn't: which version of a record holds (versions.py), and marks that the
delivered rows carry themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import duckdb

from dagster_project.engine import only_row
from dagster_project.landing import raw_tables, sql, superseded
from dagster_project.landing.catalog import LandingObject

# Deleting one record in five in one night is no housekeeping; ten are let pass, because in a small table two or three
# are one in five. Raising either lets a broken export delete more.
MAX_MISSING_SHARE = 0.2
MAX_MISSING_RECORDS = 10
# However small the table.
MAX_MISSING_SHARE_OF_FEW = 0.5


def mark_deleted(
    connection: duckdb.DuckDBPyConnection,
    landing_object: LandingObject,
    deliveries: Sequence[int],
    moment: datetime,
    name: str,
    confirmed: Collection[str],
    log: Callable[[str], None],
) -> int:
    """Mark what the newest delivery lacks; what it holds again loses its mark.

    `landing_present` holds the delivered keys, and `name` is the delivery's fingerprint. The result is how many records
    wait for a confirmation.
    """
    listed = ", ".join(map(str, deliveries))
    table = sql.table(landing_object)
    keys = sql.key_expressions(landing_object)
    same = " and ".join(f"present.k{n} is not distinct from {key}" for n, key in enumerate(keys))
    is_present = f"exists (select 1 from landing_present as present where {same})"
    superseded.change(connection, landing_object, "_deleted_at = null", f"_deleted_at is not null and {is_present}")
    broken = raw_tables.execute(
        connection,
        f"select count(*) from landing_rejects where delivery in ({listed}) and record_number is null",
    )
    if broken:
        log(
            f"landing: {landing_object.label}: the newest snapshot holds {broken} records that can't be read, "
            "so nothing is marked deleted; audit.rejected_rows lists them"
        )
        return 0
    live, missing = only_row(
        connection, f"select count(*), count(*) filter (not {is_present}) from {table} where _deleted_at is null"
    )
    is_much = missing > live * MAX_MISSING_SHARE and missing > MAX_MISSING_RECORDS
    if (is_much or missing > live * MAX_MISSING_SHARE_OF_FEW) and name not in confirmed:
        log(
            f"landing: {landing_object.label}: the newest snapshot lacks {missing:,} of {live:,} records, more than a "
            "delivery usually deletes, so nothing is marked deleted; deliver the snapshot again if it is incomplete, "
            f"or, if they are gone, add {name} to confirmed_deliveries in the reference table settings"
        )
        return missing
    superseded.change(
        connection, landing_object, "_deleted_at = ?", f"_deleted_at is null and not {is_present}", [moment]
    )
    return 0
