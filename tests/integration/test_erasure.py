"""A person is forgotten in everything that is kept, no figure moves, and a later delivery brings nobody back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dagster_project.erasure.forget import Erasure
from dagster_project.reproduce import Reproduction, reproduce
from tests.company import Company
from tests.erasures import CONTACT, JANE, LEAD, MODELS, company_of_jane, erase, figures, restated, where
from tests.publications import Publisher, build_again
from tests.runs import Warehouse

# What a new lead, call and visit of hers may not move.
OF_THE_DEALS = ("fct_attribution", "fct_opportunities", "explain_credit")


@dataclass
class Story:
    """A company's publication, an erasure, the publication built again, and a night that delivers everything again."""

    company: Company
    before: tuple[Any, ...]
    stood: list[str]
    done: Erasure
    after: tuple[Any, ...]
    stands: list[str]
    again: Reproduction
    later: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    stands_later: list[str] = field(default_factory=list)
    restated_later: Sequence[tuple[Any, ...]] = ()

    @property
    def build(self) -> Warehouse:
        return Warehouse(self.company.warehouse_dir / "throughline.duckdb")


def build_models(build_file: Path, models: Sequence[str] = ()) -> None:
    build_again(build_file, models or MODELS)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    company = company_of_jane(tmp_path_factory.mktemp("jane"))
    publisher = Publisher(company, models=MODELS)
    first = publisher.publish_file()
    build, published = Warehouse(publisher.build_file), Warehouse(publisher.published_file)
    before, stood = (figures(build), figures(published)), where(company)
    done = erase(company, JANE)
    after, stands = (figures(build), figures(published)), where(company)
    again = reproduce(publisher.build_file, company.warehouse_dir / "reproduced", first, build_models)
    told = Story(company, before, stood, done, after, stands, again)
    # Every file comes once more, and she has a new lead, another cookie and another call.
    company.change("Lead", LEAD, Website="buyer.example", LastModifiedDate="2024-12-01T00:00:00Z")
    company.lead(
        "00Q5g000001zZyZEAU", created="2024-12-02", email=JANE.upper(), FirstName="Jane", LastName="Doe", Street="Weg 1"
    )
    company.call(CONTACT, at="2024-12-03", by="rep", Description="Jane Doe again, see mailto:Jane@Buyer.example")
    company.page_view("another-cookie", "2024-12-04", "https://www.example.com/?e=jane%40buyer.example")
    publisher.publish_file()
    told.later, told.stands_later, told.restated_later = figures(build), where(company), restated(build)
    return told


def test_nothing_of_her_is_left_and_no_figure_moves(story):
    assert len(story.stood) > 20
    assert (story.done.people, story.done.traces, story.stands) == (1, (), [])
    assert story.after == story.before


def test_a_past_publication_is_built_again_but_for_her(story):
    assert story.again.is_equal
    others = {table.name: table for table in story.again.tables if not table.is_equal}
    assert all(table.is_equal_but_for_forgotten for table in others.values())
    # Its hashes were worked out again, so that even she is the same.
    assert "marts.dim_person" not in others


def test_who_is_delivered_again_stays_forgotten(story):
    assert story.stands_later == []
    assert {table: story.later[table] for table in OF_THE_DEALS} == {
        table: story.before[0][table] for table in OF_THE_DEALS
    }
    (lead,) = story.build.rows(
        "select FirstName, LastName, Street from raw_salesforce.lead where id = '00Q5g000001zZyZEAU'"
    )
    assert lead == (None, None, None)
    assert story.build.value("select count(*) from raw_salesforce.lead") == 4


def test_no_revenue_is_restated_by_an_erasure(story):
    assert [row for row in story.restated_later if "revenue" in str(row)] == []
