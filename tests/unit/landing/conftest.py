"""A landing folder and a warehouse in memory, written and read in one line each."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing import files, loader
from dagster_project.landing.catalog import Catalog, LandingObject, catalog, read_catalog
from dagster_project.landing.loader import LoadResult, load_objects

FIRST_NIGHT = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)


class Landing:
    """A landing folder with the warehouse that it is loaded into; each load is one night later than the one before."""

    def __init__(self, folder: Path, known: Catalog | None = None) -> None:
        self.folder = folder
        self.known = known or catalog()
        self.folder.mkdir(parents=True, exist_ok=True)
        # Handing some rows to a second thread, or looking for a better plan, takes longer than reading them.
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("pragma disable_optimizer")
        self.night = FIRST_NIGHT
        self.warnings: list[str] = []

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file; text as UTF-8, a `.gz` name compressed unless bytes are given."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
            content = gzip.compress(content) if name.endswith(".gz") else content
        path.write_bytes(content)
        return path

    def put_parquet(self, name: str, query: str) -> Path:
        """Write the result of a query as Parquet."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as writer:
            writer.execute(f"copy ({query}) to '{path}' (format parquet)")
        return path

    def load(self, *names: str, **options: Any) -> dict[str, LoadResult]:
        """Load the named objects (`segment.pages`), by default all of the catalog."""
        self.night += timedelta(days=1)
        objects = tuple(map(self._object, names)) if names else self.known.objects
        return load_objects(self.connection, objects, self.folder, self.night, log=self.warnings.append, **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query).fetchall()

    def rejects(self, columns: str = "line, column_name, reason") -> list[tuple[Any, ...]]:
        """What the reject table holds, by file and line."""
        return self.rows(f"select {columns} from audit.rejected_rows order by file, line, reason")

    def _object(self, label: str) -> LandingObject:
        found = self.known.find_object(*label.split("."))
        assert found is not None
        return found


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[Landing]:
    """An empty landing folder and an empty warehouse."""
    built = Landing(tmp_path / "landing")
    yield built
    built.connection.close()


# A source as many loaders deliver it: further names, prefixes, and values inside other columns.
DIALECTS = """
source: shop
system: crm
description: A shop that many loaders read.
column_prefixes: [property_, properties_, properties__]
objects:
  orders:
    description: One row per order.
    key: [id]
    aliases: [order, objects_orders, orders_archived]
    parts: [orders, orders_archived]
    columns:
      id: {type: id required, aliases: [order_id, Record ID]}
      email: {type: email, aliases: [E-Mail, contact_email], paths: [properties.email]}
      amount: {type: decimal, aliases: [Amount, value], paths: ["properties.amounts[0].value"]}
      page:
        type: url
        paths: ["params[key=page].value.string_value|int_value", "properties.page-url"]
      session: {type: integer, paths: ["params[key=session].value.int_value|string_value"]}
      placed_at: timestamp
      history: {type: free_text, json: true}
      stages:
        type: free_text
        family: {names: ["stage_v2_date_{name}", 'Stage "{name}"'], type: timestamp, within: [properties]}
  lines:
    description: One row per line.
    key: [id]
    columns:
      id: id required
"""


@pytest.fixture
def dialects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Landing]:
    """An empty landing folder for the source `shop` of DIALECTS."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "shop.yml").write_text(DIALECTS)
    known = read_catalog(sources)
    monkeypatch.setattr(files, "catalog", lambda: known)
    monkeypatch.setattr(loader, "catalog", lambda: known)
    built = Landing(tmp_path / "landing", known)
    yield built
    built.connection.close()
