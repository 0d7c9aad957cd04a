"""Assembly: every asset, check, job, schedule and resource of Throughline, read in a minute."""

from __future__ import annotations

import dagster as dg

from dagster_project.extract.assets import build_pull_checks, build_pulls
from dagster_project.jobs import full_refresh, nightly, whatif
from dagster_project.landing.assets import load_landing
from dagster_project.night.lean_dagster import make_lean
from dagster_project.notify.sensors import digests_sent, failure_told
from dagster_project.publish.assets import build_postgres_asset, build_publish_asset, is_published_to_postgres
from dagster_project.publish.readers import readers
from dagster_project.quality.checks import build_quality_checks
from dagster_project.reference.assets import load_reference, write_run_context
from dagster_project.review.assets import review_page
from dagster_project.rooms import furnished
from dagster_project.schedules import files_landed, nightly_schedule
from dagster_project.transform.assets import dbt_models, dbt_project, dbt_resource, mart_keys
from dagster_project.warehouse import Warehouse

# Before anything of Dagster runs: its event log would take a third of a night.
make_lean()

published = [build_publish_asset(mart_keys()), review_page]
if is_published_to_postgres():
    published.append(build_postgres_asset(dbt_project.manifest_path))
around_dbt = [*build_pulls(), load_reference, load_landing, write_run_context, *published]

defs = dg.Definitions(
    assets=[*furnished(around_dbt), dbt_models, *readers([key for asset in published for key in asset.keys])],
    asset_checks=[*build_pull_checks(), *build_quality_checks()],
    jobs=[nightly, full_refresh, whatif],
    schedules=[nightly_schedule],
    sensors=[files_landed, digests_sent, failure_told],
    resources={"warehouse": Warehouse(), "dbt": dbt_resource},
    # Also for "Materialize all" in the UI: one process, as in the nightly job.
    executor=dg.in_process_executor,
)
