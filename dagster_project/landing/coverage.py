"""What every source in use delivered and what it left out: `audit.landing_coverage`, behind the report of coverage.

What lives here: which of the catalog's columns came, under which name, and how many records have a value. What doesn't:
what follows for the marts (the sources' `without`), and the report (rpt_source_coverage).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from dagster_project.engine import identifier, only_row
from dagster_project.landing.catalog import LandingObject, Source
from dagster_project.landing.inspection import InspectedFile

# What the marts can't answer where no source of a system is in use.
WITHOUT_SYSTEM = {
    "crm": "No lead, no opportunity and no revenue is known: only the marts of visits, costs and assets have rows.",
    "web": (
        "No visit is known: journeys begin with the first record of the CRM, channels of visits have no credit, and "
        "rpt_content_effectiveness counts shares and responses only."
    ),
    "ads": (
        "No cost of advertising is known: cost, roas, cost_per_mql and cac of rpt_channel_roi are those of CRM "
        "campaigns and brand activities alone."
    ),
    "marketing": (
        "No form, click or program of a marketing tool is known beside the CRM's own and the web's: fewer touches, and "
        "creators that only the tool knows stay unknown."
    ),
    "content": "No asset is known: dim_content_asset and the reports of content are empty.",
    "planning": (
        "No target, no named account and no brand activity is known: rpt_target_integrity and rpt_abm_pairs are empty."
    ),
    "finance": "No invoice is known: won revenue isn't tied to the books, and rpt_invoice_reconciliation is empty.",
    "signals": "No signal of a company is known: fct_company_signals and rpt_account_signals are empty.",
}


def note_columns(connection: duckdb.DuckDBPyConnection, plan: InspectedFile) -> None:
    """Remember which of the catalog's columns a file has, and under which names."""
    known = [
        (column.catalogued.name, column.name or column.raw_name, column.matched_by or "name")
        for column in plan.columns
        if column.catalogued is not None
    ]
    if known:
        connection.execute(
            "insert into audit.landed_columns select ?, ?, ?, unnest(?), unnest(?), unnest(?)",
            [
                plan.file.object.source,
                plan.file.object.name,
                plan.file.name,
                *(list(texts) for texts in zip(*known, strict=True)),
            ],
        )


def write(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], reloaded: Collection[str]) -> None:
    """Write the sources' part of `audit.landing_coverage` anew: a row per column that a source in use could deliver.

    `reloaded` are the raw tables that this load may have changed; only their values are counted again. What a source
    never has is a row without a column; a source that is not in use has one row, without an object.
    """
    used = {name for (name,) in connection.execute("select distinct source_system from audit.landed_files").fetchall()}
    rows: list[tuple[object, ...]] = []
    for source in sources:
        if source.name not in used:
            rows.append((source.system, source.name, *[None] * 4, WITHOUT_SYSTEM.get(source.system), None, None, None))
            continue
        for name, consequence in source.never.items():
            rows.append((source.system, source.name, name, None, False, None, consequence, None, 0, 0))
        counted = _counted_before(connection, source)
        for landing_object in source.objects:
            counts = counted.get(landing_object.name)
            if counts is None or landing_object.raw_table in reloaded:
                counts = _count(connection, landing_object)
            for column in landing_object.listed_columns:
                rows.append(
                    (
                        source.system,
                        source.name,
                        landing_object.name,
                        column.name,
                        landing_object.required,
                        column.required,
                        landing_object.without,
                        landing_object.without_columns.get(column.name),
                        counts[""],
                        counts[column.name],
                    )
                )
    connection.execute(
        "delete from audit.landing_coverage where list_contains(?, source_system)",
        [[source.name for source in sources]],
    )
    # One statement for all rows; a statement per row takes a hundred times as long.
    connection.execute(
        f"insert into audit.landing_coverage select {', '.join('unnest(?)' for _ in rows[0])}",
        [list(column) for column in zip(*rows, strict=True)],
    )


def _counted_before(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[str, dict[str, int]]:
    """The counts of the latest load, by object and column; all of an object's records stand under the blank name.

    An object whose entry has other columns since is counted anew.
    """
    counted: dict[str, dict[str, int]] = {}
    for name, column, records, filled in connection.execute(
        "select object, column_name, records, filled from audit.landing_coverage "
        "where source_system = ? and column_name is not null",
        [source.name],
    ).fetchall():
        counted.setdefault(name, {"": records})[column] = filled
    columns = {o.name: {"", *(column.name for column in o.listed_columns)} for o in source.objects}
    return {name: counts for name, counts in counted.items() if set(counts) == columns.get(name)}


def _count(connection: duckdb.DuckDBPyConnection, landing_object: LandingObject) -> dict[str, int]:
    names = [column.name for column in landing_object.listed_columns]
    values = ", ".join(f"count({identifier(name)})" for name in names)
    records, *filled = only_row(
        connection, f"select count(*), {values} from {landing_object.raw_table} where _deleted_at is null"
    )
    return {"": records, **dict(zip(names, filled, strict=True))}
