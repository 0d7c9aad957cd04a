"""A real marketing funnel, 2017-2018, where it lies beside the project, and plain SQL over its files.

The data may be used in place (`../shared/data/olist`) and is never copied here. What lives here: where it is, how a run
reads it, and an independent way to ask it. What doesn't: any number that the pipeline works out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.company import SHIPPED_REFERENCE_DIR, Folders

LANDING_DIR = PROJECT_ROOT.parent / "shared" / "data" / "olist" / "landing"
AS_OF = "2018-12-31"

only_where_it_lies = pytest.mark.skipif(not LANDING_DIR.exists(), reason="the real data isn't beside the project")


def olist(folder: Path) -> Folders:
    """The data in place, with reference tables in `folder` that report in its currency."""
    shutil.copytree(SHIPPED_REFERENCE_DIR, folder / "reference")
    settings = folder / "reference" / "settings.csv"
    settings.write_text(settings.read_text().replace("reporting_currency,USD", "reporting_currency,BRL"))
    return Folders(LANDING_DIR, folder / "reference", folder / "warehouse")


def plain_sql(query: str) -> list[tuple[Any, ...]]:
    """A query over the CSV files alone; {lead}, {opportunity}, {invoices} … stand for them."""
    with duckdb.connect() as connection:
        return connection.execute(query.format(**_files())).fetchall()


def write_sql(query: str, file: Path) -> None:
    """The result of such a query as a CSV file."""
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query.format(**_files())}) to '{file}' (header)")


def _files() -> dict[str, str]:
    return {path.stem.lower(): f"read_csv('{path}', all_varchar = true)" for path in LANDING_DIR.rglob("*.csv")}
