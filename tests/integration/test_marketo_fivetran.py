"""The tables that Fivetran really delivers of Marketo, where they lie beside the project: all of them load.

Their values are scrambled, so they prove headers, types, empty values and odd spellings, and no meaning.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.runs import Warehouse, build_marts

TABLES_DIR = PROJECT_ROOT.parent / "shared" / "data" / "loaders" / "marketo_fivetran"

pytestmark = pytest.mark.skipif(not TABLES_DIR.exists(), reason="the loader's tables aren't beside the project")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("fivetran_tables"))
    (company.landing_dir / "marketo").symlink_to(TABLES_DIR)
    company.is_delivered = True
    return build_marts(company)


def test_every_table_loads_without_a_reject(built: Warehouse) -> None:
    landed = built.rows("select file, rows from audit.landed_files order by file")
    tables = {path.stem: records(path) for path in TABLES_DIR.glob("*.csv")}
    assert {Path(file).stem: rows for file, rows in landed} == tables
    assert built.rows("select * from audit.rejected_rows") == []


def records(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))
