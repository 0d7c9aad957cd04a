"""Named accounts of marketers and sellers on a company small enough to count on paper."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("pairs"))
    for user, department in (("mia", "Marketing"), ("moe", "Marketing"), ("rep", "Sales"), ("sam", "Sales")):
        company.user(user, department=department, name=user.title(), Email=f"{user}@us.example")
    for account in ("A1", "A2", "A3"):
        company.account(account, created="2024-01-01", Website=f"{account.lower()}.example")

    def names(user: str, account: str, start: str = "2024-01-01", end: str | None = None) -> None:
        team = "marketing" if user in ("mia", "moe") else "sales"
        company.portfolio(account, f"{user}@us.example", team, valid_from=start, valid_to=end)

    # A1 goes from Rep to Sam on 15 March; A2 is in both sellers' portfolios; A3 is Moe's and Rep's.
    names("mia", "A1")
    names("rep", "A1", end="2024-03-15")
    names("sam", "A1", start="2024-03-15")
    names("mia", "A2")
    names("rep", "A2")
    names("sam", "A2")
    names("moe", "A3")
    names("rep", "A3")

    # A1: MQL, called and SQL while it was Rep's; the deal was opened on Sam's first day and won.
    company.lead("L1", created="2024-03-09", created_by="moe", email="ann@a1.example", status="Inquiry")
    company.lead_status("L1", "MQL", at="2024-03-10 09:00", by="moe")
    company.call("L1", at="2024-03-12 09:00", by="rep")
    company.lead_status("L1", "SQL", at="2024-03-14 23:00", by="rep")
    company.opportunity(
        "O1", account="A1", created="2024-03-15 00:30", created_by="sam", amount="1000.00", won="2024-03-20"
    )
    company.convert("L1", account="A1", opportunity="O1", at="2024-03-15")
    # A2: an MQL that answered a campaign, and that nobody of sales touched.
    company.lead("L2", created="2024-03-19", created_by="mia", email="bob@a2.example", status="Inquiry")
    company.lead_status("L2", "MQL", at="2024-03-20 09:00", by="mia")
    company.campaign("webinar", kind="Webinar")
    company.response("webinar", lead="L2", at="2024-03-21 09:00")
    return build_marts(company, "2024-04-10")


def pairs(built: Warehouse, as_of_date: str, columns: str) -> dict[tuple[str, str], tuple]:
    rows = built.rows(
        f"select marketer_user_id, seller_user_id, {columns} from marts.rpt_abm_pairs where as_of_date = '{as_of_date}'"
    )
    return {(marketer, seller): tuple(values) for marketer, seller, *values in rows}


def test_overlap_is_as_of_the_day(built: Warehouse) -> None:
    columns = "marketer_accounts, seller_accounts, shared_accounts, overlap"
    assert pairs(built, "2024-02-29", columns) == {
        ("mia", "rep"): (2, 3, 2, Decimal("0.666667")),
        ("mia", "sam"): (2, 1, 1, Decimal("0.500000")),
        ("moe", "rep"): (1, 3, 1, Decimal("0.333333")),
        ("moe", "sam"): (1, 1, 0, Decimal("0.000000")),
    }
    assert pairs(built, "2024-03-31", columns) == {
        ("mia", "rep"): (2, 2, 1, Decimal("0.333333")),
        ("mia", "sam"): (2, 2, 2, Decimal("1.000000")),
        ("moe", "rep"): (1, 2, 1, Decimal("0.500000")),
        ("moe", "sam"): (1, 2, 0, Decimal("0.000000")),
    }


def test_month_ends_and_the_day_of_the_run(built: Warehouse) -> None:
    dates = built.rows("select distinct strftime(as_of_date, '%m-%d') from marts.rpt_abm_pairs order by 1")
    assert dates == [("01-31",), ("02-29",), ("03-31",), ("04-10",)]


def test_reassigned_account_counts_with_each_owner_for_that_owners_days(built: Warehouse) -> None:
    """A1's MQL and SQL were Rep's, its deal and its money Sam's. A2's MQL is both sellers'."""
    assert pairs(built, "2024-03-31", "mqls, sqls, opportunities, won, won_amount") == {
        ("mia", "rep"): (2, 1, 0, 0, Decimal("0.00")),
        ("mia", "sam"): (1, 0, 1, 1, Decimal("1000.00")),
        ("moe", "rep"): (0, 0, 0, 0, Decimal("0.00")),
        ("moe", "sam"): (0, 0, 0, 0, Decimal("0.00")),
    }


def test_accounts_that_one_team_works_alone(built: Warehouse) -> None:
    """A2 only answered marketing; of A1, Sam's since the 15th, only Sam's deal is known."""
    columns = "worked_together_accounts, marketing_only_accounts, sales_only_accounts"
    assert pairs(built, "2024-03-31", columns) == {
        ("mia", "rep"): (0, 1, 0),
        ("mia", "sam"): (0, 1, 1),
        ("moe", "rep"): (0, 0, 0),
        ("moe", "sam"): (0, 0, 0),
    }


def test_velocity_pair_is_who_named_the_account_on_that_day(built: Warehouse) -> None:
    """Moe made A1's lead, but Mia and Rep named the account then; A2's two sellers: the longest owner, then the id."""
    assert built.rows(
        "select r.lead_id, p.marketer_user_id, p.seller_user_id from intermediate.int_velocity__pairs p"
        " join intermediate.int_velocity__responses r using (person_id, occurrence) order by 1"
    ) == [("L1", "mia", "rep"), ("L2", "mia", "rep")]
