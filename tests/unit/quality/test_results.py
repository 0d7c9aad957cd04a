"""The results table and how a result reads."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from dagster_project.quality.results import CheckResult, markdown_report, record

MOMENT = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)
PASSED = CheckResult(
    table_name="marts.fct_spend",
    layer="marts",
    expectation="cost_is_not_negative",
    expectation_type="expect_column_values_to_be_between",
    column_name="cost",
    promise="No cost is below zero.",
    severity="warn",
    status="passed",
    checked_rows=10,
    unexpected_count=0,
)


def failed(**found) -> CheckResult:
    return CheckResult(**{**PASSED.__dict__, "status": "failed", **found})


def test_every_run_s_results_are_kept():
    with duckdb.connect() as connection:
        for run in ("monday", "tuesday"):
            record(
                connection,
                [PASSED],
                run_id=run,
                checked_at=MOMENT,
                as_of=MOMENT,
                load_id="l",
                build_id=f"build of {run}",
            )
        rows = connection.execute("select run_id, build_id, status from audit.check_results order by all").fetchall()
    assert rows == [("monday", "build of monday", "passed"), ("tuesday", "build of tuesday", "passed")]


def test_sample_rows_are_json_and_raw_results_belong_to_no_build():
    sample = [{"spend_date": date(2026, 1, 1), "cost": Decimal("-1.50"), "campaign": "Früh|ling"}]
    result = failed(layer="raw", unexpected_count=1, sample_rows=sample)
    with duckdb.connect() as connection:
        record(connection, [result], run_id="r", checked_at=MOMENT, as_of=MOMENT, load_id="l", build_id="b")
        ((rows, build_id, checked_at),) = connection.execute(
            "select sample_rows, build_id, checked_at from audit.check_results"
        ).fetchall()
    assert json.loads(rows) == [{"spend_date": "2026-01-01", "cost": "-1.50", "campaign": "Früh|ling"}]
    assert build_id is None
    assert checked_at == datetime(2026, 1, 31, 2, 0)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"unexpected_count": 3}, "3 of 10 rows break it"),
        ({"unexpected_count": 1, "expectation_type": "unexpected_rows_expectation"}, "1 row breaks it"),
        ({"unexpected_count": None, "message": "observed 0"}, "observed 0"),
        ({"status": "errored", "message": "no column cost"}, "could not be evaluated: no column cost"),
    ],
)
def test_a_finding_in_words(found, words):
    assert failed(**found).finding == words


def test_a_report_names_broken_promises_first_and_escapes_cells():
    report = markdown_report([PASSED, failed(unexpected_count=1, sample_rows=[{"campaign": "a|b", "cost": None}])])
    lines = report.splitlines()
    assert lines[2].startswith("| failed |") and lines[3].startswith("| passed |")
    assert lines[-1] == "| a\\|b |  |"
