"""A company on paper: targets of 5,000 visitors, 100 SQLs and 300 leads a month, a bonus of 20,000 a year.

Real demand is 3,000 visitors, 100 leads and 50 SQLs; in the second year the rest is bought: visits of one referrer, a
list of leads, and leads called SQLs that sales refused or never worked.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

YEARS = (2024, 2025)
MONTHS = [date(year, month, 1) for year in YEARS for month in range(1, 13)]
VISITORS, LEADS, SQLS = 3_000, 100, 50


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("paper"))
    company.user("marketer", department="Marketing", name="Mia Marketer", Email="mia@us.example")
    company.user("seller", department="Sales")
    rng = Random(20_000)
    for month in MONTHS:
        real_month(company, rng, month)
        if month.year == 2025:
            bought_month(company, rng, month)
            for metric, target in (("visitors", "5000"), ("sqls", "100"), ("leads", "300")):
                company.target(metric, str(month), str(last_day(month)), target, owner_email="mia@us.example")
    company.target("sqls", "2025-01-01", "2025-12-31", "1200", owner_email="mia@us.example", bonus_amount="20000.00")
    return build_marts(company, "2025-12-31")


def last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def moment(rng: Random, month: date, last: int = 28) -> str:
    return f"{month + timedelta(days=rng.randrange(last))} {rng.randrange(8, 18):02d}:{rng.randrange(60):02d}"


def real_month(company: Company, rng: Random, month: date) -> None:
    """Visitors who search; every thirtieth becomes a lead and comes back, half of these SQLs, half of those deals."""
    for number in range(VISITORS):
        cookie = f"{month:%y%m}-{number}"
        at = moment(rng, month, 20)
        company.page_view(cookie, at, referrer="https://www.google.com/")
        if number >= LEADS:
            continue
        lead, email = f"L{cookie}", f"p{cookie}@customer{cookie}.example"
        company.identify(cookie, at, email=email)
        company.lead(lead, created=at, source="Website", email=email)
        company.page_view(cookie, f"{month + timedelta(days=23)} 09:00")
        if number < SQLS:
            company.lead_status(lead, "Marketing Qualified", at=f"{month + timedelta(days=25)} 10:00", by="marketer")
            company.call(lead, at=f"{month + timedelta(days=25)} 12:00", by="seller")
            company.lead_status(lead, "Sales Qualified", at=f"{month + timedelta(days=25)} 15:00", by="seller")
        if number < SQLS // 2:
            account, contact, deal = f"A{cookie}", f"C{cookie}", f"O{cookie}"
            created = f"{month + timedelta(days=25)} 16:00"
            company.account(account, created=created)
            company.contact(contact, account=account, created=created, created_by="seller", email=email)
            company.opportunity(deal, account=account, created=created, amount="1000.00", created_by="seller")
            company.convert(lead, account=account, contact=contact, opportunity=deal, at=created)


def bought_month(company: Company, rng: Random, month: date) -> None:
    """2,000 visitors of one referrer, 200 leads of one list; 50 of these are called SQLs, 25 refused, 25 left lying."""
    for number in range(2_000):
        company.page_view(f"junk-{month:%y%m}-{number}", moment(rng, month), source="clicks", medium="native")
    for number in range(200):
        lead = f"B{month:%y%m}-{number}"
        company.lead(lead, created=moment(rng, month, 5), source="List broker", email=f"{lead}@list.example")
        if number < 50:
            company.lead_status(lead, "Marketing Qualified", at=f"{month + timedelta(days=6)} 10:00", by="marketer")
            company.lead_status(lead, "Sales Qualified", at=f"{month + timedelta(days=7)} 10:00", by="marketer")
        if number < 25:
            company.lead_status(lead, "Rejected - Bad Data", at=f"{month + timedelta(days=9)} 10:00", by="seller")


def test_the_sqls_are_inflated_and_the_rows_say_which(built: Warehouse) -> None:
    monthly = built.rows(
        "select target, delivered, verified, gap, verdict, owner from marts.rpt_target_integrity"
        " where metric = 'sqls' and target = 100 order by period_start"
    )
    assert monthly == [(100, 100, 50, 50, "inflated", "Mia Marketer")] * 12
    evidence = built.rows(
        "select strftime(period_start, '%y%m') as month, source_record_id from marts.fct_integrity_evidence"
        " where metric = 'sqls' and period_end < period_start + 31 group by all order by all"
    )
    assert evidence == sorted((f"{m:%y%m}", f"B{m:%y%m}-{n}") for m in MONTHS if m.year == 2025 for n in range(50))


def test_the_bonus_is_at_stake(built: Warehouse) -> None:
    assert built.rows(
        "select delivered, verified, verdict, bonus_amount, bonus_at_stake from marts.rpt_target_integrity"
        " where metric = 'sqls' and target = 1200"
    ) == [(1200, 600, "inflated", Decimal("20000.00"), Decimal("20000.00"))]


def test_visitors_are_vanity_or_to_be_watched(built: Warehouse) -> None:
    ((verdict, share),) = built.rows(
        "select verdict, traceable_share from marts.rpt_metric_trust where metric = 'visitors' and channel = 'total'"
    )
    assert verdict in ("vanity", "watch")
    assert share < Decimal("0.05")


def test_the_bought_visitors_and_leads_do_not_hold_up(built: Warehouse) -> None:
    found = built.rows(
        "select metric, delivered, verified, verdict from marts.rpt_target_integrity"
        " where metric in ('visitors', 'leads') group by all order by all"
    )
    assert found == [("leads", 300, 100, "inflated"), ("visitors", 5000, 3000, "inflated")]
