"""Identity and originators: whom a million, and ten million, identifiers belong to, and whom the deals came from.

Measured are the models alone, from the start of the first to the end of the last, in the dbt process that builds them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from bench.crm import write_crm
from bench.measure import measure
from bench.options import Options
from bench.report import Figure
from dagster_project.settings import Settings
from dagster_project.transform.project import DBT_EXECUTABLE, DBT_PROJECT_DIR, dbt_environment

_ROOM = "path:models/intermediate/identity"
_ORIGINATORS = [
    "int_identity__originator_evidence",
    "int_identity__originator_memory",
    "int_identity__opportunity_originators",
    "int_identity__originator_changes",
    "int_identity__origin_overwrites",
]


def figures(options: Options) -> Iterator[Figure]:
    for identifiers in options.identifiers:
        scratch = str(options.scratch / f"identity_{identifiers}")
        measure(prepare, scratch=scratch, identifiers=identifiers)
        for night in ("first night", "second night"):
            people = measure(build_identity, scratch=scratch)
            yield Figure(
                "identity",
                f"people, {night}",
                people.seconds,
                people.peak_memory_mib,
                people.details.pop("rows"),
                details=people.details,
            )
            deals = measure(build_originators, scratch=scratch)
            yield Figure(
                "identity",
                f"originators of deals, {night}",
                deals.seconds,
                deals.peak_memory_mib,
                deals.details.pop("rows"),
                details=deals.details,
            )


def prepare(scratch: str, identifiers: int) -> None:
    """Load a CRM of that size and build what stands before identity."""
    from dagster_project.engine import connected
    from dagster_project.landing.catalog import catalog
    from dagster_project.landing.loader import load_objects
    from dagster_project.reference.loader import load_reference, write_run_context
    from dagster_project.reference.validate import read_reference

    settings = _settings(scratch)
    write_crm(settings.landing_dir, identifiers)
    settings.warehouse_dir.mkdir(parents=True)
    reference = read_reference(settings.reference_dir)
    with connected(settings.build_file) as connection:
        load_reference(connection, reference)
        load_objects(connection, catalog().objects, settings.landing_dir, settings.as_of)
        write_run_context(connection, reference, settings)
    _run_dbt(settings, ["+int_identity__origin_overwrites"], [_ROOM])


def build_identity(scratch: str) -> dict[str, Any]:
    result = _run_dbt(_settings(scratch), [_ROOM], _ORIGINATORS)
    return result | {"rows": _count(scratch, "int_identity__person_identifiers")}


def build_originators(scratch: str) -> dict[str, Any]:
    result = _run_dbt(_settings(scratch), _ORIGINATORS)
    return result | {"rows": _count(scratch, "int_identity__opportunity_originators")}


def _settings(scratch: str) -> Settings:
    environment = {
        "THROUGHLINE_LANDING_DIR": f"{scratch}/landing",
        "THROUGHLINE_WAREHOUSE_DIR": f"{scratch}/warehouse",
        "THROUGHLINE_AS_OF": "2025-01-31",
    }
    Path(environment["THROUGHLINE_LANDING_DIR"]).mkdir(parents=True, exist_ok=True)
    with mock.patch.dict(os.environ, environment):
        return Settings.from_environment()


def _run_dbt(settings: Settings, select: list[str], exclude: list[str] | None = None) -> dict[str, Any]:
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


def _count(scratch: str, model: str) -> int:
    with duckdb.connect(str(_settings(scratch).build_file), read_only=True) as connection:
        return connection.execute(f"select count(*) from intermediate.{model}").fetchone()[0]
