"""One account, three people, five touches, a lost deal and a won one: every rule-based model's credit, on paper.

| touch  | who | when       | how    | in the lost deal | in the won deal |
| ------ | --- | ---------- | ------ | ---------------- | --------------- |
| ad     | ann | 2024-01-10 | search | FT, LC           | FT, LC          |
| first  | bob | 2024-02-10 | event  | OC               | middle          |
| direct | ann | 2024-03-20 | direct | CW               | OC              |
| second | cee | 2024-05-20 | event  | after the close  | middle          |
| last   | ann | 2024-06-29 | direct | after the close  | CW              |

Ann entered the CRM on 15 January. The lost deal, 300.00, was opened on 1 March and closed on 1 April; the won one,
900.00, was opened on 1 May and closed on 30 June.
"""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

LOST = {
    "first_touch": {"ad": "300.00"},
    "lead_creation": {"ad": "300.00"},
    "opportunity_creation": {"first": "300.00"},
    "last_touch": {"direct": "300.00"},
    "last_non_direct": {"first": "300.00"},
    "linear": {"ad": "100.00", "first": "100.00", "direct": "100.00"},
    "u_shaped_adobe": {"ad": "300.00"},
    "u_shaped_hubspot": {"ad": "240.00", "first": "30.00", "direct": "30.00"},
    "position_based": {"ad": "120.00", "first": "60.00", "direct": "120.00"},
    "w_shaped": {"ad": "180.00", "first": "90.00", "direct": "30.00"},
    # No touch is left for the middle's 10 %.
    "full_path": {"ad": "150.00", "first": "75.00", "direct": "75.00"},
    "j_shaped": {"ad": "60.00", "first": "60.00", "direct": "180.00"},
    "inverse_j": {"ad": "180.00", "first": "60.00", "direct": "60.00"},
    # 70, 39 and 0 days before the last: 1/1024, 0.02103 and 1 of 1.02201.
    "time_decay": {"ad": "0.29", "first": "6.17", "direct": "293.54"},
    # Looks back 60 days from the close, so the ad is out: FT and OC on the first event, 40 of 75.
    "ours": {"first": "160.00", "direct": "140.00"},
}

WON = {
    "first_touch": {"ad": "900.00"},
    "lead_creation": {"ad": "900.00"},
    "opportunity_creation": {"direct": "900.00"},
    "last_touch": {"last": "900.00"},
    "last_non_direct": {"second": "900.00"},
    "linear": {"ad": "180.00", "first": "180.00", "direct": "180.00", "second": "180.00", "last": "180.00"},
    "u_shaped_adobe": {"ad": "900.00"},
    "u_shaped_hubspot": {"ad": "720.00", "first": "45.00", "direct": "45.00", "second": "45.00", "last": "45.00"},
    "position_based": {"ad": "360.00", "first": "60.00", "direct": "60.00", "second": "60.00", "last": "360.00"},
    "w_shaped": {"ad": "540.00", "first": "30.00", "direct": "270.00", "second": "30.00", "last": "30.00"},
    "full_path": {"ad": "405.00", "first": "45.00", "direct": "202.50", "second": "45.00", "last": "202.50"},
    "j_shaped": {"ad": "180.00", "first": "60.00", "direct": "60.00", "second": "60.00", "last": "540.00"},
    "inverse_j": {"ad": "540.00", "first": "60.00", "direct": "60.00", "second": "60.00", "last": "180.00"},
    # 171, 140, 101, 40 and 0 days before the last.
    "time_decay": {"ad": "0.00", "first": "0.00", "direct": "0.04", "second": "16.82", "last": "883.14"},
    # Only the last two touches are within 60 days; LC and OC don't exist, so 10 and 35 of 45.
    "ours": {"second": "200.00", "last": "700.00"},
}


def add_model(company: Company, **cells: str) -> None:
    file = company.reference_dir / "attribution_models.csv"
    with file.open(newline="") as lines:
        header = next(csv.reader(lines))
    with file.open("a", newline="") as lines:
        csv.DictWriter(lines, header, restval="").writerow(cells)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return build_marts(journeys(Company(tmp_path_factory.mktemp("attribution"))))


def journeys(company: Company) -> Company:
    """A lost deal and a won one with their touches, one without touches, and a model of the company's own."""
    add_model(
        company,
        model="ours",
        method="positions",
        first_touch="10",
        lead_creation="25",
        opportunity_creation="30",
        close="35",
        lookback_days="60",
        lookback_anchor="close",
        enabled="true",
    )
    add_model(company, model="off", method="positions", middle="100", enabled="false")
    company.user("marketer", department="Marketing")
    company.account("A1", created="2024-01-15")
    company.lead("L1", created="2024-01-15", email="ann@customer.example")
    company.convert("L1", account="A1", at="2024-02-01")
    company.contact("bob", account="A1", created="2024-02-01", email="bob@customer.example")
    company.contact("cee", account="A1", created="2024-05-01", email="cee@customer.example")
    company.identify("cookie", "2024-01-15", email="ann@customer.example")
    company.campaign("event", kind="Event")

    company.page_view("cookie", "2024-01-10 09:00", source="google", medium="cpc", id="ad")
    company.response("event", contact="bob", at="2024-02-10 09:00", Id="first")
    company.page_view("cookie", "2024-03-20 09:00", id="direct")
    company.response("event", contact="cee", at="2024-05-20 09:00", Id="second")
    company.page_view("cookie", "2024-06-29 09:00", id="last")

    company.opportunity("lost", account="A1", created="2024-03-01", amount="300.00", lost="2024-04-01")
    company.opportunity("won", account="A1", created="2024-05-01", amount="900.00", won="2024-06-30")
    company.account("A2", created="2024-01-15")
    company.opportunity("untouched", account="A2", created="2024-05-01", amount="0.01", won="2024-06-30")
    return company


def credit(built: Warehouse, opportunity: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for model, record, amount in built.rows(
        "select model, touches.source_record_id, attributed_amount from marts.fct_attribution as credit"
        " inner join marts.fct_touchpoints as touches on credit.touchpoint_id = touches.touchpoint_id"
        f" where opportunity_id = '{opportunity}' order by all"
    ):
        found.setdefault(model, {})[record] = str(amount)
    return found


def test_credit_of_the_lost_deal(built: Warehouse) -> None:
    assert credit(built, "lost") == LOST


def test_credit_of_the_won_deal(built: Warehouse) -> None:
    assert credit(built, "won") == WON


def test_a_deal_without_touches_is_unattributed_in_every_model(built: Warehouse) -> None:
    rows = built.rows(
        "select model, touchpoint_id, weight, credit_status, attributed_amount from marts.fct_attribution"
        " where opportunity_id = 'untouched' order by model"
    )
    models = sorted([*WON, "markov", "shapley", "shapley_rate"])
    assert rows == [(model, None, 1.0, "unattributed", Decimal("0.01")) for model in models]


def test_the_touches_after_the_close_are_said_to_be(built: Warehouse) -> None:
    statuses = built.rows(
        "select opportunity_id, source_record_id, status from marts.fct_touch_eligibility as eligibility"
        " inner join marts.fct_touchpoints as touches on eligibility.touchpoint_id = touches.touchpoint_id"
        " where status <> 'eligible' order by all"
    )
    assert statuses == [("lost", "last", "after_close"), ("lost", "second", "after_close")]


def test_each_cent_is_explained_down_to_its_record(built: Warehouse) -> None:
    rows = built.rows(
        "select touch_number, positions, rule, share_before_redistribution, share, attributed_amount,"
        " source_system, source_object, source_file, source_record_id from marts.explain_credit"
        " where opportunity_id = 'lost' and model = 'full_path' order by touch_number"
    )
    quarter = "22.5 %"
    pages, members = ("segment", "pages", "segment/pages.csv"), ("salesforce", "CampaignMember")
    assert rows == [
        (1, "FT,LC", f"first touch {quarter} + lead creation {quarter}", 0.45, 0.5, Decimal("150.00"), *pages, "ad"),
        (
            2,
            "OC",
            f"opportunity creation {quarter}",
            0.225,
            0.25,
            Decimal("75.00"),
            *members,
            "salesforce/CampaignMember.csv",
            "first",
        ),
        (3, "CW", f"close {quarter}", 0.225, 0.25, Decimal("75.00"), *pages, "direct"),
    ]


def test_explanations_are_the_credit(built: Warehouse) -> None:
    columns = "opportunity_id, model, touchpoint_id, positions, credit_status, outcome, attributed_amount"
    differing = built.rows(
        f"(select {columns}, weight from marts.fct_attribution except all"
        f" select {columns}, share from marts.explain_credit)"
        f" union all (select {columns}, share from marts.explain_credit except all"
        f" select {columns}, weight from marts.fct_attribution)"
    )
    assert differing == []


def test_the_comparison_shows_where_models_disagree(built: Warehouse) -> None:
    rows = built.rows(
        "select channel, model, won_amount from marts.rpt_model_comparison"
        " where model in ('first_touch', 'last_touch', 'last_non_direct') and won_amount > 0 order by model, channel"
    )
    assert rows == [
        ("paid_search", "first_touch", Decimal("900.00")),
        ("unattributed", "first_touch", Decimal("0.01")),
        ("event", "last_non_direct", Decimal("900.00")),
        ("unattributed", "last_non_direct", Decimal("0.01")),
        ("direct", "last_touch", Decimal("900.00")),
        ("unattributed", "last_touch", Decimal("0.01")),
    ]
    assert built.rows(
        "select distinct best_rank, worst_rank from marts.rpt_model_comparison where channel = 'event'"
    ) == [(1, 3)]
    assert built.rows(
        "select distinct credited + pending + unattributed, difference from marts.rpt_reconciliation"
    ) == [(Decimal("1200.01"), 0)]
