"""Loading: page views from Parquet into raw, against DuckDB's own `create table as` of the same file.

The difference is what Throughline does beyond copying: casts with rejects, lineage, and superseding by key.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import measure
from bench.options import Options
from bench.page_views import write_page_views
from bench.report import Figure


def figures(options: Options) -> Iterator[Figure]:
    landing_dir = options.scratch / "loading"
    file = landing_dir / "segment" / "pages.parquet"
    measure(prepare, file=str(file), count=options.page_views)
    copied = measure(copy_with_duckdb, file=str(file), build_file=str(options.scratch / "copied.duckdb"))
    loaded = measure(load, landing_dir=str(landing_dir), build_file=str(options.scratch / "loaded.duckdb"))
    again = measure(load, landing_dir=str(landing_dir), build_file=str(options.scratch / "loaded.duckdb"))
    yield Figure("loading", "DuckDB: create table as", copied.seconds, copied.peak_memory_mib, options.page_views)
    yield Figure(
        "loading",
        "Throughline: load Parquet",
        loaded.seconds,
        loaded.peak_memory_mib,
        options.page_views,
        loaded.seconds / copied.seconds,
        "create table as",
        loaded.details,
    )
    yield Figure("loading", "Throughline: the same file again", again.seconds, again.peak_memory_mib, 0)


def prepare(file: str, count: int) -> None:
    write_page_views(Path(file), count)


def copy_with_duckdb(file: str, build_file: str) -> dict[str, Any]:
    with duckdb.connect(build_file) as connection:
        start = time.perf_counter()
        connection.execute(f"create table pages as from read_parquet('{file}')")
        return {"seconds": time.perf_counter() - start}


def load(landing_dir: str, build_file: str) -> dict[str, Any]:
    from dagster_project.engine import connected
    from dagster_project.landing.catalog import catalog
    from dagster_project.landing.loader import load_objects

    pages = catalog().find_object("segment", "pages")
    with connected(Path(build_file)) as connection:
        start = time.perf_counter()
        load_objects(connection, [pages], Path(landing_dir), datetime(2025, 1, 1, tzinfo=UTC))
        seconds = time.perf_counter() - start
        (count,) = connection.execute("select count(*) from raw_segment.pages").fetchone()
        return {"seconds": seconds, "rows_in_raw": count}
