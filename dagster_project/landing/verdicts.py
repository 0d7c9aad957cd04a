"""Every delivery is judged by itself: a file of which too little could be read stops the night.

What lives here: how much of a delivery may be missing, and the words that say so. What doesn't: rejecting (casting.py,
text_records.py) and what a snapshot lacks (snapshots.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import duckdb

from dagster_project.engine import only_row
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.landing.inspection import InspectedFile

# One row in twenty: a few odd rows are life, more mean that the export's format changed. In a small file a slip or two
# are already one in twenty, so that ten are let pass. Raising either publishes thinner data.
MAX_REJECTED_SHARE = 0.05
MAX_REJECTED_ROWS = 10
# However small the file: what is for the most part unreadable is not what it is taken for.
MAX_REJECTED_SHARE_OF_FEW = 0.5
# Of the amount: one lost opportunity can be most of a month's revenue.
MAX_REJECTED_WORTH = 0.05

# How the rejects of a total below a table and of a spreadsheet's empty rows begin; they were never records, so that
# nobody misses them.
SUMMARY_ROW = "summary row"
BLANK_ROW = "blank row"
NO_RECORD = f"(starts_with(reason, '{SUMMARY_ROW}') or starts_with(reason, '{BLANK_ROW}'))"

_EXAMPLES = 3


def fingerprint(landing_object: LandingObject, content_hashes: Sequence[str]) -> str:
    """Names a delivery by its object and content, as the setting `confirmed_deliveries` does."""
    joined = "\n".join(sorted(content_hashes)).encode()
    return f"{landing_object.label}@{hashlib.blake2b(joined, digest_size=6).hexdigest()}"


def worth_column(landing_object: LandingObject) -> str | None:
    """The column that says what a record is worth: the required amount, if the object has one."""
    return next((c.name for c in landing_object.columns if c.required and c.type in ("decimal", "minor_units")), None)


def rejected_worth(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    number: str,
    delivery: int,
    amount: str,
    currency: str | None,
) -> float:
    """The rejected rows' share of a file's amount.

    Amounts in different currencies can't be added: each currency counts by its number of rows.
    """
    rejects = f"from landing_rejects where delivery = {delivery} and record_number is not null and scope = 'row'"
    (share,) = only_row(
        connection,
        f"""
        with rows as (
            select
                {currency or "''"} as currency,
                abs(cast({amount} as double)) as amount,
                {number} in (select record_number {rejects}) as is_rejected
            from {relation}
            where {number} not in (select record_number {rejects} and {NO_RECORD})
        ),

        currencies as (
            select count(*) as records, sum(amount) filter (is_rejected) / sum(amount) as share
            from rows
            where amount is not null
            group by currency
            having sum(amount) > 0
        )

        select sum(records * coalesce(share, 0)) / sum(records) from currencies
        """,
    )
    return share or 0.0


def judge(
    connection: duckdb.DuckDBPyConnection,
    plan: InspectedFile,
    delivery: int,
    rows: int,
    worth: float,
    confirmed: Collection[str],
) -> bool:
    """Whether the delivery is unusual and was confirmed. Raises LandingError if it is unusual and wasn't.

    The rejects of the delivery stand in `landing_rejects`, with their lines.
    """
    (rejected,) = only_row(
        connection,
        f"select count(*) from landing_rejects where delivery = ? and scope = 'row' and not {NO_RECORD}",
        [delivery],
    )
    delivered = rows + rejected
    share = rejected / delivered if delivered else 0.0
    is_much = share > MAX_REJECTED_SHARE and rejected > MAX_REJECTED_ROWS
    if not is_much and share <= MAX_REJECTED_SHARE_OF_FEW and worth <= MAX_REJECTED_WORTH:
        return False
    name = fingerprint(plan.file.object, [plan.content_hash.result()])
    if name in confirmed:
        return True
    file = plan.file
    if rows == 0:
        what = f"none of its {delivered:,} rows can be read"
    elif is_much or share > MAX_REJECTED_SHARE_OF_FEW:
        what = f"{rejected:,} of its {delivered:,} rows can't be read"
    else:
        what = f"{rejected:,} of its {delivered:,} rows can't be read, which hold {worth:.0%} of its amount"
    raise LandingError(
        f"{file.object.source}: {file.name}: {what} ({_examples(connection, delivery)}); expected at most "
        f"{MAX_REJECTED_SHARE:.0%} of the rows and of the amount; mend the export and deliver it again, or, if the "
        f"rest is to be loaded without them, add {name} to confirmed_deliveries in the reference table settings"
    )


def _examples(connection: duckdb.DuckDBPyConnection, delivery: int) -> str:
    found = connection.execute(
        f"""
        select
            column_name,
            count(*),
            min(line),
            arg_min(reason, (line is null, line, record_number, reason)),
            arg_min(record, (line is null, line, record_number, reason)),
        from landing_rejects
        where delivery = ? and scope = 'row' and not {NO_RECORD}
        group by column_name
        order by 2 desc, 1
        limit ?
        """,
        [delivery, _EXAMPLES],
    ).fetchall()
    examples = []
    for column, count, line, reason, record in found:
        rows = "row" if count == 1 else "rows"
        place = "" if line is None else f", as in line {line}"
        value = "" if column else f", '{record[:80]}'"
        examples.append(f"{column or 'whole record'}: {count:,} {rows}{place}: {reason[:300]}{value}")
    return "; ".join(examples)
