"""The tables that Fivetran really delivers of HubSpot, where they lie beside the project: all of them load.

Their values are scrambled, so they prove headers, types, empty values and odd spellings, and no meaning.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.runs import Warehouse, build_marts

TABLES_DIR = PROJECT_ROOT.parent / "shared" / "data" / "loaders" / "hubspot_fivetran"

pytestmark = pytest.mark.skipif(not TABLES_DIR.exists(), reason="the loader's tables aren't beside the project")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("fivetran_tables"))
    (company.landing_dir / "hubspot").symlink_to(TABLES_DIR)
    company.is_delivered = True
    return build_marts(company)


def test_every_table_loads_without_a_reject(built: Warehouse) -> None:
    landed = built.rows("select file, rows from audit.landed_files order by file")
    tables = sorted(path for path in TABLES_DIR.glob("*.csv") if records(path))
    assert [(Path(file).stem, rows) for file, rows in landed if rows] == [(path.stem, records(path)) for path in tables]
    assert built.rows("select * from audit.rejected_rows") == []


def test_contacts_and_deals_reach_the_marts(built: Warehouse) -> None:
    """Of 22 contacts three were merged into another; 44 deals, none of which tells its stage."""
    assert built.value("select count(*) from marts.fct_opportunities") == 44
    contacts = "select count(distinct identifier) from marts.dim_person_identifier where identifier_type = "
    assert built.value(f"{contacts}'hubspot_contact'") == 22
    assert built.rows(
        "select contact_id from intermediate.int_crm__contacts"
        " where master_record_id = 'hubspot:contact:78971951' order by contact_id"
    ) == [("hubspot:contact:46897301",), ("hubspot:contact:76226001",), ("hubspot:contact:76340251",)]


def records(path: Path) -> int:
    """The file's lines that hold anything, without the header."""
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip()) - 1
