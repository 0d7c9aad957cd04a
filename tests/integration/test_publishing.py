"""What a night tells, and what BI readers see while nights succeed, fail, are killed or meet each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.runs import Warehouse, run_nightly, throughline_environment

pytestmark = pytest.mark.slow

READER = """
    import sys, time, duckdb
    connection = duckdb.connect(sys.argv[1], read_only=True)
    while True:
        print(connection.execute("select sum(won_amount) from marts.rpt_lead_to_revenue").fetchone()[0], flush=True)
        time.sleep(0.3)
"""

KILLED_NIGHT = """
    import os, signal
    # The worst moment: the new file is written, audited and synced, but not yet in place.
    os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
    from dagster_project.definitions import defs
    defs.resolve_job_def("nightly").execute_in_process()
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("publishing"))
    company.user("marketer", department="Marketing")
    company.user("seller", department="Sales")
    deal(company, 1, "100.00")
    return company


def deal(company: Company, number: int, amount: str, **fields: str) -> None:
    """A marketing lead that a seller converts into a won deal."""
    lead, account, contact, opportunity = (f"{kind}{number}" for kind in ("L", "A", "C", "O"))
    company.lead(lead, created="2024-01-02", source="Webinar", email=f"p{number}@a{number}.example")
    company.account(account, created="2024-02-01", created_by="seller")
    company.contact(contact, account=account, created="2024-02-01", created_by="seller")
    company.opportunity(
        opportunity,
        account=account,
        created="2024-02-01",
        created_by="seller",
        source="Webinar",
        amount=amount,
        won="2024-03-01",
        **fields,
    )
    company.convert(lead, account=account, contact=contact, opportunity=opportunity, at="2024-02-01")


def subprocess_environment(company: Company) -> dict[str, str]:
    with throughline_environment(company, "2024-12-31"):
        return {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}


def environment(company: Company) -> dict[str, str]:
    home = company.warehouse_dir.parent / "home"
    return {**subprocess_environment(company), "DAGSTER_HOME": str(home)}


def night(company: Company) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dagster_project.run"]
    return subprocess.run(
        command, env=environment(company), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )


def runs(company: Company) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(environment(company)["DAGSTER_HOME"]) as instance:
        return list(instance.get_runs())


@pytest.fixture(scope="module")
def first_night(company: Company) -> subprocess.CompletedProcess[str]:
    """The command itself, with a Dagster instance of the company's own."""
    company.write()
    return night(company)


def test_a_night_is_told_in_some_thirty_lines_and_kept_in_full(
    company: Company, first_night: subprocess.CompletedProcess[str]
) -> None:
    assert (first_night.returncode, first_night.stderr) == (0, "")
    lines = first_night.stdout.splitlines()
    assert 20 <= len(lines) <= 45
    assert lines[0] == "Throughline as of 2024-12-31 23:59 UTC"
    for step in ("reference", "landing", "raw checks", "run context", "models", "mart checks", "publication"):
        assert [line for line in lines if line.startswith(f"  {step} ") and line.endswith(" s")], step
    assert lines[-3:] == [
        f"  for BI tools  {company.warehouse_dir / 'published' / 'throughline.duckdb'}",
        f"  data docs     {company.warehouse_dir / 'data_docs' / 'index.html'}",
        f"  warehouse     {company.warehouse_dir / 'throughline.duckdb'}",
    ]
    (log,) = (company.warehouse_dir / "logs").glob("*.log")
    assert f"  full log        {log}" in lines
    assert log.stat().st_mode & 0o777 == 0o600
    kept = log.read_text()
    assert "STEP_SUCCESS" in kept and "OK created" in kept and "Published in" in kept
    (run,) = runs(company)
    assert run.status == dg.DagsterRunStatus.SUCCESS
    build = Warehouse(company.warehouse_dir / "throughline.duckdb")
    assert build.value("select count(*) from audit.check_results where expectation_type like 'dbt.%'") > 300


@pytest.mark.deep
def test_nights_that_fail_or_are_killed_leave_yesterday_and_readers_in_peace(
    company: Company, first_night: subprocess.CompletedProcess[str]
) -> None:
    assert first_night.returncode == 0, first_night.stderr
    published = company.warehouse_dir / "published" / "throughline.duckdb"
    yesterday = published.read_bytes()

    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(READER), str(published)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "100.00\n"

        # A delivery that can't be read stops the night.
        deal(company, 2, "50.00")
        company.write()
        (opportunities,) = (company.landing_dir / "salesforce").glob("Opportunity.csv")
        delivered = opportunities.read_bytes()
        opportunities.write_bytes(b"Id\n1\n")
        stopped = run_nightly(company.folders())
        assert not stopped.success
        assert "Opportunity" in stopped.failure
        assert published.read_bytes() == yesterday

        # The delivery is mended, and the run is killed at the worst moment of publishing.
        opportunities.write_bytes(delivered)
        killed = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(KILLED_NIGHT)],
            env=subprocess_environment(company),
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
        assert published.read_bytes() == yesterday

        # The next night repairs everything; what the killed one left behind is gone.
        repaired = run_nightly(company)
        assert repaired.success, repaired.failure
        assert repaired.rows("select sum(won_amount) from marts.rpt_lead_to_revenue") == [(150,)]
        assert {path.name for path in published.parent.iterdir()} == {published.name, "review"}
        # The killed night is no publication: what moved since the last one is told of the night that repaired it.
        assert repaired.rows("select publication_number from marts.dim_publication order by 1") == [(1,), (2,)]
        assert repaired.rows(
            "select subject_id, cause, change_amount from marts.fct_restatements where figure = 'won_revenue'"
        ) == [("O2", "new_deal", 50)]

        # The reader was never disturbed: it still sees the snapshot that it opened.
        assert reader.poll() is None
        os.set_blocking(reader.stdout.fileno(), False)
        time.sleep(0.3)
        assert set(reader.stdout.read().split()) == {"100.00"}
    finally:
        reader.kill()
        reader.wait()


def test_a_second_run_started_while_the_first_works_stops_in_one_line(company: Company, tmp_path: Path) -> None:
    company.warehouse_dir.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in company.warehouse_dir.rglob("*.duckdb")}
    with FileLock(company.warehouse_dir / ".lock"):
        second = run_nightly(company)
    assert not second.success
    assert "another run is writing" in second.failure
    assert before == {path: path.stat().st_mtime_ns for path in company.warehouse_dir.rglob("*.duckdb")}
