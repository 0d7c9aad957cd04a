"""A made-up company that keeps every promise, built once per process."""

from __future__ import annotations

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Warehouse:
    """A lead of marketing's who read a piece and became a won deal without a source; an ad, a fair, a poster; a target.

    A stranger came in the fourth week, so that two whole weeks of visits lie between.
    """
    company = Company(tmp_path_factory.mktemp("company"))
    company.settings(min_closed_journeys=1)
    company.user("marketer", department="Marketing")
    company.lead("L1", created="2024-01-02", source="Webinar", email="jo@customer.example")
    company.account("A1", created="2024-02-01")
    company.contact("C1", account="A1", created="2024-02-01", email="jo@customer.example")
    company.opportunity(
        "O1", account="A1", created="2024-02-01", amount="1000.00", won="2024-03-01", created_by="marketer"
    )
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    company.opportunity_change("O1", "LeadSource", at="2024-02-15", old="Webinar", new=None, by="marketer")
    company.page_view(
        "jos-browser", "2024-01-02 09:00", "https://www.example.com/roi?x=1", source="google", medium="cpc"
    )
    company.identify("jos-browser", "2024-01-02 09:01", email="jo@customer.example")
    company.page_view("stranger", "2024-01-23 09:00")
    company.target("leads", "2024-01-01", "2024-01-31", "1", bonus_amount="500.00")
    company.spend("google_ads", "2024-01-02", "Brand", "12.50", clicks="1", impressions="9")
    company.campaign("C1", name="Fair", kind="Event", ActualCost="100.00", StartDate="2024-01-10", EndDate="2024-01-12")
    company.brand_activity("B1", "2024-01-10", cost="50.00", channel="event")
    company.asset("roi")
    company.asset("draft", status="in_development", planned_at="2025-06-01T00:00:00Z", published_at=None)
    return build_marts(company)
