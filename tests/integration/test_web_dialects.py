"""One company, many trackers: whichever collected its visits, touches and credit are the same, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.runs import build_marts
from tests.web_dialects import Visits

SITE = "https://www.northwind.example/"

TOUCHES = """
    select person_id, account_id, occurred_at, touch_type, channel, source, medium, campaign, is_internal, is_bot
    from marts.fct_touchpoints
    order by all
"""
CREDIT = """
    select opportunity_id, model, occurred_at, touch_type, channel, positions, credit_status, attributed_amount
    from marts.explain_credit
    order by all
"""
PEOPLE = """
    select person_id, identifier_type, identifier, matched_by
    from marts.dim_person_identifier
    order by all
"""


def visits() -> Visits:
    """Ann comes by an ad, a newsletter, a search and by herself, on two browsers; Bob once. Nobody knows the third."""
    site = Visits()
    site.view("b1", "2024-01-02 10:00:00", f"{SITE}?gclid=Cj0")
    site.view("b1", "2024-01-02 10:04:00", f"{SITE}pricing", referrer=SITE)
    site.form("b1", "2024-01-02 10:06:00", f"{SITE}pricing")
    site.identify("b1", "2024-01-02 10:06:01", "ann@acme.example")
    site.view("b1", "2024-01-09 09:00:00", f"{SITE}?utm_source=Digest&utm_medium=email&utm_campaign=Jan")
    site.view("b1", "2024-01-10 09:00:00", SITE, referrer="https://www.google.com/search?q=northwind")
    site.view("b2", "2024-01-20 18:00:00", SITE, user="ann@acme.example")
    site.view("b2", "2024-01-20 18:40:00", SITE, referrer="https://news.example.org/", user="ann@acme.example")
    site.view("b3", "2024-01-21 08:00:00", f"{SITE}?utm_source=linkedin&utm_medium=paid_social", user="L2")
    site.view("b4", "2024-01-22 08:00:00", SITE)
    return site


def company(folder: Path) -> Company:
    made = Company(folder)
    made.user("marketer", department="Marketing")
    made.lead("L1", created="2024-01-02 10:07", created_by="marketer", email="ann@acme.example", source="Web")
    made.lead("L2", created="2024-01-21 08:10", created_by="marketer", email="bob@acme.example", source="Web")
    made.account("A1", created="2024-02-01")
    made.contact("C1", account="A1", created="2024-02-01", email="ann@acme.example")
    made.contact("C2", account="A1", created="2024-02-01", email="bob@acme.example")
    # An amount that any number of touches shares without a cent left: that one goes by ids, which are a tracker's own.
    made.opportunity("O1", account="A1", created="2024-02-01", amount="4200000.00", won="2024-03-01")
    made.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    made.convert("L2", account="A1", contact="C2", at="2024-02-01")
    return made


def results(folder: Path, write: Callable[[Visits, Company], None]) -> dict[str, list[tuple[Any, ...]]]:
    made = company(folder)
    write(visits(), made)
    built = build_marts(made)
    return {"touches": built.rows(TOUCHES), "credit": built.rows(CREDIT), "people": built.rows(PEOPLE)}


@pytest.fixture(scope="module")
def by_segment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    return results(tmp_path_factory.mktemp("segment"), Visits.segment)


def test_the_company_has_touches_of_every_kind(by_segment: dict[str, list[tuple[Any, ...]]]) -> None:
    told = sorted((row[2].isoformat()[5:16], *row[3:6], row[1]) for row in by_segment["touches"])
    assert told == [
        ("01-02T10:00", "session", "paid_search", "google", "A1"),
        ("01-02T10:06", "form_fill", "paid_search", "google", "A1"),
        ("01-09T09:00", "session", "email", "digest", "A1"),
        ("01-10T09:00", "session", "organic_search", "google.com", "A1"),
        ("01-20T18:00", "session", "direct", "(direct)", "A1"),
        ("01-20T18:40", "session", "referral", "news.example.org", "A1"),
        ("01-21T08:00", "session", "paid_social", "linkedin", "A1"),
        ("01-22T08:00", "session", "direct", "(direct)", None),
    ]
    assert sum(row[7] for row in by_segment["credit"] if row[1] == "linear") == 4200000


@pytest.mark.parametrize(
    "write",
    [Visits.rudderstack, Visits.ga4_json_lines, Visits.ga4_parquet, Visits.snowplow],
    ids=lambda write: write.__name__,
)
def test_another_tracker_tells_the_same(
    tmp_path: Path, by_segment: dict[str, list[tuple[Any, ...]]], write: Callable[[Visits, Company], None]
) -> None:
    told = results(tmp_path, write)
    for question, answer in by_segment.items():
        assert told[question] == answer, question
