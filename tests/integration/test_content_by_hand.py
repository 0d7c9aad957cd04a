"""What sellers share, say and ask, from the landing files to the marts, on a company small enough to count on paper."""

from __future__ import annotations

from decimal import Decimal

from tests.company import Company
from tests.runs import build_marts


def test_what_sellers_share_say_and_ask(company: Company) -> None:
    """Rep gives Jo the guide; Jo reads it the next day and buys. Sam's share comes after the close."""
    company.user("rep", department="Sales", name="Rep", Email="rep@us.example")
    company.user("sam", department="Sales", name="Sam", Email="sam@us.example")
    company.account("A1", created="2024-01-01")
    company.contact("C1", account="A1", created="2024-01-02", email="jo@customer.example")
    company.opportunity("O1", account="A1", created="2024-02-01", amount="900.00", won="2024-04-01", OwnerId="rep")
    company.contact_role("O1", "C1", created="2024-02-01", Role="Economic Buyer")
    company.asset("guide", published="2024-01-01")
    company.asset(
        "paper",
        status="in_development",
        published_at=None,
        planned_at="2025-02-01T00:00:00Z",
        first_planned_at="2025-01-01T00:00:00Z",
        stage="draft",
        requested_by="Rep@us.example ",
    )
    company.share("guide", by_email="rep@us.example", to_email="jo@customer.example", at="2024-03-01 09:00")
    company.share("guide", by_email="sam@us.example", to_email="jo@customer.example", at="2024-05-01 09:00")
    company.page_view("jos-browser", "2024-03-02 09:00", "https://www.example.com/guide")
    company.identify("jos-browser", "2024-03-02 09:01", email="jo@customer.example")
    company.feedback("guide", by_email="rep@us.example", at="2024-03-01", rating="3")
    company.feedback("guide", by_email="rep@us.example", at="2024-06-01", rating="5", comment="It closed the deal")
    company.question("Q1", by_email="rep@us.example", at="2024-01-10", asset="guide", question="What is the return?")
    company.question("Q2", by_email="sam@us.example", at="2024-12-01", asset="paper")
    company.question("Q3", by_email="sam@us.example", at="2024-12-21")

    built = build_marts(company, "2024-12-31")

    assert built.rows(
        "select seller_name, shares, recipients, opened_after, opportunities, deals_won_after, won_amount_after"
        " from marts.rpt_content_by_seller order by seller_name"
    ) == [
        ("Rep", 1, 1, 1, 1, 1, Decimal("900.00")),
        ("Sam", 1, 1, 0, 0, 0, Decimal("0.00")),
    ]
    assert built.rows(
        "select seller_name, rating, comment, is_latest from marts.rpt_seller_feedback order by given_at"
    ) == [("Rep", Decimal("3.00"), None, False), ("Rep", Decimal("5.00"), "It closed the deal", True)]
    assert built.rows(
        "select question_id, seller_name, question, answer_status, asset_id, days_to_answer"
        " from marts.rpt_content_questions order by question_id"
    ) == [
        ("Q1", "Rep", "What is the return?", "answered", "guide", 0),
        ("Q2", "Sam", None, "in_development", "paper", 30),
        ("Q3", "Sam", None, "open", None, 10),
    ]
    assert built.rows(
        "select asset_id, stage, requested_by_user_name, days_postponed from marts.rpt_content_pipeline"
    ) == [("paper", "draft", "Rep", 31)]
    assert built.rows(
        "select position, seller_name, used_by_role, use_type from marts.rpt_content_spotlight order by position"
    ) == [(1, "Rep", "Economic Buyer", "share"), (2, "Rep", "Economic Buyer", "visit")]
