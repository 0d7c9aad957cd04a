"""What a person sees of a night, told from Dagster's own events of small jobs."""

import io
from collections.abc import Sequence
from typing import Any

import dagster as dg
import pytest

from dagster_project.night.console import SHOWN_WARNINGS, Console
from dagster_project.night.dagster_run import run_job

LEADS = dg.AssetKey(["raw_salesforce", "lead"])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(
    assets: Sequence[dg.AssetsDefinition],
    checks: Sequence[dg.AssetChecksDefinition] = (),
    terminal: io.StringIO | None = None,
    resources: dict[str, Any] | None = None,
) -> str:
    """What the console shows of a job of these assets and checks."""
    terminal = terminal or io.StringIO()
    console = Console(terminal, io.StringIO())
    definitions = dg.Definitions(
        assets,
        asset_checks=checks,
        jobs=[dg.define_asset_job("nightly", dg.AssetSelection.all())],
        resources=resources,
        executor=dg.in_process_executor,
    )
    with dg.DagsterInstance.ephemeral() as instance:
        run_job(definitions, "nightly", instance, console.hears)
    console.tell_what_needs_a_look()
    return terminal.getvalue()


@dg.multi_asset(name="load_landing", specs=[dg.AssetSpec(LEADS), dg.AssetSpec(["raw_segment", "pages"])])
def load_landing(context: dg.AssetExecutionContext):
    context.log.info("not for people")
    context.log.warning("Contact.csv waits to be confirmed")
    numbers = {"dagster/row_count": 1200, "rejected_rows": 3, "files_read": 2, "bytes": 10}
    yield dg.MaterializeResult(asset_key=LEADS, metadata=numbers)
    yield dg.MaterializeResult(
        asset_key=["raw_segment", "pages"], metadata={"dagster/row_count": 1, "rejected_rows": 0, "files_read": 1}
    )


def test_a_step_is_one_line_with_its_counts_and_what_was_rejected_comes_last():
    shown = told([load_landing])
    course, *rest = shown.strip("\n").split("\n\n")
    assert course.split("  ")[1].strip() == "landing"
    assert "2 tables, 3 files read, 1,201 rows, 3 rejected" in course
    assert course.endswith(" s") and "\n" not in course
    assert rest[0].splitlines()[1:] == ["  raw_salesforce/lead: 3 rows"]
    assert rest[1].splitlines() == ["Warned", "  Contact.csv waits to be confirmed"]


@dg.asset(name="warehouse", key_prefix="published")
def published():
    return dg.MaterializeResult(metadata={"dagster/row_count": 5000, "bytes": 2_340_000})


def test_the_publication_tells_its_size():
    assert "  publication   5,000 rows, 2.3 MB " in told([published])


@dg.asset(name="mart", key_prefix="marts")
def mart(): ...


def check(name: str, severity: str, passed: bool, description: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=mart, name=name, blocking=severity == "ERROR")
    def evaluated(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        if severity == "ERROR" and not passed:
            context.log.error(f"blocking: marts.mart.{name}\n  promise  It holds.")
        return dg.AssetCheckResult(
            passed=passed, severity=dg.AssetCheckSeverity(severity), description=description, metadata={"promises": 2}
        )

    return evaluated


def test_warnings_are_a_line_each_and_no_more_than_one_can_read():
    many = [check(f"warned_{number}", "WARN", False, f"few: {number} rows\nbreak it") for number in range(10)]
    shown = told([mart], many)
    assert "  marts/mart: few: 3 rows break it\n" in shown
    assert shown.count("break it") == SHOWN_WARNINGS
    assert "and 2 more, in the data docs" in shown


def test_a_broken_promise_is_told_in_full_once_and_without_a_stack():
    shown = told([mart], [check("sums", "ERROR", False, "3 rows break it"), check("holds", "ERROR", True, "all hold")])
    assert shown.count("promise  It holds.") == 1
    assert "Traceback" not in shown and 'File "' not in shown


@pytest.mark.parametrize(
    "error", [dg.Failure(description="no rate for XYZ; add it"), ValueError("no rate for XYZ; add it")]
)
def test_a_failed_step_says_why_in_its_own_words(error: Exception):
    @dg.asset(name="run_context", key_prefix="reference")
    def broken():
        raise error

    @dg.asset(deps=[broken])
    def after_it(): ...

    shown = told([broken, after_it])
    assert "run context   failed" in shown
    assert shown.count("no rate for XYZ; add it") == 1
    assert "Dependencies for step" not in shown
    assert "Traceback" not in shown and 'File "' not in shown


class Held(dg.ConfigurableResource):
    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        raise dg.Failure(description="another run is writing the warehouse; wait")


def test_a_night_that_could_not_begin_says_why():
    @dg.asset(name="run_context", key_prefix="reference")
    def wants_it(warehouse: Held): ...

    shown = told([wants_it], resources={"warehouse": Held()})
    assert shown.splitlines()[-2:] == ["Failed", "  another run is writing the warehouse; wait"]


@dg.asset(name="dbt_build")
def dbt_build(context: dg.AssetExecutionContext):
    context.log.info("models 120/240, tests 9/330")
    context.log.info("models 240/240, tests 330/330")


def test_the_long_step_tells_its_progress_line_by_line_where_lines_stay():
    first, last = told([dbt_build]).splitlines()
    assert first.startswith("  models        120/240, tests 9/330 ")
    assert last.startswith("  models        240/240, tests 330/330 ")


def test_on_a_terminal_the_progress_overwrites_itself():
    shown = told([dbt_build], terminal=Terminal())
    assert "\r\x1b[K  models        120/240, tests 9/330\r" in shown
    assert shown.count("\n") == 1


def test_a_terminal_that_has_gone_does_not_end_the_night():
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    log = io.StringIO()
    Console(Gone(), log).say("published")
    assert log.getvalue() == "published\n"


def test_what_fails_after_publishing_leaves_this_night_s_file_and_says_so():
    @dg.asset(key=["published", "warehouse"])
    def published_warehouse() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"dagster/row_count": 5, "bytes": 10})

    @dg.asset(key=["published", "postgres"], deps=[published_warehouse])
    def published_postgres(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        context.log.warning("marts__old holds yesterday's tables")
        if works:
            return dg.MaterializeResult(metadata={"dagster/row_count": 5, "table_count": 4})
        raise dg.Failure(description="no connection")

    works = True
    shown = told([published_warehouse, published_postgres])
    assert "  PostgreSQL    4 tables, 5 rows" in shown
    assert "Warned\n  marts__old holds yesterday's tables" in shown

    works = False
    terminal = io.StringIO()
    console = Console(terminal, io.StringIO())
    definitions = dg.Definitions(
        [published_warehouse, published_postgres],
        jobs=[dg.define_asset_job("nightly", dg.AssetSelection.all())],
        executor=dg.in_process_executor,
    )
    assert not console.is_published
    with dg.DagsterInstance.ephemeral() as instance:
        run_job(definitions, "nightly", instance, console.hears)
    assert console.is_published


def test_a_step_that_never_began_warns_of_nothing():
    """Dagster logs of each that those before it failed; the failure itself is told."""

    @dg.asset(key=["reference", "teams"])
    def load_reference() -> None:
        raise dg.Failure(description="teams.csv, line 3: no such team")

    @dg.asset(name="load_landing", deps=[load_reference])
    def landing() -> None:
        pass

    shown = told([load_reference, landing])
    assert "teams.csv, line 3: no such team" in shown
    assert "Warned" not in shown
