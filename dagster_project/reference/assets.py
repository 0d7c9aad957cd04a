"""The reference tables and the run's context as Dagster assets."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb

from dagster_project.landing.catalog import catalog
from dagster_project.landing.loader import is_sample
from dagster_project.publish import seals
from dagster_project.reference import loader
from dagster_project.reference.tables import TABLES
from dagster_project.reference.validate import Reference, ReferenceTableError, read_reference
from dagster_project.settings import Settings
from dagster_project.warehouse import POOL, Warehouse

_KINDS = {"csv", "duckdb"}


@dg.multi_asset(
    name="load_reference",
    specs=[
        dg.AssetSpec(
            ["reference", table.name],
            group_name="reference",
            kinds=_KINDS,
            description=table.description,
            skippable=True,
        )
        for table in TABLES
    ],
    can_subset=True,
    pool=POOL,
)
def load_reference(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """The tables that the company edits, every cell checked before the first one is loaded."""
    reference = _valid_reference(warehouse.settings.reference_dir)
    selected = [table for table in TABLES if dg.AssetKey(["reference", table.name]) in context.selected_asset_keys]
    with warehouse.connect() as connection:
        _ensure_seals_hold(connection, warehouse.settings, reference)
        loader.load_reference(connection, reference, [table.name for table in selected])
    for table in selected:
        loaded = reference.tables[table.name]
        yield dg.MaterializeResult(
            asset_key=["reference", table.name],
            metadata={
                "dagster/row_count": len(loaded.rows),
                "file": dg.MetadataValue.path(str(loaded.path)),
                "shipped_with_throughline": loaded.is_shipped,
            },
        )


@dg.asset(
    name="run_context",
    key_prefix="reference",
    group_name="run",
    kinds={"duckdb"},
    # Raw Salesforce, because whether short ids are expanded depends on what landed.
    deps=[
        dg.AssetKey(["reference", "settings"]),
        *(dg.AssetKey([o.schema, o.snake_name]) for o in catalog().objects if o.source == "salesforce"),
    ],
    pool=POOL,
)
def write_run_context(warehouse: Warehouse) -> dg.MaterializeResult:
    """One row: AS_OF and the business settings, the way they reach SQL."""
    settings = warehouse.settings
    reference = _valid_reference(settings.reference_dir)
    with warehouse.connect() as connection:
        loader.write_run_context(connection, reference, settings)
    shown = {key: str(value) for key, value in reference.settings.items() if value is not None}
    return dg.MaterializeResult(metadata={"as_of": dg.MetadataValue.text(settings.as_of.isoformat()), **shown})


def _ensure_seals_hold(connection: duckdb.DuckDBPyConnection, settings: Settings, reference: Reference) -> None:
    try:
        given = seals.of_rows(reference.tables["sealed_months"].rows)
        seals.ensure_held(connection, given, is_sample(settings.landing_dir))
    except seals.SealBroken as error:
        raise dg.Failure(
            description=f"Throughline stopped before loading anything: {settings.reference_dir / str(error)}",
            allow_retries=False,
        ) from None


def _valid_reference(reference_dir: Path) -> Reference:
    try:
        return read_reference(reference_dir)
    except ReferenceTableError as error:
        raise dg.Failure(
            description=f"Throughline stopped before loading anything: {error}",
            metadata={"problems": dg.MetadataValue.md("\n".join(f"- {problem}" for problem in error.problems))},
            allow_retries=False,
        ) from None
