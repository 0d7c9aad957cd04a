"""The published file as a Dagster asset, downstream of every mart."""

from collections.abc import Sequence

import dagster as dg

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
        return dg.MaterializeResult(metadata=metadata(publication, settings.as_of.isoformat()))

    return published_warehouse


def metadata(publication: Publication, as_of: str) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a publication."""
    tables = [{"table": table.full_name, "rows": f"{table.row_count:,}"} for table in publication.tables]
    return {
        "path": dg.MetadataValue.path(str(publication.path)),
        "bytes": dg.MetadataValue.int(publication.size_bytes),
        "as_of": dg.MetadataValue.text(as_of),
        "tables": dg.MetadataValue.md(markdown_records(tables)),
    }
