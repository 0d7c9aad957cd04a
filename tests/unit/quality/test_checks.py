"""The suites as asset checks: what blocks, what only warns, and where the results go."""

import dagster as dg
import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.quality import checks, validation
from dagster_project.quality.results import CheckResult
from dagster_project.quality.suites import SQL_TYPE, Expectation, Suite
from dagster_project.warehouse import Warehouse

RAW = Suite(
    "raw_salesforce.lead",
    "Leads.",
    ("Id",),
    (
        Expectation("ids", "Ids are unique.", "blocking", SQL_TYPE, {}, "select 1 from {batch}"),
        Expectation("blanks", "Few blanks.", "warn", SQL_TYPE, {}, "select 1 from {batch}"),
    ),
)
MART = Suite(
    "marts.fct_spend",
    "Spend.",
    (),
    (Expectation("recent", "Nothing after {as_of}.", "blocking", SQL_TYPE, {}, "select {as_of} from {batch}"),),
)


@pytest.fixture
def settings_of_the_run(tmp_path, monkeypatch):
    for folder in ("landing", "reference"):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(f"THROUGHLINE_{folder.upper()}_DIR", str(tmp_path / folder))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("THROUGHLINE_AS_OF", "2026-01-31")
    return tmp_path / "warehouse"


@pytest.fixture
def evaluated(monkeypatch):
    """Stands in for Great Expectations: gives the statuses that a test sets, and notes what it was asked."""
    statuses: dict[str, str] = {}
    asked = []

    def validate(suites, build_file):
        asked.extend(suites)
        return [
            CheckResult(s.table, s.layer, e.name, e.expect, None, e.promise, e.severity, statuses.get(e.name, "passed"))
            for s in suites
            for e in s.expectations
        ]

    monkeypatch.setattr(validation, "validate", validate)
    return statuses, asked


def run_of(suites, **arguments) -> dg.ExecuteInProcessResult:
    """Raw, its checks, a mart that stands for dbt's, its checks, and a consumer of the mart."""

    @dg.asset(key=["raw_salesforce", "lead"])
    def lead(): ...

    @dg.asset(key=["marts", "fct_spend"], deps=[lead])
    def fct_spend(): ...

    @dg.asset(deps=[fct_spend])
    def consumer(): ...

    job = dg.Definitions(
        assets=[lead, fct_spend, consumer],
        asset_checks=checks.build_quality_checks(suites),
        jobs=[dg.define_asset_job("all", dg.AssetSelection.all())],
        resources={"warehouse": Warehouse()},
    ).resolve_job_def("all")
    return job.execute_in_process(raise_on_error=False, **arguments)


def materialized(result) -> set[str]:
    return {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}


def test_a_table_has_one_check_per_severity_and_only_promises_block():
    specs = {(spec.asset_key.to_user_string(), spec.name): spec.blocking for spec in checks.check_specs([RAW, MART])}
    assert specs == {
        ("raw_salesforce/lead", "promises"): True,
        ("raw_salesforce/lead", "warnings"): False,
        ("marts/fct_spend", "promises"): True,
    }


def test_when_all_holds_everything_runs_and_the_results_are_kept(settings_of_the_run, evaluated):
    result = run_of([RAW, MART])
    assert result.success
    assert materialized(result) == {"lead", "fct_spend", "consumer"}
    with duckdb.connect(str(settings_of_the_run / "throughline.duckdb")) as connection:
        kept = connection.execute("select expectation, status from audit.check_results order by all").fetchall()
    assert kept == [("blanks", "passed"), ("ids", "passed"), ("recent", "passed")]
    assert (settings_of_the_run / "data_docs" / "index.html").exists()


def test_a_broken_blocking_promise_of_raw_stops_the_models(settings_of_the_run, evaluated):
    statuses, _ = evaluated
    statuses["ids"] = "failed"
    result = run_of([RAW, MART])
    assert not result.success
    assert materialized(result) == {"lead"}
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "raw_salesforce/lead: promises" in failure.step_failure_data.error.message


def test_a_blocking_promise_that_could_not_be_evaluated_stops_publishing(settings_of_the_run, evaluated):
    statuses, _ = evaluated
    statuses["recent"] = "errored"
    result = run_of([RAW, MART])
    assert not result.success
    assert materialized(result) == {"lead", "fct_spend"}


def test_a_warning_stops_nothing(settings_of_the_run, evaluated):
    statuses, _ = evaluated
    statuses["blanks"] = "failed"
    result = run_of([RAW, MART])
    assert result.success
    (warning,) = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert (warning.check_name, warning.severity) == ("warnings", dg.AssetCheckSeverity.WARN)
    assert "Few blanks." in warning.metadata["report"].value
    assert warning.metadata["data_docs"].value == "http://127.0.0.1:3001/#raw_salesforce.lead"


def test_queries_get_the_run_s_logical_time(settings_of_the_run, evaluated):
    _, asked = evaluated
    run_of([MART])
    assert asked[0].expectations[0].sql == "select timestamp '2026-01-31 23:59:59.999999' from {batch}"


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        ("", ["of_every_object", "own"]),
        ("create table raw_salesforce.lead (id varchar)", ["own"]),
        ("create table raw_salesforce.lead as select 'L1' as id", ["of_every_object", "own"]),
        *(
            (
                "create table raw_salesforce.lead (id varchar); "
                f"insert into audit.{table} (source_system, object, file) values ('salesforce', 'Lead', 'Lead.csv')",
                ["of_every_object", "own"],
            )
            for table in ("deliveries", "landed_files", "rejected_rows")
        ),
    ],
    ids=["no table", "never came", "rows by hand", "delivered", "landed", "rejected"],
)
def test_what_holds_of_every_object_is_asked_of_those_that_came(
    state: str, asked: list[str], settings_of_the_run, evaluated
) -> None:
    """And holds of the others: all are recorded, since nothing is published that wasn't checked."""
    expectations = [
        Expectation(name, "It holds.", "blocking", SQL_TYPE, {}, "from {batch}", is_of_every_object=name != "own")
        for name in ("of_every_object", "own")
    ]
    suite = Suite("raw_salesforce.lead", "Leads.", ("Id",), tuple(expectations))
    with dg.build_resources({"warehouse": Warehouse()}) as resources:
        with resources.warehouse.connect() as connection:
            prepare_audit(connection)
            connection.execute("create schema raw_salesforce")
            connection.execute(state)
        results = checks.check([suite], resources.warehouse, "run")
        with resources.warehouse.connect() as connection:
            recorded = connection.execute("select expectation from audit.check_results order by all").fetchall()
    assert [expectation.name for suite in evaluated[1] for expectation in suite.expectations] == asked
    assert {(result.expectation, result.status) for result in results} == {
        ("of_every_object", "passed"),
        ("own", "passed"),
    }
    assert recorded == [("of_every_object",), ("own",)]
