"""What people see: the real Dagster web server in a real browser, after a night on a small company."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.integration.test_publishing import deal, subprocess_environment

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LOCATION = "dagster_project.definitions"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server whose instance knows one failed night: a negative deal without a rate."""
    folder = tmp_path_factory.mktemp("ui")
    company = Company(folder)
    company.user("marketer", department="Marketing")
    company.user("seller", department="Sales")
    deal(company, 1, "-100.00", currency="XYZ")
    company.write()
    home = folder / "home"
    home.mkdir()
    shutil.copy(PROJECT_ROOT / "dagster_project" / "dagster.yaml", home)
    environment = {**subprocess_environment(company), "DAGSTER_HOME": str(home)}
    night = subprocess.run(
        [sys.executable, "-m", "dagster_project.run"],
        env=environment,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert night.returncode == 1
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(BIN / "dagster-webserver"), "-m", LOCATION, "-h", "127.0.0.1", "-p", str(port)],
        env=environment,
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/server_info", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def page(server: str) -> Iterator[Page]:
    assert CHROMIUM, "the pages are looked at in a real browser: install Debian's chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser.new_page(viewport={"width": 1800, "height": 1000})
        browser.close()


def ask(server: str, query: str) -> Any:
    request = urllib.request.Request(
        f"{server}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]


def test_the_command_s_run_belongs_to_the_job_that_the_overview_shows(server: str) -> None:
    """The overview leaves out runs that belong to no code location."""
    (run,) = ask(
        server,
        "{ runsOrError { ... on Runs { results { status pipelineName"
        " repositoryOrigin { repositoryName repositoryLocationName } } } } }",
    )["runsOrError"]["results"]
    assert run == {
        "status": "FAILURE",
        "pipelineName": "nightly",
        "repositoryOrigin": {"repositoryName": "__repository__", "repositoryLocationName": LOCATION},
    }


def test_the_overview_shows_the_command_s_run(server: str, page: Page) -> None:
    page.goto(f"{server}/overview/activity/timeline")
    page.get_by_text("nightly", exact=True).first.wait_for(timeout=30_000)


def test_every_asset_is_described_and_grouped(server: str) -> None:
    nodes = ask(
        server,
        "{ assetNodes { assetKey { path } description groupName isMaterializable owners { __typename } } }",
    )["assetNodes"]
    made = [node for node in nodes if node["isMaterializable"]]
    assert len(made) > 100
    assert [node["assetKey"]["path"] for node in made if not node["description"]] == []
    assert [node["assetKey"]["path"] for node in made if not node["groupName"][:2].isdigit()] == []
    assert [node["assetKey"]["path"] for node in made if not node["owners"]] == []


def test_the_schedule_is_on_at_two_in_the_morning(server: str) -> None:
    (repository,) = ask(
        server,
        "{ repositoriesOrError { ... on RepositoryConnection { nodes { schedules {"
        " name cronSchedule executionTimezone scheduleState { status } } } } } }",
    )["repositoriesOrError"]["nodes"]
    assert repository["schedules"] == [
        {
            "name": "nightly_at_two",
            "cronSchedule": "0 2 * * *",
            "executionTimezone": "UTC",
            "scheduleState": {"status": "RUNNING"},
        }
    ]


def test_the_asset_graph_reads_from_source_to_published(server: str, page: Page) -> None:
    # The graph fits the width and draws only what is in sight.
    page.set_viewport_size({"width": 1800, "height": 1800})
    page.goto(f"{server}/asset-groups")
    left_to_right = ["salesforce", "staging", "unified", "identity", "core", "publish"]
    places = []
    for group in left_to_right:
        # The last match is the group's box in the graph; the first is its row in the list beside it.
        box = page.get_by_text(re.compile(rf"^\d\d_{group}$")).last
        box.wait_for(timeout=30_000)
        places.append(box.bounding_box()["x"])
    assert places == sorted(places)


def test_a_failed_check_says_what_failed_and_how_many(server: str, page: Page) -> None:
    page.goto(f"{server}/assets/raw_salesforce/opportunity?view=checks")
    page.get_by_text("warnings", exact=True).first.click(timeout=30_000)
    page.get_by_text("amount_is_not_negative: 1 of 1 row breaks it").first.wait_for(timeout=30_000)


def test_the_check_that_stopped_the_night_is_marked_failed_and_explained(server: str, page: Page) -> None:
    check = "assert_every_deal_has_an_exchange_rate"
    page.goto(f"{server}/assets/intermediate/int_revenue__opportunities?view=checks&checkDetail={check}")
    page.get_by_text("This is a blocking asset check.").wait_for(timeout=30_000)
    page.get_by_text("Fails if an opportunity with an amount has no exchange rate").first.wait_for(timeout=30_000)
    page.get_by_text("Evaluation result").locator("..").get_by_text("Failed").wait_for(timeout=30_000)


def test_every_check_says_what_it_checks(server: str) -> None:
    nodes = ask(
        server,
        "{ assetNodes { assetChecksOrError { ... on AssetChecks { checks { name description } } } } }",
    )["assetNodes"]
    checks = [check for node in nodes for check in node["assetChecksOrError"]["checks"]]
    assert len(checks) > 300
    assert [check["name"] for check in checks if not check["description"]] == []
