"""The attribution part on Spark, on one worker of a core and on two: time, shuffled bytes, memory, and equality.

The same tables as those of the attribution case, built by DuckDB first; then a company with an account of a thousand
opportunities, since work by account is what a cluster spreads. Run by `make bench-spark`, in Spark's environment.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.cases.attribution import ROOMS, prepare
from bench.measure import measure
from bench.models import run_models, settings_of
from bench.options import Options
from bench.report import Figure

WORKERS = (1, 2)

# Opportunities of one account.
CROWD = 1_000


def figures(options: Options) -> Iterator[Figure]:
    smallest: dict[int, float] = {}
    for touches in options.touches:
        # The pairs of one account are its touches times its opportunities, whatever the company's size.
        for crowd in (0, CROWD) if touches == min(options.touches) else (0,):
            what = f"one account of {crowd:,} opportunities, " if crowd else ""
            scratch = str(options.scratch / f"spark_{touches}_{crowd}")
            measure(prepare, scratch=scratch, touches=touches, crowd=crowd)
            on_duckdb = measure(build_on_duckdb, scratch=scratch)
            yield Figure("spark", f"{what}DuckDB", on_duckdb.seconds, on_duckdb.peak_memory_mib, touches)
            one = 0.0
            for workers in WORKERS:
                built = measure(build_on_spark, scratch=scratch, workers=workers)
                one = one or built.seconds
                if workers == WORKERS[0]:
                    ratio, compared = built.seconds / on_duckdb.seconds, "DuckDB"
                else:
                    ratio, compared = built.seconds / one, "one worker"
                peaks = [peak for name, peak in built.details["peak_memory"].items() if name != "driver"]
                memory = max(peaks, default=0) / 2**20
                name = f"{what}Spark, {workers} {'worker' if workers == 1 else 'workers'}"
                yield Figure("spark", name, built.seconds, memory, touches, ratio, compared, built.details)
                if not crowd and smallest.setdefault(workers, built.seconds) != built.seconds:
                    growth = built.seconds / smallest[workers]
                    yield Figure("spark", f"{name}, growth", built.seconds, memory, touches, growth, "the smallest")


def build_on_duckdb(scratch: str) -> dict[str, Any]:
    return run_models(settings_of(scratch), ROOMS)


def build_on_spark(scratch: str, workers: int) -> dict[str, Any]:
    """Build the rooms on a cluster of so many workers; fails when a row differs from DuckDB's."""
    from dagster_project.engine import connected
    from dagster_project.spark import lake
    from dagster_project.spark.cluster import cluster
    from dagster_project.spark.dbt_on_spark import invoke_dbt
    from dagster_project.spark.session import spark_session
    from dagster_project.spark.usage import usage_of
    from tests.spark.comparison import compare

    file = settings_of(scratch).build_file
    with tempfile.TemporaryDirectory(dir=scratch) as home, cluster(workers=workers) as (master, _):
        build = lake.build_folder(Path(home), "bench")
        lake.begin_build(build, ["intermediate"])
        with connected(file, read_only=True) as connection:
            built = json.loads((settings_of(scratch).warehouse_dir / "target" / "run_results.json").read_text())
            names = {result["unique_id"].split(".")[-1] for result in built["results"]}
            tables = [table for table in lake.tables_of(connection) if table[1] not in names]
            lake.write_parquet(connection, tables, build / lake.INPUTS)
        spark = spark_session(master, build / lake.TABLES, build / lake.EVENTS)
        lake.register(spark, build)
        arguments = ("run", "--quiet", "--threads", "3", "--select", *ROOMS)
        results = invoke_dbt(spark, Path(home), *arguments).result.results
        spark.stop()
        failed = [f"{result.node.name}: {result.message}" for result in results if str(result.status) != "success"]
        if failed:
            raise RuntimeError("\n".join(failed))
        manifest = json.loads((Path(home) / "target" / "manifest.json").read_text())
        models = {key: node for key, node in manifest["nodes"].items() if node.get("alias") in names}
        *differing, equal, _ = compare(file, build / lake.TABLES, build / lake.INPUTS, {"nodes": models})
        if differing:
            raise RuntimeError("\n".join(differing))
        usage = usage_of(build / lake.EVENTS)
        assert usage is not None
        timings = [timing for result in results for timing in result.timing if timing.name == "execute"]
        begun, ended = min(one.started_at for one in timings), max(one.completed_at for one in timings)
        told = {
            name: value for name, value in asdict(usage).items() if not name.startswith("_") and name != "executors"
        }
        seconds = {result.node.name: round(result.execution_time, 2) for result in results}
        return {"seconds": (ended - begun).total_seconds(), **told, "equal": equal, "models": seconds}
