"""Whole nights on generated companies: how time and memory grow with the number of touches.

A night has a fixed start-up (imports, parsing, a process for dbt); what grows is told by the sizes against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.cases.nightly import as_of, run_nightly, steps
from bench.measure import measure
from bench.options import Options
from bench.report import Figure


def figures(options: Options) -> Iterator[Figure]:
    for scale in options.scales:
        landing_dir = options.scratch / f"scale_{scale}" / "landing"
        made = measure(generate, out=str(landing_dir), scale=scale)
        yield Figure("scaling", f"{scale:g} sample companies, generated", made.seconds, made.peak_memory_mib)
        scratch = options.scratch / f"scale_{scale}"
        night = measure(run_nightly, scratch=str(scratch), landing_dir=str(landing_dir), as_of=as_of(landing_dir))
        touches = count_touches(scratch / "warehouse" / "published" / "throughline.duckdb")
        yield Figure("scaling", f"{scale:g} sample companies, total", night.seconds, night.peak_memory_mib, touches)
        yield from steps("scaling", f"{scale:g} sample companies", night)


def generate(out: str, scale: float) -> dict[str, Any]:
    from seeds.generator import CompanyPlan, write
    from seeds.generator import generate as company

    write(company(CompanyPlan().scaled(scale)), Path(out))
    return {}


def count_touches(published_file: Path) -> int:
    from dagster_project.engine import connected

    with connected(published_file, read_only=True) as connection:
        (touches,) = connection.execute("select count(*) from marts.fct_touchpoints").fetchone()
    return touches
