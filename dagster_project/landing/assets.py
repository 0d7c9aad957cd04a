"""The landing objects as Dagster assets: one asset each, all loaded by one step.

What lives here: asset keys, metadata, and which errors are worth a retry. What doesn't: the loading (loader.py).
"""

# No `from __future__ import annotations`: Dagster reads the types of the parameters when `load_landing` is defined.
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb

from dagster_project.extract.assets import pulled_keys
from dagster_project.landing.answers import loaded_settings
from dagster_project.landing.catalog import LandingObject, Source, catalog
from dagster_project.landing.errors import LandingError
from dagster_project.landing.freshness import INTERVALS_UNTIL_OVERDUE
from dagster_project.landing.loader import LoadResult, load_objects
from dagster_project.warehouse import POOL, Warehouse

# Declares the snapshot objects, so it is read before anything lands.
SETTINGS_KEY = dg.AssetKey(["reference", "settings"])

# The check's name in the UI.
FRESHNESS_CHECK = "arrives_in_its_rhythm"

# A network drive that hiccups is back within a minute; a file that is wrong stays wrong and is not retried.
MAX_RETRIES = 2
SECONDS_BEFORE_RETRY = 20


class LoadLandingConfig(dg.Config):
    """Options of `load_landing`; `full_refresh` rebuilds the selected raw tables from what the folder holds."""

    full_refresh: bool = False


def asset_key(landing_object: LandingObject) -> dg.AssetKey:
    """`raw_salesforce` / `lead`, which is also the table."""
    return dg.AssetKey([landing_object.schema, landing_object.snake_name])


def freshness_check(landing_object: LandingObject) -> dg.AssetCheckSpec:
    """The check that an object keeps arriving; it warns, because what was delivered before is still right."""
    return dg.AssetCheckSpec(
        FRESHNESS_CHECK,
        asset=asset_key(landing_object),
        description=f"Something new arrived within {INTERVALS_UNTIL_OVERDUE} of the object's own usual intervals.",
    )


def asset_spec(source: Source, landing_object: LandingObject) -> dg.AssetSpec:
    """How an object appears in the Dagster UI."""
    return dg.AssetSpec(
        asset_key(landing_object),
        deps=[SETTINGS_KEY, *pulled_keys(source.name, landing_object.snake_name)],
        group_name=source.name,
        kinds={source.kind, "duckdb"},
        description=f"{landing_object.description} As delivered, with lineage; one row per key.",
    )


@dg.multi_asset(
    name="load_landing",
    specs=[asset_spec(source, landing_object) for source in catalog().sources for landing_object in source.objects],
    check_specs=[freshness_check(landing_object) for landing_object in catalog().objects],
    can_subset=True,
    pool=POOL,
)
def load_landing(
    context: dg.AssetExecutionContext, config: LoadLandingConfig, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Load new and changed files of the selected objects; nothing is loaded when one of them can't be used."""
    objects = [o for o in catalog().objects if asset_key(o) in context.selected_asset_keys]
    try:
        with warehouse.connect() as connection:
            results = load_objects(
                connection,
                objects,
                warehouse.settings.landing_dir,
                datetime.now(UTC),
                snapshot_objects(connection),
                config.full_refresh,
                context.log.warning,
                confirmed_deliveries(connection),
            )
    except LandingError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    except (OSError, duckdb.IOException) as error:
        if context.retry_number >= MAX_RETRIES:
            raise dg.Failure(
                description=f"landing: {error}; tried {MAX_RETRIES + 1} times; expected a folder that stays readable; "
                "mend the drive and run again"
            ) from None
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=SECONDS_BEFORE_RETRY) from error
    for result in results.values():
        yield dg.MaterializeResult(asset_key=asset_key(result.object), metadata=result_metadata(result))
        if dg.AssetCheckKey(asset_key(result.object), FRESHNESS_CHECK) in context.selected_asset_check_keys:
            yield freshness_result(result)


def snapshot_objects(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The objects that the reference table `settings` declares as snapshots."""
    return _listed_setting(connection, "snapshot_objects")


def confirmed_deliveries(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The unusual deliveries that the reference table `settings` confirms, by fingerprint."""
    return _listed_setting(connection, "confirmed_deliveries")


def _listed_setting(connection: duckdb.DuckDBPyConnection, key: str) -> list[str]:
    """The values of a setting that holds several; none before the table exists."""
    return (loaded_settings(connection).get(key) or "").replace(",", " ").split()


def freshness_result(result: LoadResult) -> dg.AssetCheckResult:
    """Whether the object arrives in its rhythm, as the UI shows it."""
    return dg.AssetCheckResult(
        asset_key=asset_key(result.object),
        check_name=FRESHNESS_CHECK,
        passed=result.overdue is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=result.overdue or "nothing is overdue",
    )


def result_metadata(result: LoadResult) -> dict[str, Any]:
    """What the UI shows beside a materialization."""
    metadata: dict[str, Any] = {
        "dagster/row_count": result.rows,
        "new_rows": result.new_rows,
        "rejected_rows": result.rejected,
        "duplicate_ids_in_a_file": result.duplicates,
        "files": result.files,
        "files_read": len(result.files_read),
        "bytes": result.bytes,
    }
    if result.newest_record is not None:
        metadata["newest_record"] = dg.MetadataValue.timestamp(result.newest_record.replace(tzinfo=UTC))
    if result.files_read:
        metadata["files_read_in_this_run"] = dg.MetadataValue.md(_files_table(result))
    if treatments := [line for file in result.files_read for line in file.treatments]:
        metadata["values_treated"] = dg.MetadataValue.md("\n".join(f"- {line}" for line in treatments))
    if result.unrecognised:
        metadata["unrecognised"] = dg.MetadataValue.md("\n".join(f"- {line}" for line in result.unrecognised))
    return metadata


def _files_table(result: LoadResult) -> str:
    head = "| file | bytes | rows | rejected | duplicate ids | re-coded lines |"
    rule = "| --- | ---: | ---: | ---: | ---: | ---: |"
    lines = [
        f"| {file.name.replace('|', '&#124;')} | {file.bytes} | {file.rows} | {file.rejected} "
        f"| {file.duplicates} | {file.recoded_lines} |"
        for file in result.files_read
    ]
    return "\n".join([head, rule, *lines])
