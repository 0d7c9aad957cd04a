"""What a company's own dates and deal types do to the reports: blank and impossible dates, renewals, unfinished months.

Each test says what happens in the field and which figure must hold. The rules themselves have unit tests beside their
models.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

AMOUNTS = {"O1": "1000.00", "O2": "200.00", "O3": "30.00", "O4": "4.00", "O5": "0.50", "O6": "70.00"}


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Six won deals: one dated well, five with dates that are blank or can't be true; and a lead without a date."""
    company = Company(tmp_path_factory.mktemp("undated"))
    company.user("mia", department="Marketing")
    company.user("rep", department="Sales")
    for deal, amount in AMOUNTS.items():
        number = deal[1:]
        account, contact, lead = f"A{number}", f"C{number}", f"L{number}"
        company.account(account, created="2024-02-10")
        company.contact(contact, account=account, created="2024-02-10", email=f"buyer@firm{number}.example")
        company.opportunity(deal, account=account, created="2024-02-10", amount=amount, won="2024-05-02", source="Web")
        company.lead(lead, created="2024-02-01", created_by="mia", source="Web", email=f"buyer@firm{number}.example")
        company.convert(lead, account=account, contact=contact, opportunity=deal, at="2024-02-10")
    company.change("Opportunity", "O2", CloseDate=None)
    company.change("Opportunity", "O3", CloseDate="2204-05-02")
    company.change("Opportunity", "O4", CloseDate="1900-01-01")
    company.change("Opportunity", "O5", CloseDate=None)
    company.stage("O5", "Proposal", at="2024-02-10 09:00")
    company.stage("O5", "Closed Won", at="2024-06-03 09:00")
    company.change("Opportunity", "O6", CreatedDate="1970-01-01T00:00:00.000+0000", CloseDate=None)
    company.lead("L9", created="2024-02-01", created_by="mia", source="Web", email="late@firm9.example")
    company.change("Lead", "L9", CreatedDate=None)
    return build_marts(company)


def test_won_deals_without_a_true_close_date_stay_in_the_scorecard(undated: Warehouse) -> None:
    assert undated.rows(
        "select month_name, won_amount from marts.rpt_revenue_scorecard where won_amount <> 0 order by month_name"
    ) == [("2024-05", Decimal("1000.00")), ("2024-06", Decimal("0.50")), ("unknown", Decimal("304.00"))]


def test_every_report_by_month_sums_to_all_won_revenue(undated: Warehouse) -> None:
    total = sum(map(Decimal, AMOUNTS.values()))
    assert undated.value("select sum(won_amount) from marts.rpt_lead_to_revenue") == total
    assert undated.value("select sum(won_amount) from marts.rpt_channel_roi where model = 'linear'") == total
    assert undated.value("select sum(won_amount) from marts.rpt_revenue_scorecard") == total
    assert undated.value("select sum(leads) from marts.rpt_lead_to_revenue") == 7


def test_impossible_dates_make_no_months_and_stretch_no_cycle(undated: Warehouse) -> None:
    assert undated.rows("select min(month), max(month) from marts.rpt_revenue_scorecard") == [
        (date(2024, 2, 1), date(2024, 12, 1))
    ]
    assert undated.rows(
        "select opportunity_id, days_lead_to_close from marts.fct_opportunities where days_lead_to_close is not null"
        " order by 1"
    ) == [("O1", 91), ("O5", 123)]


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Two customers of one month's leads; the first renewed twice and was expanded. One lead bought nothing yet."""
    company = Company(tmp_path_factory.mktemp("renewed"))
    company.user("mia", department="Marketing")
    company.user("rep", department="Sales", Email="rep@vendor.example")
    company.asset("guide")
    for number, closed in ((1, "2023-03-02"), (2, "2023-03-22")):
        account, contact, lead, deal = f"A{number}", f"C{number}", f"L{number}", f"O{number}"
        company.account(account, created="2023-02-10")
        company.contact(contact, account=account, created="2023-02-10", email=f"buyer@firm{number}.example")
        company.opportunity(deal, account=account, created="2023-02-10", amount="500.00", won=closed, source="Web")
        company.lead(lead, created="2023-02-01", created_by="mia", source="Web", email=f"buyer@firm{number}.example")
        company.convert(lead, account=account, contact=contact, opportunity=deal, at="2023-02-10")
    company.opportunity("R1", account="A1", created="2024-01-10", amount="600.00", won="2024-03-02", kind="Renewal")
    company.opportunity("R2", account="A1", created="2024-11-10", amount="700.00", won="2024-12-15", kind="Renewal")
    company.opportunity("E1", account="A1", created="2024-05-10", amount="50.00", won="2024-06-02", kind="Upsell")
    company.share("guide", by_email="rep@vendor.example", to_email="buyer@firm2.example", at="2023-03-01 10:00")
    return build_marts(company, as_of="2024-12-20")


def test_renewals_stretch_no_cycle_and_make_no_conversion_above_one(renewed: Warehouse) -> None:
    (row,) = renewed.records("select * from marts.rpt_lead_to_revenue")
    assert (row["leads"], row["sqls"], row["sqls_with_opportunity"]) == (2, 2, 2)
    assert (row["opportunities"], row["new_business_opportunities"]) == (5, 2)
    assert (row["renewal_opportunities"], row["expansion_opportunities"]) == (2, 1)
    assert (row["won_amount"], row["new_business_won_amount"]) == (Decimal("2350.00"), Decimal("1000.00"))
    # 29 and 49 days for the two customers; the renewals' lead is one to two years old.
    assert row["median_days_lead_to_close"] == Decimal("39.0")


def test_a_month_that_is_not_over_says_so(renewed: Warehouse) -> None:
    assert renewed.rows("select month_name from marts.rpt_revenue_scorecard where is_partial") == [("2024-12",)]


def test_a_spotlight_deal_without_known_content_keeps_its_rank(renewed: Warehouse) -> None:
    assert renewed.rows(
        "select month, deal_rank, opportunity_id, position, asset_id, use_type from marts.rpt_content_spotlight"
        " where month = '2023-03-01' order by deal_rank, position"
    ) == [
        (date(2023, 3, 1), 1, "O1", 0, None, "none"),
        (date(2023, 3, 1), 2, "O2", 1, "guide", "share"),
    ]


def test_people_who_only_got_a_share_are_counted_apart_from_visitors(renewed: Warehouse) -> None:
    assert renewed.rows(
        "select visits, visitors, people, people_without_visit from marts.rpt_content_effectiveness"
        " where model = 'linear'"
    ) == [(0, 0, 1, 1)]
