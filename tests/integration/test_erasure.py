"""A person is forgotten in everything that is kept, no figure moves, and a later delivery brings nobody back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project.reproduce import reproduce
from tests.erasures import CONTACT, JANE, LEAD, MODELS, company_of_jane, erase, figures, published, restated, where
from tests.publications import Publisher, build_again
from tests.runs import Warehouse


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published company, to be copied."""
    folder = tmp_path_factory.mktemp("jane")
    published(company_of_jane(folder))
    return folder


@pytest.fixture
def publisher(before: Path, tmp_path: Path) -> Publisher:
    """The company after its first publication, in a folder of its own."""
    company = company_of_jane(tmp_path)
    shutil.copytree(before / "warehouse", company.warehouse_dir)
    return Publisher(company, number=1, models=MODELS)


def build_models(build_file, models=()):
    build_again(build_file, models or MODELS)


def test_nothing_of_her_is_left_and_no_figure_moves(publisher):
    company = publisher.company
    build, file = Warehouse(publisher.build_file), Warehouse(publisher.published_file)
    said = figures(build), figures(file)
    assert len(where(company)) > 20
    done = erase(company, JANE)
    assert (done.people, done.traces) == (1, ())
    assert where(company) == []
    assert (figures(build), figures(file)) == said
    publisher.publish_file()
    assert where(company) == []
    assert (figures(build)["fct_attribution"], figures(build)["fct_opportunities"]) == (
        said[0]["fct_attribution"],
        said[0]["fct_opportunities"],
    )
    assert restated(build) == []


def test_a_past_publication_is_built_again_but_for_her(publisher):
    company, first = publisher.company, "P00001"
    company.change("Opportunity", "O2", Amount="700.00")
    publisher.publish_file()
    erase(company, JANE)
    again = reproduce(publisher.build_file, company.warehouse_dir / "reproduced", first, build_models)
    differing = {table.name for table in again.tables if not table.is_equal}
    assert again.is_equal
    assert differing and all(table.is_equal_but_for_forgotten for table in again.tables if table.name in differing)
    assert "marts.rpt_lead_to_revenue" not in differing
    assert where(company) == []


def test_who_is_delivered_again_stays_forgotten(publisher):
    company = publisher.company
    build = Warehouse(publisher.build_file)
    erase(company, JANE)
    said = figures(build)
    # All files come once more, as another content each, and she has a new lead, a new cookie and a new call.
    company.change("Lead", LEAD, Website="buyer.example", LastModifiedDate="2024-12-01T00:00:00Z")
    company.lead(
        "00Q5g000001zZyZEAU", created="2024-12-02", email=JANE.upper(), FirstName="Jane", LastName="Doe", Street="Weg 1"
    )
    company.call(CONTACT, at="2024-12-03", by="rep", Description="Jane Doe again, see mailto:Jane@Buyer.example")
    company.page_view("another-cookie", "2024-12-04", "https://www.example.com/?e=jane%40buyer.example")
    publisher.publish_file()
    assert where(company) == []
    after = figures(build)
    for table in ("fct_attribution", "fct_opportunities", "rpt_lead_to_revenue"):
        assert after[table] == said[table] or table == "rpt_lead_to_revenue"
    (lead,) = build.rows("select FirstName, LastName, Street from raw_salesforce.lead where id = '00Q5g000001zZyZEAU'")
    assert lead == (None, None, None)
    assert build.value("select count(*) from raw_salesforce.lead") == 4
