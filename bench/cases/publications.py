"""What keeping and comparing publications adds to a build: processor time, and bytes of the build file.

Generated companies are built twice, the second time from the same records as of a day later. Of a whole night this is
loading and models, without dbt's own work, the checks and publishing, so that the shares are upper bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from bench.cases.nightly import as_of
from bench.cases.scaling import generate
from bench.measure import measure
from bench.options import Options
from bench.report import Figure
from dagster_project.engine import literal

# What there is for publications alone.
_MODELS = ("int_publications__", "int_sealing__", "dim_publication", "rpt_restatements", "rpt_sealed_months")
_TABLES = (
    "schema_name = 'audit' and (starts_with(table_name, 'kept_') or starts_with(table_name, 'publication')) "
    "or starts_with(schema_name, 'kept_raw_') "
    f"or {' or '.join(f'''starts_with(table_name, '{name}')''' for name in _MODELS)}"
)


def figures(options: Options) -> Iterator[Figure]:
    for scale in options.scales:
        landing_dir = options.scratch / f"publications_{scale}" / "landing"
        measure(generate, out=str(landing_dir), scale=scale)
        measured = measure(publish_twice, landing_dir=str(landing_dir), scratch=str(landing_dir.parent))
        touches = measured.details["touches"]
        for label, whole, own, file, own_bytes in measured.details["publications"]:
            name = f"{scale:g} sample companies, {label}"
            yield Figure("publications", f"{name}: loading and models, processor time", whole, None, touches)
            yield Figure("publications", f"{name}: of it for publications, {own / whole:.1%}", own)
            share = f"{own_bytes / file:.1%} of {file / 1e6:,.0f} MB"
            yield Figure("publications", f"{name}: build file for publications, {own_bytes / 1e6:,.1f} MB, {share}", 0)


def publish_twice(landing_dir: str, scratch: str) -> dict[str, Any]:
    from dagster_project.engine import connected
    from dagster_project.publish import kept
    from tests.company import SHIPPED_REFERENCE_DIR, Folders
    from tests.compiled_models import CompiledModel, compiled_models
    from tests.runs import build_marts

    folders = Folders(Path(landing_dir), SHIPPED_REFERENCE_DIR, Path(scratch) / "warehouse")
    first_day = date.fromisoformat(as_of(folders.landing_dir))
    own = 0.0

    def timed(target: Any, name: str, is_own: Callable[[Any], bool]) -> AbstractContextManager[Any]:
        real = getattr(target, name)

        def run(*arguments: Any, **named: Any) -> Any:
            nonlocal own
            start = time.process_time()
            try:
                return real(*arguments, **named)
            finally:
                own += time.process_time() - start if is_own(arguments[0]) else 0.0

        return mock.patch.object(target, name, run)

    publications = []
    for number, label in enumerate(("first publication", "the next one"), start=1):
        compiled_models(number == 1)
        own, start = 0.0, time.process_time()
        with (
            timed(kept, "begin", lambda _: True),
            timed(CompiledModel, "build", lambda model: model.name.startswith(_MODELS)),
        ):
            day = first_day + timedelta(days=number - 1)
            built = build_marts(folders, day.isoformat(), later_night=number > 1)
            file = built.file
        with connected(file) as connection:
            begun = time.process_time()
            kept.prepare(connection, f"build {number}")
            kept.confirm(connection, f"build {number}")
            own += time.process_time() - begun
            connection.execute("checkpoint")
            bytes_used = _bytes_used(connection)
            (touches,) = connection.execute("select count(*) from marts.fct_touchpoints").fetchone()
        publications.append((label, time.process_time() - start, own, *bytes_used))
    return {"touches": touches, "publications": publications}


def _bytes_used(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Of the file, and of the blocks in which there is anything for publications."""
    size, used = connection.execute("select block_size, used_blocks from pragma_database_size() limit 1").fetchone()
    relations = connection.execute(
        f"select schema_name || '.' || table_name from duckdb_tables() where {_TABLES}"
    ).fetchall()
    blocks = " union ".join(
        f"select block_id from pragma_storage_info({literal(relation)}) where persistent and block_id >= 0"
        for (relation,) in relations
    )
    (own,) = connection.execute(f"select count(*) from ({blocks})").fetchone()
    return used * size, own * size
