"""Signals of companies, from the landing file to the report: beside credit, never in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.transform.project import prepared_project
from tests.company import Company
from tests.runs import build_marts

CREDIT = "select * exclude (touchpoint_id) from marts.fct_attribution order by all"


@pytest.fixture
def acme(company: Company) -> Company:
    company.user("marketer", department="Marketing")
    company.lead("L1", created="2024-01-02", email="ann@acme.example")
    company.account("A1", created="2024-02-01", Website="https://www.acme.example")
    company.contact("C1", account="A1", created="2024-02-01", email="ann@acme.example")
    company.opportunity("O1", account="A1", created="2024-02-01", amount="1000.00", won="2024-03-01")
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    company.page_view("b1", "2024-01-02 10:00", source="google", medium="cpc", user="ann@acme.example")
    return company


def put(company: Company, text: str) -> None:
    (company.landing_dir / "signals").mkdir(parents=True, exist_ok=True)
    (company.landing_dir / "signals" / "company_signals.csv").write_text(text)


def test_signals_stand_beside_credit_and_change_none_of_it(acme: Company) -> None:
    before = build_marts(acme).rows(CREDIT)
    put(
        acme,
        "date,domain,source,signal_type,campaign_id,impressions,engagements,score\n"
        "2024-01-03,acme.example,LinkedIn,ad_view,77,120,3,\n"
        "2024-01-04,www.acme.example,G2,category_visit,,,2,high\n"
        "2024-01-04,nova.example,G2,category_visit,,,1,low\n",
    )
    built = build_marts(acme)
    assert built.rows(CREDIT) == before
    assert built.rows(
        "select company_key, signal_days, signal_sources, impressions, engagements, touches, won_amount::varchar "
        "from marts.rpt_account_signals order by all"
    ) == [("A1", 2, 2, 120, 5, 1, "0.00"), ("nova.example", 1, 1, None, 1, 0, "0.00")]


def test_rows_of_one_key_that_differ_are_refused(acme: Company) -> None:
    put(
        acme,
        "signal_date,company_domain,signal_source,impressions\n"
        "2024-01-03,acme.example,linkedin,120\n2024-01-03,acme.example,linkedin,80\n",
    )
    with pytest.raises(LandingError, match="nothing tells whether they are parts to be added"):
        build_marts(acme)


def test_no_touch_and_no_credit_waits_for_signals() -> None:
    nodes = json.loads(Path(prepared_project().manifest_path).read_text(encoding="utf-8"))["nodes"]
    waiting, seen = ["model.throughline.fct_attribution", "model.throughline.fct_touch_eligibility"], set()
    while waiting:
        node = waiting.pop()
        seen.add(node)
        waiting += [other for other in nodes[node]["depends_on"]["nodes"] if other in nodes and other not in seen]
    assert not [node for node in seen if "signal" in node]
