"""A loader's real tables, where they lie beside the project: every row is loaded or listed, none is lost.

The tables are read in place (`../shared/data/loaders`) and are never copied here. Each is taken as a table of texts:
what its columns mean is the business of the sources that list them.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from dagster_project.landing import files, loader
from dagster_project.landing.catalog import read_catalog
from dagster_project.settings import PROJECT_ROOT
from tests.unit.landing.conftest import Landing

TABLES = PROJECT_ROOT.parent / "shared" / "data" / "loaders"

pytestmark = pytest.mark.skipif(not TABLES.exists(), reason="the loaders' tables aren't beside the project")


def _records(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_every_row_of_every_table_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    counts: dict[str, int] = {}
    for folder in sorted(path for path in TABLES.iterdir() if path.is_dir()):
        objects = {}
        for path in sorted(folder.glob("*.csv")):
            header, *rows = _records(path)
            names = [name for name in header if not name.startswith("_")]
            columns = {name: "text required" if name == names[0] else "text" for name in names}
            objects[path.stem] = {"description": path.stem, "key": names, "columns": columns}
            counts[f"raw_{folder.name}.{path.stem}"] = len(rows)
        entry = {"source": folder.name, "system": "crm", "description": folder.name, "objects": objects}
        (sources / f"{folder.name}.yml").write_text(yaml.safe_dump(entry, sort_keys=False))
    known = read_catalog(sources)
    monkeypatch.setattr(files, "catalog", lambda: known)
    monkeypatch.setattr(loader, "catalog", lambda: known)
    landing = Landing(tmp_path / "landing", known)
    for folder in TABLES.iterdir():
        (landing.folder / folder.name).symlink_to(folder)
    results = landing.load()
    assert {table: result.rows for table, result in results.items()} == counts
    assert landing.rejects() == []
    landing.connection.close()
