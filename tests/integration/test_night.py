"""A night that a check stops or a person interrupts, as a person sees it: the command itself, on a small company."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.integration.test_publishing import deal, environment, night, runs


def small_company(folder: Path, **deal_fields: str) -> Company:
    company = Company(folder)
    company.user("marketer", department="Marketing")
    company.user("seller", department="Sales")
    deal(company, 1, "100.00", **deal_fields)
    company.write()
    return company


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, subprocess.CompletedProcess[str]]:
    """A night that a dbt test stopped: a deal in a currency without a rate."""
    company = small_company(tmp_path_factory.mktemp("failed"), currency="XYZ")
    return company, night(company)


def test_a_failed_test_is_told_once_with_its_promise_its_rows_and_the_mend(failed) -> None:
    company, stopped = failed
    assert stopped.returncode == 1
    told = stopped.stdout
    assert told.count("assert_every_deal_has_an_exchange_rate") == 1
    assert told.count("promise  ") == 1 and told.count("found    1 row breaks it") == 1
    assert "mend     " in told
    assert len(told.splitlines()) <= 45
    assert "The night failed" in told and "Published" not in told
    assert not (company.warehouse_dir / "published" / "throughline.duckdb").exists()


def test_the_failing_rows_are_kept(failed) -> None:
    company, _ = failed
    with duckdb.connect(str(company.warehouse_dir / "throughline.duckdb"), read_only=True) as connection:
        kept = connection.execute(
            "select unexpected_count, json_array_length(sample_rows), severity from audit.check_results "
            "where expectation = 'assert_every_deal_has_an_exchange_rate'"
        ).fetchall()
    assert kept == [(1, 1, "blocking")]
    page = (company.warehouse_dir / "data_docs" / "index.html").read_text()
    assert "assert_every_deal_has_an_exchange_rate" in page


def test_the_log_has_the_promise_from_the_step_and_from_the_end(failed) -> None:
    """And not for each of the models that were skipped after it."""
    company, _ = failed
    (log,) = (company.warehouse_dir / "logs").glob("*.log")
    assert log.read_text().count("  promise  Fails if an opportunity with an amount has no exchange rate") == 2


def test_ctrl_c_ends_cleanly(tmp_path: Path) -> None:
    company = small_company(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster_project.run"],
        env=environment(company),
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell starts what runs in the background with Ctrl-C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Throughline as of")
    for line in process.stdout:
        if line.startswith("  models "):
            break
    # As a terminal does it: to every process of the group, dbt included.
    os.killpg(process.pid, signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted; " in errors
    assert "Traceback" not in rest + errors
    assert [run.status for run in runs(company)] == [dg.DagsterRunStatus.CANCELED]
    assert not (company.warehouse_dir / "published" / "throughline.duckdb").exists()
    with duckdb.connect(str(company.warehouse_dir / "throughline.duckdb")):
        pass
