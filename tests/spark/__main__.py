"""All models on Spark, each on what Spark itself built: `python -m tests.spark`, or `make test-spark`.

A company's raw, reference and audit tables go to a lake folder as Parquet, as DuckDB loaded them; dbt builds every
model on them in a Spark session, on a cluster of two workers on loopback; each model's rows are compared with DuckDB's.
Besides: connected components of graphs of every shape, the unit tests that stand beside the models, and whole nights.
Prints what differs and `N of N marts equal` for each company; exit code 0 only when nothing differs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dagster_project.spark import lake
from dagster_project.spark.cluster import cluster, connect_server
from dagster_project.spark.dbt_on_spark import invoke_dbt
from dagster_project.spark.session import spark_session
from dagster_project.spark.usage import usage_of
from tests.spark.companies import COMPANIES, Night
from tests.spark.comparison import compare
from tests.spark.nights import wrong_nights
from tests.spark.vectors import failed_unit_tests, lost_databases, wrong_components, wrong_expressions

# Data tests only; unit tests bring their own rows, and are asked once.
TESTS = ("--exclude-resource-type", "unit_test")

# When a worker is killed: past the start, and long before the end.
KILLED_AFTER_SECONDS = 60


def main(
    companies: list[str],
    given: str | None,
    *,
    on_cluster: bool,
    through_server: bool,
    kills: bool,
    asks_vectors: bool,
    has_nights: bool,
) -> int:
    """0 when every graph, every vector and every model is right, else 1."""
    wrong = 0
    with ExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory()))
        master, workers = held.enter_context(cluster()) if on_cluster else ("local[2]", [])
        if through_server:
            master = held.enter_context(connect_server(master))
        say(f"Spark at {master}")
        os.chdir(home)
        # What Java says goes to a file of its own; Python's errors are still told.
        sys.stderr = os.fdopen(os.dup(sys.stderr.fileno()), "w")
        with (home / lake.LOG).open("w") as log:
            os.dup2(log.fileno(), 2)
        events = home / lake.EVENTS
        spark = spark_session(master, home / "own_tables", events)
        if asks_vectors:
            wrong += say_all("nodes in a wrong component", wrong_components(spark, home))
            wrong += say_all("expressions that are another thing on Spark", wrong_expressions(spark))
            wrong += say_all("wrong with somebody else's database", lost_databases(spark, home))
        if given:
            wrong += build(spark, Night(given, Path(given).resolve(), has_many_records=True), home)
        for number, company in enumerate(companies):
            (home / company).mkdir()
            for night in COMPANIES[company](home / company):
                if kills:
                    killing = threading.Timer(KILLED_AFTER_SECONDS, workers[0].kill)
                    killing.start()
                wrong += build(spark, night, home)
                if kills:
                    killing.cancel()
                    say(f"the worker was killed: {workers[0].poll()}")
                    wrong += workers[0].poll() is None
                if asks_vectors and number == 0:
                    wrong += say_all("unit tests that fail on Spark", failed_unit_tests(spark, home))
        if usage := usage_of(events):
            say("", usage.told())
        # A night begins a session of its own, for which the cluster must be free.
        spark.stop()
        if has_nights:
            say("\nNights")
            wrong += say_all("wrong", list(wrong_nights(home / "nights", master)))
    say("all is equal" if not wrong else f"{wrong} differences")
    return 1 if wrong else 0


def build(spark: Any, night: Night, home: Path) -> int:
    """How much is wrong: models that weren't built or differ, and tests that could not be asked."""
    say(f"\n{night.name}")
    folder = lake.build_folder(home, "test")
    night.write_inputs(folder)
    lake.register(spark, folder)
    # Of a few records Spark would spend its time on compiling; the large companies have it as a night has it.
    spark.conf.set("spark.sql.codegen.wholeStage", str(night.has_many_records).lower())
    begun = time.monotonic()
    results = invoke_dbt(spark, home, "run", "--quiet", "--threads", "3").result.results
    say(f"{len(results)} models in {time.monotonic() - begun:.0f} s")
    begun = time.monotonic()
    tests = invoke_dbt(spark, home, "test", "--quiet", "--threads", "3", *TESTS).result.results
    say(f"{len(tests)} tests asked in {time.monotonic() - begun:.0f} s")
    # What a test finds is the company's; that it can be asked is Spark's.
    stopped = [result for result in results if str(result.status) != "success"]
    stopped += [result for result in tests if str(result.status) == "error"]
    for result in stopped:
        say(f"{result.node.name}: {result.status}: {' '.join(str(result.message).split())[:400]}")
    manifest = json.loads((home / "target" / "manifest.json").read_text())
    *differing, models, marts = compare(night.file, folder / lake.TABLES, folder / lake.INPUTS, manifest)
    say(*differing, models, marts)
    return len(stopped) + len(differing)


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def say_all(what: str, wrong: list[Any]) -> int:
    say(f"{what}: {len(wrong) or 'none'}", *(f"  {one}" for one in wrong[:20]))
    return len(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.spark")
    parser.add_argument("--companies", nargs="*", choices=COMPANIES, default=list(COMPANIES))
    parser.add_argument("--file", help="a build file of a first night, in place of the companies")
    parser.add_argument("--local", action="store_true", help="in one process, without a cluster")
    parser.add_argument("--connect", action="store_true", help="through a Spark Connect server")
    parser.add_argument("--kill", action="store_true", help="kill a worker in the middle of a build")
    parser.add_argument("--no-vectors", action="store_true", help="no graphs and no unit tests")
    parser.add_argument("--no-nights", action="store_true", help="no nightly job")
    asked = parser.parse_args()
    sys.exit(
        main(
            [] if asked.file else asked.companies,
            asked.file,
            on_cluster=not asked.local,
            through_server=asked.connect,
            kills=asked.kill,
            asks_vectors=not asked.no_vectors,
            has_nights=not asked.no_nights,
        )
    )
