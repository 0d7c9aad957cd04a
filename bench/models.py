"""dbt models run alone on a warehouse of their own, and how long each of them took.

What lives here: settings of such a warehouse, the dbt process, its timings. What doesn't: what the models read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from dagster_project.reference.loader import load_reference, write_run_context
from dagster_project.reference.validate import read_reference
from dagster_project.settings import Settings
from dagster_project.transform.project import DBT_EXECUTABLE, DBT_PROJECT_DIR, dbt_environment


def settings_of(scratch: str) -> Settings:
    """A landing folder and a warehouse below the scratch folder."""
    environment = {
        "THROUGHLINE_LANDING_DIR": f"{scratch}/landing",
        "THROUGHLINE_WAREHOUSE_DIR": f"{scratch}/warehouse",
        "THROUGHLINE_AS_OF": "2025-01-31",
    }
    Path(environment["THROUGHLINE_LANDING_DIR"]).mkdir(parents=True, exist_ok=True)
    with mock.patch.dict(os.environ, environment):
        return Settings.from_environment()


def write_reference(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The reference tables and the run's own row, as a night loads them."""
    reference = read_reference(settings.reference_dir)
    load_reference(connection, reference)
    write_run_context(connection, reference, settings)


def run_models(settings: Settings, select: list[str], exclude: list[str] | None = None) -> dict[str, Any]:
    """Run the selected models; the seconds are those from the first model's start to the last one's end."""
    target = settings.warehouse_dir / "target"
    command = [DBT_EXECUTABLE, "--quiet", "run", "--project-dir", str(DBT_PROJECT_DIR), "--target-path", str(target)]
    command += ["--log-path", str(target), "--select", *select]
    command += ["--exclude", *exclude] if exclude else []
    done = subprocess.run(
        command,
        cwd=DBT_PROJECT_DIR,
        env={**os.environ, **dbt_environment(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")
    results = json.loads((target / "run_results.json").read_text())["results"]
    timings = [timing for result in results for timing in result["timing"] if timing["name"] == "execute"]
    started = min(_moment(timing["started_at"]) for timing in timings)
    completed = max(_moment(timing["completed_at"]) for timing in timings)
    models = {result["unique_id"].split(".")[-1]: round(result["execution_time"], 2) for result in results}
    return {"seconds": (completed - started).total_seconds(), "models": models}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
