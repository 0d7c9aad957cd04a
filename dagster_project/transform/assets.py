"""The dbt models as Dagster assets, built by one dbt invocation."""

import os
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, dbt_assets
from packaging.version import Version

from dagster_project.quality.builds import finish_build, start_build
from dagster_project.transform.arguments import build_arguments, failure_summary
from dagster_project.transform.observations import ATTRIBUTION_SOURCES, attribution_observation
from dagster_project.transform.previews import preview, preview_queries
from dagster_project.transform.project import (
    DBT_PROJECT_DIR,
    DBT_VERSION,
    PARSED_DBT,
    dbt_environment,
    prepared_project,
    remove_old_artifacts,
)
from dagster_project.transform.translator import ThroughlineTranslator
from dagster_project.warehouse import POOL, Warehouse

dbt_project = prepared_project()


class InstalledDbt(DbtCliResource):
    """The dbt of this environment, without what dagster-dbt does around each build and nothing here needs: a process
    that asks dbt for its version, which looks on the internet for a newer one, and a connection to the warehouse."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(DBT_VERSION)

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        return None


dbt_resource = InstalledDbt(
    project_dir=dbt_project,
    dbt_executable=sys.executable,
    # -P: what lies beside the file is no package of dbt's.
    global_config_flags=["-P", str(PARSED_DBT), str(DBT_PROJECT_DIR)],
)


@dbt_assets(
    name="dbt_build",
    manifest=dbt_project.manifest_path,
    project=dbt_project,
    dagster_dbt_translator=ThroughlineTranslator(),
    exclude="resource_type:unit_test",
    pool=POOL,
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource, warehouse: Warehouse) -> Iterator[Any]:
    """Every model from staging to reports, with its data tests, in one `dbt build`."""
    os.environ.update(dbt_environment(warehouse.settings))
    remove_old_artifacts(dbt_project.project_dir / dbt_project.target_path)
    with warehouse.connect() as connection:
        build_id = start_build(connection, run_id=context.run_id, as_of=warehouse.settings.as_of)
    invocation = dbt.cli(build_arguments(), context=context, raise_on_error=False)
    yield from invocation.stream()
    if not invocation.is_successful():
        raise dg.Failure(description=_stopped(invocation))
    with warehouse.connect() as connection:
        finish_build(connection, build_id)
        if context.selected_asset_keys >= ATTRIBUTION_SOURCES:
            yield attribution_observation(connection)
        for (schema, name), query in preview_queries(invocation.manifest).items():
            if (key := dg.AssetKey([schema, name])) in context.selected_asset_keys:
                table = dg.MetadataValue.md(preview(connection, query))
                context.log_event(dg.AssetObservation(key, metadata={"preview": table}))


def mart_keys() -> Sequence[dg.AssetKey]:
    """The keys of every model that is published."""
    return sorted(key for key in dbt_models.keys if key.path[0] == "marts")


def _stopped(invocation: DbtCliInvocation) -> str:
    try:
        summary = failure_summary(invocation.get_artifact("run_results.json"))
    except Exception:  # dbt stopped before it wrote its results, e.g. a model that doesn't compile
        error = invocation.get_error()
        summary = str(error) if error else "see dbt's log above"
    return f"dbt build stopped; yesterday's published file stays.\n{summary}"
