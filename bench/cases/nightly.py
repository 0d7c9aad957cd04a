"""The nightly job on the sample landing folder: a first night, and a night on which nothing new landed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measure import Measurement, measure
from bench.options import Options
from bench.report import Figure
from dagster_project.settings import PROJECT_ROOT, SAMPLE_LANDING_DIR


def figures(options: Options) -> Iterator[Figure]:
    for night in ("first night", "night without news"):
        measured = measure(
            run_nightly,
            scratch=str(options.scratch / "nightly"),
            landing_dir=str(SAMPLE_LANDING_DIR),
            as_of=as_of(SAMPLE_LANDING_DIR),
        )
        yield Figure("nightly", f"{night}, total", measured.seconds, measured.peak_memory_mib)
        yield from steps("nightly", night, measured)


def steps(case: str, night: str, measured: Measurement) -> Iterator[Figure]:
    """A figure for each step of a night, and one for what is in none of them."""
    seconds: dict[str, float] = measured.details["steps"]
    for step, taken in seconds.items():
        yield Figure(case, f"{night}, {step}", taken)
    yield Figure(case, f"{night}, start and end of the process", measured.seconds - sum(seconds.values()))


def as_of(landing_dir: Path) -> str:
    """The last day of a generated landing folder."""
    return (landing_dir / "_truth" / "as_of.txt").read_text().strip()


def run_nightly(scratch: str, landing_dir: str, as_of: str) -> dict[str, Any]:
    """The job as a scheduler starts it, with a Dagster instance and a warehouse of its own."""
    home = Path(scratch) / "dagster_home"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text((PROJECT_ROOT / "dagster_project" / "dagster.yaml").read_text())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")}
    environment |= {
        "DAGSTER_HOME": str(home),
        "THROUGHLINE_LANDING_DIR": landing_dir,
        "THROUGHLINE_WAREHOUSE_DIR": str(Path(scratch) / "warehouse"),
        "THROUGHLINE_AS_OF": as_of,
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
    }
    dagster = str(Path(sys.executable).parent / "dagster")
    command = [dagster, "job", "execute", "-m", "dagster_project.definitions", "-j", "nightly"]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"the nightly job failed:\n{done.stderr[-3000:]}")
    return {"seconds": seconds, "steps": _step_seconds(home)}


def _step_seconds(home: Path) -> dict[str, float]:
    """The steps of the newest run in the order in which they ran, from Dagster's event log."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home)) as instance:
        run = instance.get_runs(limit=1)[0]
        started: dict[str, float] = {}
        seconds: dict[str, float] = {}
        for entry in instance.all_logs(run.run_id):
            if entry.dagster_event is None or entry.step_key is None:
                continue
            if entry.dagster_event.is_step_start:
                started[entry.step_key] = entry.timestamp
            elif entry.dagster_event.is_step_success:
                seconds[entry.step_key] = entry.timestamp - started[entry.step_key]
    return seconds
