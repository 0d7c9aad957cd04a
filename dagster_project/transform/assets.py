"""The dbt models as Dagster assets, built by one dbt invocation."""

import os
import signal
import subprocess
from collections.abc import Generator, Iterator, Sequence, Set
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DbtCliInvocation, DbtCliResource, dbt_assets

from dagster_project.disk import disk_problem
from dagster_project.markdown import markdown_records
from dagster_project.publish import kept
from dagster_project.quality import builds, data_docs, results
from dagster_project.quality.results import CheckResult
from dagster_project.transform.arguments import build_arguments, errors_said, failed_models
from dagster_project.transform.engines import engine_of
from dagster_project.transform.installed_dbt import installed_dbt
from dagster_project.transform.observations import ATTRIBUTION_SOURCES, attribution_observation
from dagster_project.transform.outcomes import outcomes_of_tests
from dagster_project.transform.previews import preview, preview_queries, row_count
from dagster_project.transform.progress import Progress
from dagster_project.transform.project import dbt_environment, prepared_project, remove_old_artifacts
from dagster_project.transform.translator import ThroughlineTranslator
from dagster_project.warehouse import POOL, Warehouse

dbt_project = prepared_project()
dbt_resource = installed_dbt(dbt_project)

# What dbt tells of an asset or of a check, as Dagster takes it.
_Told = dg.Output | dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckResult | dg.AssetCheckEvaluation


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
    settings = warehouse.settings
    os.environ.update(dbt_environment(settings))
    remove_old_artifacts(dbt_project.project_dir / dbt_project.target_path)
    engine = engine_of(settings, dbt)
    context.log.info(f"The models are built on {engine.place}")
    with warehouse.connect() as connection:
        kept.settle(connection, settings.published_file)
        kept.begin(connection, settings.as_of)
        load_id = builds.load_id(connection)
        build_id = builds.start_build(connection, run_id=context.run_id, as_of=settings.as_of)
        engine.prepare(connection, {(key.path[0], key.path[-1]) for key in context.selected_asset_keys})
    invocation = engine.dbt.cli(build_arguments(), context=context, raise_on_error=False)
    unheard = {key.to_python_identifier() for key in context.selected_asset_keys}
    try:
        held = yield from _building(context, invocation, unheard)
    except BaseException:
        _end(invocation)
        raise
    run_results = _run_results(invocation)
    with warehouse.connect() as connection:
        broken_rows = engine.bring_back(connection, invocation.manifest, run_results)
        if used := engine.used():
            context.log.info(used)
        if doubt := engine.doubt():
            context.log.warning(doubt)
        outcomes = outcomes_of_tests(connection, run_results, invocation.manifest, broken_rows)
        results.record(
            connection,
            outcomes,
            run_id=context.run_id,
            checked_at=datetime.now(UTC),
            as_of=settings.as_of,
            load_id=load_id,
            build_id=build_id,
        )
        data_docs.write_page(settings.data_docs_dir, connection)
        yield from _completed(connection, held, outcomes, invocation, settings.data_docs_url)
        if invocation.is_successful():
            if not unheard and is_whole(context.selected_asset_keys, context.selected_asset_check_keys):
                builds.finish_build(connection, build_id)
            if context.selected_asset_keys >= ATTRIBUTION_SOURCES:
                yield attribution_observation(connection)
    broken = [outcome for outcome in outcomes if outcome.status != "passed"]
    unbuilt = failed_models(run_results)
    said = "" if invocation.is_successful() else str(invocation.get_error() or "")
    if problem := disk_problem("\n".join([*unbuilt, said])):
        raise dg.Failure(description=f"dbt build stopped: {settings.build_file}: {problem}", allow_retries=False)
    for model in unbuilt:
        context.log.error(model)
    for outcome in broken:
        if outcome.severity == "warn":
            context.log.warning(outcome.line)
        else:
            context.log.error(outcome.explanation)
    if not invocation.is_successful():
        blocking = [outcome.line for outcome in broken if outcome.severity == "blocking"]
        reasons = [*unbuilt, *blocking] or errors_said(said)
        raise dg.Failure(description="\n".join(["dbt build stopped; yesterday's published file stays.", *reasons]))
    # Dagster would skip what stands on them, publishing too, and call the run a success.
    if unheard:
        raise dg.Failure(
            description=(
                f"dbt built every model, but nothing that can be read was heard of {len(unheard)} of them, such as "
                f"{min(unheard)}; expected a line of JSON each. Yesterday's published file stays; run again, and "
                "see the full log for what stands between dbt's lines"
            )
        )


def is_whole(models: Set[dg.AssetKey], tests: Set[dg.AssetCheckKey]) -> bool:
    """Whether a build of these is one that may be published: every model, and every test asked of it.

    A build of some models leaves the others as an earlier one made them, from other files or untested.
    """
    return models >= dbt_models.keys and tests >= dbt_models.check_keys


def mart_keys() -> Sequence[dg.AssetKey]:
    """The keys of every model that is published."""
    return sorted(key for key in dbt_models.keys if key.path[0] == "marts")


def _building(
    context: dg.AssetExecutionContext, invocation: DbtCliInvocation, unheard: set[str]
) -> Generator[_Told, None, list[_Told]]:
    """Pass on what dbt tells while it builds, and take the models it tells of out of `unheard`.

    What needs a look into the warehouse waits, and is returned at the end: the marts, which get their rows, and the
    tests that failed. Until then dbt has the file.
    """
    progress = Progress(len(context.selected_asset_keys), len(context.selected_asset_check_keys), context.log.info)
    # What compares the marts with those published before stands on them, so it is told after them.
    waiting = {
        key.to_python_identifier()
        for key in dbt_models.keys
        if key.path[0] == "marts" or key.path[-1].startswith("int_publications__")
    }
    held: list[_Told] = []
    for event in invocation.stream_raw_events():
        progress.hears(event.raw_event)
        for told in event.to_default_asset_events(
            manifest=invocation.manifest,
            dagster_dbt_translator=invocation.dagster_dbt_translator,
            context=context,
            target_path=invocation.target_path,
            project=invocation.project,
        ):
            if isinstance(told, dg.Output):
                unheard.discard(told.output_name)
            waits = (
                told.output_name in waiting
                if isinstance(told, dg.Output)
                else isinstance(told, dg.AssetCheckResult) and not told.passed
            )
            if waits:
                held.append(told)
            else:
                yield told
    return held


def _end(invocation: DbtCliInvocation) -> None:
    """End a dbt that nobody listens to any more, as after Ctrl-C: else it would go on and hold the warehouse's file."""
    dbt = invocation.process
    if dbt.poll() is None:
        dbt.send_signal(signal.SIGINT)
        try:
            dbt.wait(invocation.termination_timeout_seconds)
        except subprocess.TimeoutExpired:
            dbt.kill()
            dbt.wait()


def _completed(
    connection: duckdb.DuckDBPyConnection,
    held: Sequence[_Told],
    outcomes: Sequence[CheckResult],
    invocation: DbtCliInvocation,
    docs_url: str,
) -> Iterator[_Told]:
    """The marts with their row counts and some rows, and the failed tests with what breaks them."""
    found = {outcome.expectation: outcome for outcome in outcomes}
    previews = preview_queries(invocation.manifest)
    named = {dg.AssetKey(list(name)).to_python_identifier(): name for name in previews}
    for told in held:
        if isinstance(told, dg.Output) and told.output_name in named:
            name = named[told.output_name]
            yield dg.Output(
                None,
                told.output_name,
                metadata={
                    "dagster/row_count": row_count(connection, *name),
                    "preview": dg.MetadataValue.md(preview(connection, previews[name])),
                    "data_docs": dg.MetadataValue.url(f"{docs_url}/#{'.'.join(name)}"),
                    **told.metadata,
                },
            )
        elif isinstance(told, dg.AssetCheckResult):
            yield _explained(told, found[told.check_name], docs_url) if told.check_name in found else told


def _explained(told: dg.AssetCheckResult, outcome: CheckResult, docs_url: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False,
        asset_key=told.asset_key,
        check_name=told.check_name,
        severity=told.severity,
        description=outcome.finding,
        metadata={
            "promise": outcome.promise,
            "rows": dg.MetadataValue.md(markdown_records(outcome.sample_rows)),
            "mend": outcome.mend,
            "data_docs": dg.MetadataValue.url(f"{docs_url}/#{outcome.table_name}"),
            **told.metadata,
        },
    )


def _run_results(invocation: DbtCliInvocation) -> dict[str, Any]:
    try:
        return invocation.get_artifact("run_results.json")
    except FileNotFoundError:  # dbt stopped before it wrote its results, e.g. a model that doesn't compile
        return {"results": []}
