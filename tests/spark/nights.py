"""The nightly job with its models on Spark: what it publishes, and what is left when the driver is killed.

The small company has a night on each engine, and both publish the same. Then new files come, and in the middle of the
next night on Spark the driver is killed: readers keep yesterday's file to the byte, and the night after repairs.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from dagster_project.settings import PROJECT_ROOT
from dagster_project.spark import lake
from tests.company import Company
from tests.review import small_company
from tests.spark.comparison import difference

AS_OF, NEXT_AS_OF = "2024-04-10", "2024-04-20"

# Tables that Spark has made when its driver is killed.
KILLED_AFTER_TABLES = 60


def wrong_nights(home: Path, master: str) -> Iterator[str]:
    """What isn't as it must be, a line each."""
    folders = {engine: home / engine for engine in ("duckdb", "spark")}
    for engine, folder in folders.items():
        company = small_company(Company(folder))
        company.write()
        night = Nightly(folder, engine, master)
        yield from night.run(AS_OF, expected=0)
    yield from _differences(folders, "first night")

    spark = Nightly(folders["spark"], "spark", master)
    published = folders["spark"] / "warehouse" / "published" / "throughline.duckdb"
    before = hashlib.sha256(published.read_bytes()).hexdigest()
    yield from spark.run_and_kill_driver(NEXT_AS_OF)
    if hashlib.sha256(published.read_bytes()).hexdigest() != before:
        yield "the published file is another one after the driver was killed"
    yield from spark.run(NEXT_AS_OF, expected=0)
    yield from Nightly(folders["duckdb"], "duckdb", master).run(NEXT_AS_OF, expected=0)
    yield from _differences(folders, "the night after a killed driver")


class Nightly:
    """The command `make run` on a company's folders."""

    def __init__(self, folder: Path, engine: str, master: str) -> None:
        self._folder, self._engine = folder, engine
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")},
            "DAGSTER_HOME": str(folder / "dagster_home"),
            "THROUGHLINE_LANDING_DIR": str(folder / "landing"),
            "THROUGHLINE_REFERENCE_DIR": str(folder / "reference"),
            "THROUGHLINE_WAREHOUSE_DIR": str(folder / "warehouse"),
            "THROUGHLINE_EMAIL_SALT": "the same on both engines",
            "THROUGHLINE_ENGINE": engine,
            "THROUGHLINE_SPARK_MASTER": master,
            "SPARK_CONF_DIR": str(folder / "spark_settings"),
        }
        (folder / "dagster_home").mkdir(exist_ok=True)
        # As a company gives its cluster's settings. Of a few records Spark would spend its time on compiling.
        (folder / "spark_settings").mkdir(exist_ok=True)
        (folder / "spark_settings" / "spark-defaults.conf").write_text("spark.sql.codegen.wholeStage false\n")

    def run(self, as_of: str, expected: int) -> Iterator[str]:
        begun = time.monotonic()
        with self._started(as_of) as night:
            said, _ = night.communicate()
        print(f"a night on {self._engine}: exit code {night.returncode} after {time.monotonic() - begun:.0f} s")
        if night.returncode != expected:
            yield f"the night on {self._engine} ended with {night.returncode}, expected {expected}:\n{said[-3000:]}"
        if self._engine == "spark":
            print(*self._told(), sep="\n")

    def _told(self) -> list[str]:
        """What the last night's log tells of the engine."""
        log = max((self._folder / "warehouse" / "logs").glob("*.log"), key=lambda file: file.stat().st_mtime)
        marks = ("The models are built on ", "Spark: ")
        return [
            line[line.index(mark) :]
            for line in log.read_text(encoding="utf-8").splitlines()
            for mark in marks
            if mark in line and "[Spark" not in line
        ]

    def run_and_kill_driver(self, as_of: str) -> Iterator[str]:
        with self._started(as_of) as night:
            driver = self._driver_at_work(night)
            if driver is None:
                said, _ = night.communicate()
                yield f"no driver was seen at work; exit code {night.returncode}:\n{said[-3000:]}"
                return
            os.kill(driver, signal.SIGKILL)
            said, _ = night.communicate()
        print(f"the driver was killed: the night ended with {night.returncode}")
        if night.returncode != 1:
            yield f"a night whose driver was killed ended with {night.returncode}, expected 1:\n{said[-3000:]}"
        if "Published in" in said:
            yield "a night whose driver was killed says that it published"

    def _started(self, as_of: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "dagster_project.run"],
            cwd=PROJECT_ROOT,
            env={**self._environment, "THROUGHLINE_AS_OF": as_of},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _driver_at_work(self, night: subprocess.Popen[str]) -> int | None:
        """The process id of Spark's driver once tables are made; None if the night ends before."""
        tables = f"{lake.BUILD}*/{lake.TABLES}/*.db/*"
        while night.poll() is None:
            made = len(list((self._folder / "warehouse" / "lake").glob(tables)))
            drivers = _processes_with(str(self._folder / "warehouse" / "lake"))
            if made >= KILLED_AFTER_TABLES and drivers:
                return drivers[0]
            time.sleep(0.2)
        return None


def _processes_with(argument: str) -> list[int]:
    """Ids of Python processes that have an argument beginning so: dbt's, in which the driver is begun."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = place.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "python" in arguments[0] and any(given.startswith(argument) for given in arguments):
            found.append(int(place.parent.name))
    return found


def _differences(folders: dict[str, Path], when: str) -> Iterator[str]:
    """Each published mart that isn't the same. What DuckDB publishes as a view of other tables is a table on Spark."""
    files = {engine: folder / "warehouse" / "published" / "throughline.duckdb" for engine, folder in folders.items()}
    with duckdb.connect(str(files["duckdb"]), read_only=True) as connection:
        connection.execute(f"set TimeZone = 'UTC'; attach '{files['spark']}' as spark (read_only)")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema = 'marts' order by all"
        ).fetchall()
        equal = 0
        for schema, name in tables:
            place = folders["spark"] / "compared" / schema / name
            place.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy (from spark.{schema}.{name}) to '{place}/part.parquet'")
            if found := difference(connection, schema, name, place):
                yield f"{when}: {schema}.{name}: {found}"
            else:
                equal += 1
        print(f"{when}: {equal} of {len(tables)} published marts equal")
