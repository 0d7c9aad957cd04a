"""Superset on the published file, as a company would run it (`make bi-check`): the shipped dashboard is imported, every
chart is asked, the file is replaced under constant questions, and two screenshots show the dashboard before and after.

It runs in the project's environment and steers Superset, which has an environment of its own, on loopback.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import duckdb
import yaml

from dagster_project.settings import PROJECT_ROOT
from tests.bi.duckdb_check import published_file

DASHBOARD = PROJECT_ROOT / "docs" / "bi" / "superset"
SUPERSET = PROJECT_ROOT / ".venv-superset" / "bin" / "superset"
SCREENSHOTS = PROJECT_ROOT / "warehouse" / "bi_check"
USER = "admin"

WON = "select sum(won_amount)::double from marts.rpt_revenue_scorecard"
# The next night's file: a figure that nobody can mistake for yesterday's.
MORE = 1_000_000
# Superset opens the file for each question, so that the next one that begins alone finds the new file.
LONGEST_WAIT_SECONDS = 30


class CheckFailed(Exception):
    """Superset does not do what the documentation says."""


class Superset:
    """A running Superset, spoken to as its own pages do."""

    def __init__(self, folder: Path):
        self.folder, self.password = folder, secrets.token_urlsafe(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        config = folder / "superset_config.py"
        config.write_text(
            f"SECRET_KEY = {secrets.token_urlsafe(42)!r}\n"
            f"SQLALCHEMY_DATABASE_URI = 'sqlite:///{folder / 'superset.db'}'\n"
            "WTF_CSRF_ENABLED = False\nTALISMAN_ENABLED = False\n"
        )
        self.environment = {
            **os.environ,
            "SUPERSET_CONFIG_PATH": str(config),
            "SUPERSET_HOME": str(folder),
            "HOME": str(folder),
            "FLASK_APP": "superset",
        }
        self._token = ""

    def command(self, *arguments: str) -> None:
        done = subprocess.run([SUPERSET, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CheckFailed(f"superset {arguments[0]}: {done.stderr[-2000:]}")

    def prepare(self, bundle: Path) -> None:
        """The metadata database, a user, and the shipped dashboard."""
        self.command("db", "upgrade")
        person = ["--firstname", "A", "--lastname", "B", "--email", "a@b.example"]
        self.command("fab", "create-admin", "--username", USER, "--password", self.password, *person)
        self.command("init")
        self.command("import-dashboards", "-p", str(bundle), "-u", USER)

    @contextmanager
    def running(self) -> Iterator[None]:
        """One process with threads, as small companies run it."""
        with (self.folder / "server.log").open("w") as log:
            server = subprocess.Popen(
                [SUPERSET, "run", "-h", "127.0.0.1", "-p", str(self.port), "--with-threads"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
            try:
                self._wait(server)
                credentials = {"username": USER, "password": self.password, "provider": "db", "refresh": False}
                self._token = self.ask("/api/v1/security/login", credentials)["access_token"]
                yield
            finally:
                server.terminate()
                server.wait(timeout=30)

    def _wait(self, server: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 180
        while time.monotonic() < until and server.poll() is None:
            try:
                with urlopen(f"{self.url}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.5)
        raise CheckFailed(f"Superset did not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = Request(self.url + path, json.dumps(body).encode() if body else None, headers)
        with urlopen(request, timeout=60) as answer:
            found = json.loads(answer.read())
        assert isinstance(found, dict)
        return found

    def sql(self, database: int, sql: str) -> str:
        """What SQL Lab answers, refusals included."""
        body = {"database_id": database, "sql": sql, "schema": "marts", "client_id": secrets.token_hex(5)}
        try:
            return json.dumps(self.ask("/api/v1/sqllab/execute/", body | {"runAsync": False, "queryLimit": 10}))
        except HTTPError as error:
            return error.read().decode()

    def rows(self, dataset: int, params: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows behind a chart, asked for as the page asks."""
        x_axis = [params["x_axis"]] if params.get("x_axis") else []
        query = {
            "columns": [*x_axis, *(params.get("groupby") or params.get("all_columns") or [])],
            "metrics": params.get("metrics") or ([params["metric"]] if params.get("metric") else []),
            "filters": [
                {"col": f["subject"], "op": f["operator"], "val": f["comparator"]} for f in params["adhoc_filters"]
            ],
            "row_limit": 1000,
        }
        if params.get("query_mode") == "raw":
            query["metrics"] = None
        source = {"id": dataset, "type": "table"}
        answer = self.ask("/api/v1/chart/data", {"datasource": source, "queries": [query], "force": True})
        found = answer["result"][0]["data"]
        assert isinstance(found, list)
        return found


def bundle_of(folder: Path, file: Path) -> Path:
    """The shipped dashboard as Superset imports it, with this file's address in place of the example's."""
    bundle = folder / "dashboard.zip"
    with zipfile.ZipFile(bundle, "w") as packed:
        for path in sorted(DASHBOARD.rglob("*.yaml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if "sqlalchemy_uri" in content:
                content["sqlalchemy_uri"] = f"duckdb:///{file}"
            packed.writestr(f"throughline/{path.relative_to(DASHBOARD)}", yaml.safe_dump(content, sort_keys=False))
    return bundle


def charts() -> dict[str, dict[str, Any]]:
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((DASHBOARD / "charts").glob("*.yaml"))]
    return {chart["slice_name"]: chart for chart in found}


def value(file: Path, sql: str) -> float:
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute(sql).fetchone()
    assert row
    return float(row[0])


def replace(file: Path) -> None:
    """Put the next night's file in place, as publishing does: written beside it, then renamed."""
    temporary = file.with_name(".next.duckdb")
    shutil.copy(file, temporary)
    with duckdb.connect(str(temporary)) as connection:
        connection.execute(
            "update marts.rpt_revenue_scorecard "
            f"set won_amount = won_amount + {MORE}, marketing_originated = marketing_originated + {MORE} "
            "where month = (select max(month) from marts.rpt_revenue_scorecard)"
        )
    temporary.replace(file)


def screenshot(superset: Superset, file: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1500, "height": 1180})
        page.goto(f"{superset.url}/login/", timeout=120_000)
        page.fill("input[name=username], #username", USER)
        page.fill("input[name=password], #password", superset.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url, timeout=120_000)
        page.goto(f"{superset.url}/superset/dashboard/throughline/?standalone=1", timeout=120_000)
        page.wait_for_load_state("networkidle", timeout=120_000)
        # The charts' animation.
        page.wait_for_timeout(3_000)
        broken = page.get_by_text("Unexpected error").count() + page.get_by_text("Data error").count()
        page.screenshot(path=str(file), full_page=True)
        browser.close()
    if broken:
        raise CheckFailed(f"{broken} charts show an error: {file}")
    print(f"  screenshot    {file}")


def check_charts(superset: Superset, datasets: dict[str, int]) -> None:
    """Every chart of the dashboard has rows."""
    names = {
        yaml.safe_load(path.read_text(encoding="utf-8"))["uuid"]: path.stem
        for path in (DASHBOARD / "datasets").rglob("*.yaml")
    }
    for name, chart in charts().items():
        rows = superset.rows(datasets[names[chart["dataset_uuid"]]], chart["params"])
        if not rows:
            raise CheckFailed(f"chart {name} has no rows")
        print(f"  chart         {name}: {len(rows)} row{'' if len(rows) == 1 else 's'}")


def check_walls(superset: Superset, database: int) -> None:
    """Who may write SQL reads the marts and no file of the machine, and writes nothing."""
    refusals = {
        "select * from read_csv('/etc/passwd', header = false)": "disabled by configuration",
        "set enable_external_access = true": "the configuration has been locked",
        "attach '/tmp/x.duckdb'": "disabled by configuration",
        "delete from marts.dim_date": "does not allow for DDL/DML",
    }
    for sql, refusal in refusals.items():
        said = superset.sql(database, sql)
        if refusal not in said:
            raise CheckFailed(f"SQL Lab answered {said[:200]} to: {sql}")
    said = superset.sql(database, "select count(*) as days from marts.dim_date")
    if '"days"' not in said:
        raise CheckFailed(f"SQL Lab does not read the marts: {said[:200]}")
    print("  SQL Lab       reads the marts; no file of this machine, no setting and no table can be touched")


def check_replacement(superset: Superset, dataset: int, file: Path) -> None:
    """Questions go on while the file is replaced: none fails, and soon all of them have the new number."""
    params = charts()["Won revenue"]["params"]
    before = value(file, WON)
    answers: list[tuple[float, float | None]] = []
    ends = Event()

    def go_on_asking() -> None:
        while not ends.is_set():
            try:
                found: float | None = float(superset.rows(dataset, params)[0]["won_revenue"])
            except Exception:
                found = None
            answers.append((time.monotonic(), found))

    asking = Thread(target=go_on_asking)
    asking.start()
    while len(answers) < 5:
        time.sleep(0.05)
    replace(file)
    replaced = time.monotonic()
    after = value(file, WON)
    try:
        while not (answers and answers[-1][1] is not None and abs(answers[-1][1] - after) < 0.01):
            if time.monotonic() > replaced + LONGEST_WAIT_SECONDS:
                raise CheckFailed(
                    f"{LONGEST_WAIT_SECONDS} s after the file was replaced, Superset has {answers[-1][1]}"
                )
            time.sleep(0.05)
        seen = answers[-1][0]
        time.sleep(1)
    finally:
        ends.set()
        asking.join()
    wrong = [found for _, found in answers if found is None or min(abs(found - before), abs(found - after)) > 0.01]
    if wrong:
        raise CheckFailed(f"{len(wrong)} of {len(answers)} answers failed or were neither night's: {wrong[:3]}")
    print(f"  replacement   seen after {seen - replaced:.1f} s; {len(answers)} answers meanwhile, none failed")


def main(arguments: list[str]) -> int:
    """Exit code: 0 when Superset does what docs/bi.md says, else 1."""
    published = published_file(arguments)
    if not published.is_file():
        print(f"{published} does not exist; expected a published file; publish with `make run` first", file=sys.stderr)
        return 1
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="throughline-superset-") as name:
        folder = Path(name)
        file = folder / "throughline.duckdb"
        shutil.copy(published, file)
        superset = Superset(folder)
        try:
            print("Superset (starting it takes a minute or two)", flush=True)
            superset.prepare(bundle_of(folder, file))
            with superset.running():
                datasets = {d["table_name"]: d["id"] for d in superset.ask("/api/v1/dataset/")["result"]}
                database = superset.ask("/api/v1/database/")["result"][0]["id"]
                check_charts(superset, datasets)
                check_walls(superset, database)
                screenshot(superset, SCREENSHOTS / "superset-before.png")
                check_replacement(superset, datasets["rpt_revenue_scorecard"], file)
                screenshot(superset, SCREENSHOTS / "superset-after.png")
        except CheckFailed as error:
            print(f"Superset: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
