"""The published file as a Dagster asset, downstream of every mart; a good night then forgets what is old."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import dagster as dg

from dagster_project import retention
from dagster_project.markdown import markdown_records
from dagster_project.publish.guard import NotPublishable, ensure_publishable
from dagster_project.publish.publisher import Publication, PublishError, publish
from dagster_project.quality.suites import load_suites
from dagster_project.warehouse import POOL, Warehouse

PUBLISHED_KEY = dg.AssetKey(["published", "warehouse"])


def build_publish_asset(deps: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that publishes the marts given as `deps`."""

    @dg.asset(
        key=PUBLISHED_KEY,
        deps=list(deps),
        group_name="publish",
        kinds={"duckdb"},
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
        "as_of": dg.MetadataValue.text(as_of),
        "tables": dg.MetadataValue.md(markdown_records(tables)),
    }
