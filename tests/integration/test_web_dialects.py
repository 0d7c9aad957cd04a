"""One company, many trackers: whichever collected its visits, touches and credit are the same, to the cent.

Visitors who refuse to be measured are counted, whichever tracker says so, and change nothing about anybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.runs import build_marts
from tests.web_dialects import Visits

SITE = "https://www.northwind.example/"

READ = ("dim_person_identifier", "explain_credit", "fct_touchpoints", "int_trust__counted_units", "rpt_web_consent")
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
TRAFFIC = """
    select metric, cast(sum(units) as integer) as units
    from intermediate.int_trust__counted_units
    where channel = 'total' and metric in ('visits', 'visitors', 'page_views')
    group by metric
    order by metric
"""
CONSENT = """
    select month, page_views, without_consent_page_views, with_consent_hits > 0 as has_consent
    from marts.rpt_web_consent
    order by month
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


def with_refusals(site: Visits) -> Visits:
    """Everybody so far consented. Ann refuses on a third browser, and later on her first one; Cid always does."""
    for number, happening in enumerate(site.happenings):
        site.happenings[number] = replace(happening, consent=True)
    site.consent = False
    site.view("b5", "2024-01-05 10:00:00", f"{SITE}?gclid=Cj1", user="ann@acme.example")
    site.view("b5", "2024-01-05 10:01:00", f"{SITE}pricing", referrer=SITE)
    site.form("b5", "2024-01-05 10:02:00", f"{SITE}pricing")
    site.identify("b5", "2024-01-05 10:02:01", "ann@acme.example")
    site.view("b1", "2024-01-25 10:00:00", SITE)
    site.view("b6", "2024-02-01 08:00:00", f"{SITE}?utm_source=linkedin&utm_medium=paid_social", user="L3")
    site.identify("b6", "2024-02-01 08:01:00", "cid@acme.example")
    return site


# The field in which each tracker tells of consent; GA4 has one of its own.
CONSENT_FIELDS = {
    Visits.segment: "segment=context_consent_analytics",
    Visits.rudderstack: "rudderstack=context_consent_analytics",
    Visits.snowplow: "snowplow=contexts_example_consent_1[0].analytics",
}


def company(folder: Path) -> Company:
    made = Company(folder)
    made.user("marketer", department="Marketing")
    made.lead("L1", created="2024-01-02 10:07", created_by="marketer", email="ann@acme.example", source="Web")
    made.lead("L2", created="2024-01-21 08:10", created_by="marketer", email="bob@acme.example", source="Web")
    made.lead("L3", created="2024-02-01 08:10", created_by="marketer", email="cid@acme.example", source="Web")
    made.account("A1", created="2024-02-01")
    made.contact("C1", account="A1", created="2024-02-01", email="ann@acme.example")
    made.contact("C2", account="A1", created="2024-02-01", email="bob@acme.example")
    made.contact("C3", account="A1", created="2024-02-02", email="cid@acme.example")
    # An amount that any number of touches shares without a cent left: that one goes by ids, which are a tracker's own.
    made.opportunity("O1", account="A1", created="2024-02-01", amount="4200000.00", won="2024-03-01")
    made.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    made.convert("L2", account="A1", contact="C2", at="2024-02-01")
    made.convert("L3", account="A1", contact="C3", at="2024-02-02")
    return made


def results(made: Company) -> dict[str, list[tuple[Any, ...]]]:
    built = build_marts(made, only=READ)
    questions = {"touches": TOUCHES, "credit": CREDIT, "people": PEOPLE, "traffic": TRAFFIC, "consent": CONSENT}
    return {question: built.rows(sql) for question, sql in questions.items()}


def told_by(folder: Path, write: Callable[[Visits, Company], None]) -> dict[str, list[tuple[Any, ...]]]:
    made = company(folder)
    write(visits(), made)
    return results(made)


@pytest.fixture(scope="module")
def by_segment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    return told_by(tmp_path_factory.mktemp("segment"), Visits.segment)


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
    told = told_by(tmp_path, write)
    for question, answer in by_segment.items():
        assert told[question] == answer, question


@pytest.mark.parametrize(
    "write",
    [Visits.segment, Visits.rudderstack, Visits.ga4_json_lines, Visits.snowplow],
    ids=lambda write: write.__name__,
)
def test_who_refuses_is_counted_and_is_in_nobodys_journey(
    tmp_path: Path, by_segment: dict[str, list[tuple[Any, ...]]], write: Callable[[Visits, Company], None]
) -> None:
    made = company(tmp_path)
    write(with_refusals(visits()), made)
    if field := CONSENT_FIELDS.get(write):
        made.settings(consent_fields=field)
        source = field.partition("=")[0]
        meanings = {"true": "given", "false": "refused"}
        made.reference(
            "consent_values",
            [{"source_system": source, "value": value, "consent": consent} for value, consent in meanings.items()],
        )
    told = results(made)
    for question in ("touches", "credit", "people"):
        assert told[question] == by_segment[question], question
    # Four pages were viewed by who refused. Nobody knows how many visits, or whose, these were.
    before, after = dict(by_segment["traffic"]), dict(told["traffic"])
    assert after == {**before, "page_views": before["page_views"] + 4}
    assert told["consent"] == [(date(2024, 1, 1), 11, 3, True), (date(2024, 2, 1), 1, 1, False)]
    # What is earned is what was won, and Cid is a person whom no visit is known of.
    models = {row[1] for row in told["credit"]}
    assert {sum(row[7] for row in told["credit"] if row[1] == model) for model in models} == {4200000}
    (cid,) = {row[0] for row in told["people"] if row[1:3] == ("salesforce_lead", "L3")}
    assert [row for row in told["touches"] if row[0] == cid] == []
