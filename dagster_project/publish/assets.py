"""What is published as Dagster assets, downstream of every mart: the file, and the same marts in PostgreSQL.

A good night then forgets what is old.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import dagster as dg

from dagster_project import retention
from dagster_project.markdown import markdown_records
from dagster_project.publish.guard import NotPublishable, ensure_publishable
from dagster_project.publish.keys import keys_of_marts
from dagster_project.publish.postgres import PostgresError, PostgresPublication, publish_to_postgres
from dagster_project.publish.publisher import Publication, PublishError, publish
from dagster_project.quality.suites import load_suites
from dagster_project.settings import DATA_DOCS_URL, SettingError, Settings, given_settings, postgres_target
from dagster_project.warehouse import POOL, Warehouse

PUBLISHED_KEY = dg.AssetKey(["published", "warehouse"])
POSTGRES_KEY = dg.AssetKey(["published", "postgres"])


def _data_docs_url() -> str:
    with suppress(SettingError):
        return Settings.from_environment().data_docs_url
    return DATA_DOCS_URL


def build_publish_asset(deps: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that publishes the marts given as `deps`."""

    @dg.asset(
        key=PUBLISHED_KEY,
        deps=list(deps),
        group_name="publish",
        kinds={"duckdb"},
        metadata={"data_docs": dg.MetadataValue.url(_data_docs_url())},
        pool=POOL,
        description="The file BI tools read: marts, reference and audit tables, replaced as a whole every good night.",
    )
    def published_warehouse(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        settings = warehouse.settings
        try:
            with warehouse.connect() as connection:
                build = ensure_publishable(connection, load_suites())
                # Before publishing, so that the published file holds no more than the build file.
                before = retention.cutoff(retention.retention_days(connection))
                check_results = retention.remove_check_results(connection, before) if before else 0
            # Whoever is named and was first delivered tonight is in no publication.
            warehouse.forget_requested(context.log)
            publication = publish(
                settings.build_file,
                settings.published_file,
                marts=[key.path[-1] for key in deps],
                run_id=context.run.run_id,
                as_of=settings.as_of,
                build_id=build.build_id,
                salt=settings.email_salt,
                replace_newer=settings.replace_newer,
                shared_group=settings.shared_group,
            )
        except (NotPublishable, PublishError) as error:
            raise dg.Failure(description=str(error)) from None
        removed = (
            _forget(context, settings.logs_dir, before, check_results) if before else "nothing: retention_days is 0"
        )
        return dg.MaterializeResult(
            metadata={
                **metadata(publication, settings.as_of.isoformat()),
                "data_docs": dg.MetadataValue.url(settings.data_docs_url),
                "removed": dg.MetadataValue.text(removed),
            }
        )

    return published_warehouse


def _forget(context: dg.AssetExecutionContext, logs_dir: Path, before: datetime, check_results: int) -> str:
    """Remove runs and logs that are older and say how much it was, check results included.

    The night is published by now. What can't be removed is logged as an error and tried again the next night.
    """
    try:
        removed = retention.Removed(
            runs=retention.remove_runs(context.instance, before),
            check_results=check_results,
            logs=retention.remove_logs(logs_dir, before),
        )
    except Exception as error:
        reason = " ".join(str(error).split())
        context.log.error(f"The night is published, but what is older than retention_days could not go: {reason}")
        return f"not all that is older than {before:%Y-%m-%d %H:%M} UTC: {reason}"
    context.log.info(f"Removed what is older than {before:%Y-%m-%d %H:%M} UTC: {removed.sentence}.")
    return f"{removed.sentence}, older than {before:%Y-%m-%d %H:%M} UTC"


def metadata(publication: Publication, as_of: str) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a publication."""
    tables = [{"table": table.full_name, "rows": f"{table.row_count:,}"} for table in publication.tables]
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(table.row_count for table in publication.tables)),
        "path": dg.MetadataValue.path(str(publication.path)),
        "bytes": dg.MetadataValue.int(publication.size_bytes),
        "reproducible_publications": dg.MetadataValue.int(publication.reproducible),
        "bytes_of_their_inputs": dg.MetadataValue.int(publication.inputs_bytes),
        "as_of": dg.MetadataValue.text(as_of),
        "tables": dg.MetadataValue.md(markdown_records(tables)),
    }


def is_published_to_postgres() -> bool:
    """Whether the environment names a database; a wrong name is one, so that the run says what is wrong with it."""
    with suppress(SettingError):
        return postgres_target(given_settings()) is not None
    return True


def build_postgres_asset(manifest: Path) -> dg.AssetsDefinition:
    """The asset that copies the published file's marts into PostgreSQL, with the keys that dbt's manifest tells."""

    @dg.asset(
        key=POSTGRES_KEY,
        deps=[PUBLISHED_KEY],
        group_name="publish",
        kinds={"postgres"},
        pool=POOL,
        description=(
            "The marts of the published file in a schema of a PostgreSQL database, with keys, indexes and comments, "
            "swapped as a whole after the file."
        ),
    )
    def published_postgres(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
        settings = warehouse.settings
        if settings.postgres is None:
            raise dg.Failure(
                description="Not published to PostgreSQL: THROUGHLINE_PUBLISH_POSTGRES is not set; set it, or start "
                "the UI again without it"
            )
        try:
            publication = publish_to_postgres(
                settings.published_file,
                settings.postgres,
                keys=keys_of_marts(json.loads(manifest.read_text(encoding="utf-8"))),
                says=context.log.info,
            )
        except PostgresError as error:
            raise dg.Failure(description=str(error)) from None
        for warning in publication.warnings:
            context.log.warning(warning)
        return dg.MaterializeResult(metadata=postgres_metadata(publication))

    return published_postgres


def postgres_metadata(publication: PostgresPublication) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a publication in PostgreSQL; nothing of the connection but the place."""
    tables = [{"table": table.name, "rows": f"{table.row_count:,}"} for table in publication.tables]
    return {
        "dagster/row_count": dg.MetadataValue.int(sum(table.row_count for table in publication.tables)),
        "table_count": dg.MetadataValue.int(len(tables)),
        "database": dg.MetadataValue.text(publication.place),
        "schema": dg.MetadataValue.text(publication.schema),
        "as_of": dg.MetadataValue.text(f"{publication.as_of:%Y-%m-%d %H:%M} UTC"),
        "milliseconds_to_swap": dg.MetadataValue.int(round(publication.swap_seconds * 1000)),
        "tables": dg.MetadataValue.md(markdown_records(tables)),
    }
