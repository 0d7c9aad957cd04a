"""The funnel between marketing and sales on a company small enough to count on paper; and its money, likewise."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

NOT_ICP = "Rejected - Not ICP"


def a_team(company: Company) -> None:
    company.user("mia", department="Marketing", name="Mia")
    company.user("rep", department="Sales", name="Rep")
    company.user("sam", department="Sales", name="Sam")
    company.user("robot", department="Integration")
    company.account("A1", created="2023-01-01")


def mql(company: Company, lead: str, at: str) -> None:
    """A lead that marketing made and calls qualified an hour later."""
    company.lead(lead, created=f"{at[:10]} 08:00", created_by="mia", source="Web", status="Inquiry")
    company.lead_status(lead, "MQL", at=at, by="mia")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("velocity"))
    a_team(company)

    # Accepted after 2 hours, then silent.
    mql(company, "L1", "2024-01-02 09:00")
    company.lead_status("L1", "Working", at="2024-01-02 11:00", by="rep")

    # Rejected after 4 hours; months later a deal that was won.
    mql(company, "L2", "2024-01-03 09:00")
    company.lead_status("L2", NOT_ICP, at="2024-01-03 13:00", by="rep")
    company.opportunity(
        "O2", account="A1", created="2024-05-01 10:00", created_by="sam", amount="900.00", won="2024-06-10"
    )
    company.convert("L2", account="A1", opportunity="O2", at="2024-05-01")

    # Straight into a deal after 24 hours: neither accepted nor qualified in so many words.
    mql(company, "L3", "2024-01-04 09:00")
    company.opportunity(
        "O3", account="A1", created="2024-01-05 09:00", created_by="sam", amount="400.00", lost="2024-03-05"
    )
    company.convert("L3", account="A1", opportunity="O3", at="2024-01-05")

    # Two re-entries: called after an hour and recycled; rejected after 3 hours and recycled; accepted after 6 and won.
    mql(company, "L4", "2024-01-05 09:00")
    company.call("L4", at="2024-01-05 10:00", by="rep")
    company.lead_status("L4", "Nurture", at="2024-01-08 10:00", by="rep")
    company.lead_status("L4", "MQL", at="2024-03-01 09:00", by="mia")
    company.lead_status("L4", NOT_ICP, at="2024-03-01 12:00", by="rep")
    company.lead_status("L4", "Nurture", at="2024-03-05 09:00", by="mia")
    company.lead_status("L4", "MQL", at="2024-05-02 09:00", by="mia")
    company.lead_status("L4", "Working", at="2024-05-02 15:00", by="rep")
    company.lead_status("L4", "SQL", at="2024-05-03 09:00", by="rep")
    company.opportunity(
        "O4", account="A1", created="2024-05-10 09:00", created_by="rep", amount="1500.00", won="2024-07-09"
    )
    company.convert("L4", account="A1", opportunity="O4", at="2024-05-10")

    # Answered an hour after the 24 hours were up, and not decided since..
    mql(company, "L5", "2024-01-08 09:00")
    company.call("L5", at="2024-01-08 12:00", by="robot")  # nobody of sales
    company.call("L5", at="2024-01-09 10:00", by="rep")

    # Never answered: the 24 hours were up an hour before the run; and one that still has an hour.
    mql(company, "L6", "2024-12-30 22:59:59")
    company.lead("L7", created="2024-12-31 00:30", created_by="mia", status="Inquiry")
    company.lead_status("L7", "MQL", at="2024-12-31 00:59:59", by="mia")
    return build_marts(company, "2024-12-31")


def test_what_became_of_each_mql(built: Warehouse) -> None:
    assert built.rows(
        "select lead_id, occurrence, outcome, hours_to_response, is_late from intermediate.int_velocity__responses"
        " order by lead_id, occurrence"
    ) == [
        ("L1", 1, "accepted", Decimal("2.00"), False),
        ("L2", 1, "rejected", Decimal("4.00"), False),  # what came later doesn't undo the refusal
        ("L3", 1, "accepted", Decimal("24.00"), False),
        ("L4", 1, "returned", Decimal("1.00"), False),
        ("L4", 2, "rejected", Decimal("3.00"), False),
        ("L4", 3, "accepted", Decimal("6.00"), False),
        ("L5", 1, "answered", Decimal("25.00"), True),
        ("L6", 1, "no_response", None, False),
        ("L7", 1, "pending", None, False),
    ]


def test_each_cohort_counts_everything_that_came_of_it(built: Warehouse) -> None:
    """January: 3 accepted of 5 decided; hours 1, 2, 3, 4, 6, 24, 25; 3 deals by 2/3 by 1,200 in 50 days (40 and 60)."""
    january = "select * exclude (cohort_month) from marts.rpt_pipeline_velocity_total where cohort_month = '2024-01-01'"
    assert built.records(january)[0] == {
        "is_ripe": None,  # fewer than ten won deals tell no ripening
        "ripeness": None,
        "ripeness_reason": "too_few_cohorts",
        "ripeness_cohorts": 0,
        "other_opportunities": 0,
        "other_won": 0,
        "other_won_amount": Decimal("0.00"),
        "people": 5,
        "mqls": 7,
        "accepted": 3,
        "rejected": 2,
        "no_response": 0,
        "returned": 1,
        "answered": 1,
        "pending": 0,
        "acceptance_rate": Decimal("0.600000"),
        "responses": 7,
        "late_responses": 1,
        "median_hours_to_response": Decimal("4.00"),
        "hours_to_response_sum": Decimal("65.00"),
        "hours_to_response_count": 7,
        "sqls": 3,
        "opportunities": 3,
        "won": 2,
        "lost": 1,
        "win_rate": Decimal("0.666667"),
        "won_amount": Decimal("2400.00"),
        "avg_deal_size": Decimal("1200.00"),
        "median_cycle_days": Decimal("50.0"),
        "median_days_mql_to_won": Decimal("113.5"),  # 3 January to 10 June: 159; 2 May to 9 July: 68
        "cycle_days_sum": 100,
        "cycle_days_count": 2,
        "days_mql_to_won_sum": 227,
        "days_mql_to_won_count": 2,
        "velocity_per_day": Decimal("48.00"),
    }
    assert built.rows(
        "select strftime(cohort_month, '%Y-%m'), mqls, no_response, pending, acceptance_rate, median_hours_to_response"
        " from marts.rpt_pipeline_velocity_total order by cohort_month"
    )[1:] == [("2024-12", 2, 1, 1, Decimal("0.000000"), None)]


def test_pairs_add_up_to_the_cohort(built: Warehouse) -> None:
    """Who answers first is the seller; the two that nobody answered belong to the lead's owner, who isn't of sales."""
    assert built.rows(
        "select strftime(cohort_month, '%Y-%m'), marketer_name, seller_user_id, mqls, accepted, opportunities,"
        " won_amount from marts.rpt_pipeline_velocity order by cohort_month, seller_user_id"
    ) == [
        ("2024-01", "Mia", "rep", 6, 2, 2, Decimal("2400.00")),
        ("2024-01", "Mia", "sam", 1, 1, 1, Decimal("0.00")),
        ("2024-12", "Mia", "unassigned", 2, 0, 0, Decimal("0.00")),
    ]


def test_rejected_people_who_bought_later(built: Warehouse) -> None:
    assert built.rows(
        "select strftime(month, '%Y-%m'), reason, reason_class, rejected_mqls, later_opportunities, later_won_amount"
        " from marts.rpt_rejections order by month"
    ) == [
        ("2024-01", NOT_ICP, "definitional", 1, 1, Decimal("900.00")),
        ("2024-03", NOT_ICP, "definitional", 1, 1, Decimal("1500.00")),
    ]


def test_rejections_by_whom_and_from_where(built: Warehouse) -> None:
    assert built.rows(
        "select strftime(month, '%Y-%m'), seller_name, marketer_name, source, campaign, rejected_mqls, later_won_amount"
        " from marts.rpt_rejections_by_seller order by month"
    ) == [
        ("2024-01", "Rep", "Mia", "Web", "(none)", 1, Decimal("900.00")),
        ("2024-03", "Rep", "Mia", "Web", "(none)", 1, Decimal("1500.00")),
    ]


def test_who_still_waits(built: Warehouse) -> None:
    """L6 since 25 hours, L7 since 23. Both leads are still marketing's, so nobody of sales is asked."""
    assert built.rows(
        "select lead_id, hours_waiting, is_overdue, originator_user_name, marketer_name, seller_user_id,"
        " owner_user_name, source from marts.rpt_waiting_mqls order by lead_id"
    ) == [
        ("L6", Decimal("25.00"), True, "Mia", "Mia", "unassigned", "Mia", "Web"),
        ("L7", Decimal("23.00"), False, "Mia", "Mia", "unassigned", "Mia", "(none)"),
    ]


def test_conversion_counts_in_the_month_of_the_start(built: Warehouse) -> None:
    """Of January's five MQLs L5 never got on; L2 and L4 got to sales months later, L3 without being accepted first."""
    found = {
        (from_stage, to_stage): (people, converted)
        for from_stage, to_stage, people, converted in built.rows(
            "select from_stage, to_stage, people, converted from marts.rpt_stage_conversion"
            " where cohort_month = '2024-01-01'"
        )
    }
    assert found["inquiry", "mql"] == (5, 5)
    assert found["mql", "sal"] == (5, 4)
    assert found["mql", "opportunity"] == (5, 3)
    assert found["mql", "won"] == (5, 2)
    assert found["sql", "opportunity"] == (1, 1)  # only L3 entered sql in January


def test_handovers_until_the_purchase(built: Warehouse) -> None:
    """L4 was refused before work and recycled from mql: sales took it once. L2 crossed when it was converted."""
    found = dict(
        built.rows(
            "select identifier, handovers from marts.fct_handovers"
            " inner join marts.dim_person_identifier using (person_id) where identifier_type = 'salesforce_lead'"
        )
    )
    assert found == {"L1": 1, "L2": 1, "L3": 1, "L4": 1, "L5": 0, "L6": 0, "L7": 0}


def test_refusal_after_work_is_no_rejection(company: Company) -> None:
    """The CRM calls it rejected, but sales had called first: disqualified, returned, and in no report of rejections."""
    a_team(company)
    mql(company, "L1", "2024-01-02 09:00")
    company.call("L1", at="2024-01-02 10:00", by="rep")
    company.lead_status("L1", NOT_ICP, at="2024-01-02 11:00", by="rep")
    mql(company, "L2", "2024-01-02 09:00")
    company.call("L2", at="2024-01-02 10:00", by="mia")
    company.lead_status("L2", NOT_ICP, at="2024-01-02 11:00", by="rep")
    mql(company, "L3", "2024-01-02 09:00")
    company.lead_status("L3", "Disqualified", at="2024-01-02 11:00", by="rep")
    built = build_marts(company)
    assert built.rows(
        "select source_record_id, stage, hours_in_stage, reason, reason_class, actor_team"
        " from marts.fct_lifecycle_transitions where previous_stage = 'mql' order by 1"
    ) == [
        ("L1", "disqualified", None, NOT_ICP, "definitional", "sales"),
        ("L2", "rejected", None, NOT_ICP, "definitional", "sales"),
        ("L3", "disqualified", None, "Disqualified", None, "sales"),
    ]
    assert built.rows("select outcome from intermediate.int_velocity__responses order by lead_id") == [
        ("returned",),
        ("rejected",),
        ("returned",),
    ]
    assert built.value("select sum(rejected_mqls) from marts.rpt_rejections") == 1


def test_velocity_vector(company: Company) -> None:
    """100 opportunities, a quarter won, 50,000.00 each, in 60 days: 20,833.33 a day."""
    a_team(company)
    for number in range(100):
        lead, deal = f"L{number:03}", f"O{number:03}"
        mql(company, lead, "2024-01-02 09:00")
        closed = {"won": "2024-03-10"} if number % 4 == 0 else {"lost": "2024-02-01"}
        company.opportunity(
            deal, account="A1", created="2024-01-10 12:00", created_by="rep", amount="50000.00", **closed
        )
        company.convert(lead, account="A1", opportunity=deal, at="2024-01-10")
    (row,) = build_marts(company).records("from marts.rpt_pipeline_velocity")
    assert (row["opportunities"], row["win_rate"], row["avg_deal_size"], row["median_cycle_days"]) == (
        100,
        Decimal("0.25"),
        Decimal("50000.00"),
        Decimal("60"),
    )
    assert row["velocity_per_day"] == Decimal("20833.33")


def test_retention_and_scorecard_by_hand(tmp_path: Path) -> None:
    """Customers for 1,800 at the end of 2023; in 2024 one upsold by 200, one renewed 100 lower, one lost with 300.

    Net 1,600 ÷ 1,800, gross 1,400 ÷ 1,800. In June only the first counted, with 1,000: net 1,200 ÷ 1,000, gross 1.
    """
    company = Company(tmp_path)
    a_team(company)
    for number in (2, 3, 4):
        company.account(f"A{number}", created="2023-01-01")

    def deal(name: str, account: str, kind: str, day: str, amount: str, *, lost: bool = False) -> None:
        closed = {"lost": day} if lost else {"won": day}
        company.opportunity(
            name, account=account, created=f"{day[:8]}01", created_by="rep", amount=amount, kind=kind, **closed
        )

    deal("O1", "A1", "New Business", "2023-06-10", "1000.00")
    deal("O2", "A2", "New Business", "2023-07-10", "500.00")
    deal("O3", "A3", "New Business", "2023-12-31", "300.00")
    deal("O4", "A1", "Upsell", "2024-03-10", "200.00")
    deal("O5", "A4", "New Business", "2024-05-10", "700.00")
    deal("O6", "A2", "Renewal", "2024-07-10", "400.00")
    deal("O7", "A3", "Renewal", "2024-12-31", "280.00", lost=True)
    deal("O8", "A4", "New Business", "2024-12-31", "50.00", lost=True)
    built = build_marts(company, "2024-12-31")

    score = {row["month"].strftime("%Y-%m"): row for row in built.records("from marts.rpt_revenue_scorecard")}
    assert len(score) == 19
    assert (score["2024-12"]["nrr"], score["2024-12"]["grr"]) == (Decimal("0.888889"), Decimal("0.777778"))
    assert (score["2024-06"]["nrr"], score["2024-06"]["grr"]) == (Decimal("1.2"), Decimal("1"))
    assert (score["2024-05"]["nrr"], score["2024-05"]["grr"]) == (None, None)
    assert (score["2024-12"]["churned_amount"], score["2024-07"]["contraction_amount"]) == (300, 100)
    assert [
        (row["month"].strftime("%Y-%m"), row["new_amount"], row["expansion_amount"], row["renewal_amount"])
        for row in sorted(score.values(), key=lambda row: row["month"])
        if row["won_amount"]
    ] == [
        ("2023-06", 1000, 0, 0),
        ("2023-07", 500, 0, 0),
        ("2023-12", 300, 0, 0),
        ("2024-03", 0, 200, 0),
        ("2024-05", 700, 0, 0),
        ("2024-07", 0, 0, 400),
    ]
    assert all(row["sales_originated"] == row["won_amount"] for row in score.values())
    assert built.rows(
        "select account_id, stage, contract_value_before, contract_value_after from marts.fct_account_lifecycle"
        " order by account_id, entered_at"
    ) == [
        ("A1", "customer", 0, 1000),
        ("A1", "upsell", 1000, 1200),
        ("A2", "customer", 0, 500),
        ("A2", "renewal", 500, 400),
        ("A3", "customer", 0, 300),
        ("A3", "churned", 300, 0),
        ("A4", "customer", 0, 700),
    ]
