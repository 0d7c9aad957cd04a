"""The suites as Dagster asset checks: two per guarded table, evaluated in two steps of a run.

`promises` holds a table's blocking expectations, `warnings` the others, because blocking is a property of a whole
check. The raw step runs before dbt reads raw, the model step after dbt and before publishing; each imports Great
Expectations and opens the build file once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import duckdb

from dagster_project.engine import only_row, quoted_table
from dagster_project.landing.catalog import catalog
from dagster_project.quality import builds, data_docs, results
from dagster_project.quality.known_promises import KnownPromises
from dagster_project.quality.results import CheckResult
from dagster_project.quality.suites import Severity, Suite, load_suites, suites_as_of
from dagster_project.warehouse import POOL, Warehouse

# The check's name in the UI for each severity.
CHECK_NAMES: Mapping[Severity, str] = {"blocking": "promises", "warn": "warnings"}


def build_quality_checks(suites: Sequence[Suite] | None = None) -> list[dg.AssetChecksDefinition]:
    """The asset checks of all suites; a suite's table `marts.dim_person` guards the asset `marts/dim_person`."""
    suites = load_suites() if suites is None else suites
    steps = {
        "check_raw": [suite for suite in suites if suite.layer == "raw"],
        "check_models": [suite for suite in suites if suite.layer != "raw"],
    }
    return [_build_step(name, tuple(guarded)) for name, guarded in steps.items() if guarded]


def asset_key(suite: Suite) -> dg.AssetKey:
    return dg.AssetKey(suite.table.split("."))


def check_specs(suites: Sequence[Suite]) -> list[dg.AssetCheckSpec]:
    """One spec per table and severity that the suite uses."""
    return [
        dg.AssetCheckSpec(
            name=check_name,
            asset=asset_key(suite),
            blocking=severity == "blocking",
            description="\n".join(f"- {expectation.promise}" for expectation in suite.of_severity(severity)),
        )
        for suite in suites
        for severity, check_name in CHECK_NAMES.items()
        if suite.of_severity(severity)
    ]


def _build_step(name: str, suites: tuple[Suite, ...]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=name, specs=check_specs(suites), can_subset=True, pool=POOL, compute_kind="great_expectations"
    )
    def step(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        selected = context.selected_asset_check_keys
        guarded = [suite for suite in suites if any(key.asset_key == asset_key(suite) for key in selected)]
        outcome = check(guarded, warehouse, run_id=context.run.run_id)
        for result in broken(outcome):
            if result.severity == "blocking":
                context.log.error(result.explanation)
            else:
                context.log.warning(result.line)
        for suite in guarded:
            for severity, check_name in CHECK_NAMES.items():
                if dg.AssetCheckKey(asset_key(suite), check_name) in selected:
                    about = [r for r in outcome if r.table_name == suite.table and r.severity == severity]
                    yield check_result(suite, severity, about, warehouse.settings.data_docs_url)

    return step


def check(suites: Sequence[Suite], warehouse: Warehouse, run_id: str) -> list[CheckResult]:
    """Evaluate the suites, keep the results in `audit.check_results` and bring the data docs up to date."""
    from dagster_project.quality.validation import InvalidArguments, validate

    settings = warehouse.settings
    checked_at = datetime.now(UTC)
    with warehouse.connect() as connection:
        # Read before the evaluation: what is changed while it runs must not count as checked.
        load_id, build = builds.load_id(connection), builds.latest_build(connection)
        empty = _never_came(connection, suites)
        known = KnownPromises(connection, suites_as_of(_asked(suites, empty), settings.as_of))
    to_ask = known.to_ask()
    try:
        # Great Expectations takes seconds to import.
        outcome = validate(to_ask, settings.build_file) if to_ask else []
    except InvalidArguments as error:
        raise dg.Failure(description=f"The checks stopped: {error}; mend it in expectations/") from None
    with warehouse.connect() as connection:
        known.forget(connection)
        every = [*outcome, *known.found(), *_settled(suites, empty)]
        results.record(
            connection,
            every,
            run_id=run_id,
            checked_at=checked_at,
            as_of=settings.as_of,
            load_id=load_id,
            build_id=build.build_id if build else None,
        )
        known.keep(connection, outcome)
        data_docs.write_page(settings.data_docs_dir, connection)
    return every


def _never_came(connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> frozenset[str]:
    """The guarded tables of objects of which no file ever came and no row stands anywhere.

    What holds of every object holds of them without being asked. A company uses three sources of twenty, and each
    table takes Great Expectations a tenth of a second.
    """
    came = set(
        connection.execute(
            "select source_system, object from audit.deliveries union select source_system, object "
            "from audit.landed_files union select source_system, object from audit.rejected_rows"
        ).fetchall()
    )
    made = {
        f"{schema}.{name}"
        for schema, name in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    }
    guarded = {suite.table for suite in suites} & made
    return frozenset(
        o.raw_table
        for o in catalog().objects
        if o.raw_table in guarded and (o.source, o.name) not in came and not _has_rows(connection, o.raw_table)
    )


def _asked(suites: Sequence[Suite], empty: Collection[str]) -> list[Suite]:
    """The suites without the promises that `_settled` answers."""
    asked = [
        replace(suite, expectations=tuple(e for e in suite.expectations if not e.is_of_every_object))
        if suite.table in empty
        else suite
        for suite in suites
    ]
    return [suite for suite in asked if suite.expectations]


def _settled(suites: Sequence[Suite], empty: Collection[str]) -> list[CheckResult]:
    from dagster_project.quality.validation import result_of

    message = "nothing of it was ever delivered"
    return [
        result_of(suite, expectation, "passed", checked_rows=0, unexpected_count=0, message=message)
        for suite in suites
        if suite.table in empty
        for expectation in suite.expectations
        if expectation.is_of_every_object
    ]


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(only_row(connection, f"select exists (from {quoted_table(table)})")[0])


def broken(outcome: Sequence[CheckResult]) -> list[CheckResult]:
    """The promises that don't hold, blocking ones first."""
    return sorted((r for r in outcome if r.status != "passed"), key=lambda r: r.severity != "blocking")


def check_result(suite: Suite, severity: Severity, about: Sequence[CheckResult], docs_url: str) -> dg.AssetCheckResult:
    """A table's results of one severity as the UI shows them."""
    failing = broken(about)
    metadata: dict[str, dg.MetadataValue] = {
        "report": dg.MetadataValue.md(results.markdown_report(about)),
        "broken": dg.MetadataValue.int(len(failing)),
        "promises": dg.MetadataValue.int(len(about)),
        "data_docs": dg.MetadataValue.url(f"{docs_url}/#{suite.table}"),
    }
    checked_rows = next((result.checked_rows for result in about if result.checked_rows is not None), None)
    if checked_rows is not None:
        metadata["rows"] = dg.MetadataValue.int(checked_rows)
    return dg.AssetCheckResult(
        asset_key=asset_key(suite),
        check_name=CHECK_NAMES[severity],
        passed=not failing,
        severity=dg.AssetCheckSeverity.ERROR if severity == "blocking" else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{r.expectation}: {r.finding}" for r in failing) or f"all {len(about)} hold",
        metadata=metadata,
    )
