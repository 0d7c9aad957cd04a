"""Each way in which a published figure moves is told by its cause: alone, and where two meet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.review.cards.changes import MOVERS
from tests.company import Company
from tests.publications import Publisher, count_one_more, moved, won_deals

D = Decimal
Edit = Callable[[Company], None]


def sold(company: Company) -> None:
    """Four won opportunities: O1 by a visitor known by e-mail, O2 in another currency, O3 and O4 without touches."""
    company.user("marketer", department="Marketing")
    company.user("rep", department="Sales")
    company.user("helper", department="Nobody's")
    company.currency("USD", "1", corporate=True)
    euro = {"IsoCode": "EUR", "ConversionRate": "0.8", "IsCorporate": False, "IsActive": True}
    company.record("salesforce", "CurrencyType", "euro", euro, {})
    won_deals(company, ("marketer", "rep", "helper", "rep"), currencies=("USD", "EUR", "USD", "USD"))
    company.page_view("k1", "2024-01-05 10:00:00", source="google", medium="cpc")
    company.identify("k1", "2024-01-05 10:01:00", email="buyer@firm1.example")
    # A visitor whom nobody knows yet.
    company.page_view("k3", "2024-01-06 10:00:00", source="newsletter", medium="email")
    company.lead("L1", created="2024-01-20", status="MQL", email="one@firm1.example")
    company.spend("google_ads", "2024-01-05", "Launch", "50.00", currency="EUR")


def new_deal(company: Company) -> None:
    company.opportunity("O5", account="A2", created="2024-02-02", created_by="rep", amount="7.77", won="2024-03-05")


def deal_changed(company: Company) -> None:
    company.change("Opportunity", "O4", Amount="130.00")


def deletion(company: Company) -> None:
    company.delete("Opportunity", "O4")


def late_data(company: Company) -> None:
    company.page_view("k1", "2024-01-20 10:00:00", source="linkedin", medium="paid_social")


def identity(company: Company) -> None:
    company.identify("k3", "2024-01-06 10:01:00", email="buyer@firm3.example")


def originator(company: Company) -> None:
    """A lead that came before everything else was converted into the opportunity, and nobody had delivered it."""
    company.lead("L4", created="2023-12-01", created_by="marketer", email="another@firm4.example")
    company.convert("L4", account="A4", opportunity="O4", at="2024-02-01")


def configuration(company: Company) -> None:
    """A user's team is mended."""
    company.first_reference_row("teams", match_field="id", match_value="helper", team="partner")


def currency(company: Company) -> None:
    company.change("CurrencyType", "euro", ConversionRate="0.5")


# What each does to the figures by itself. The won revenue of O2 is 125.00: 100.00 at 0.8 a unit.
ALONE: dict[str, tuple[Edit, dict[tuple[str, str, str], Decimal]]] = {
    "new_deal": (
        new_deal,
        {
            ("won_revenue", "2024-03", ""): D("7.77"),
            ("originated", "2024-03", "sales"): D("7.77"),
            ("credited", "2024-03", "unattributed"): D("7.77"),
            ("pipeline", "2024-02", ""): D("7.77"),
        },
    ),
    "deal_changed": (
        deal_changed,
        {
            ("won_revenue", "2024-03", ""): D("30.00"),
            ("originated", "2024-03", "sales"): D("30.00"),
            ("credited", "2024-03", "unattributed"): D("30.00"),
            ("pipeline", "2024-02", ""): D("30.00"),
        },
    ),
    "deletion": (
        deletion,
        {
            ("won_revenue", "2024-03", ""): D("-100.00"),
            ("originated", "2024-03", "sales"): D("-100.00"),
            ("credited", "2024-03", "unattributed"): D("-100.00"),
            ("pipeline", "2024-02", ""): D("-100.00"),
        },
    ),
    "late_data": (
        late_data,
        {
            ("credited", "2024-03", "paid_search"): D("-50.00"),
            ("credited", "2024-03", "paid_social"): D("50.00"),
        },
    ),
    "identity": (
        identity,
        {
            ("credited", "2024-03", "unattributed"): D("-100.00"),
            ("credited", "2024-03", "email"): D("100.00"),
        },
    ),
    "originator": (
        originator,
        {
            ("originated", "2024-03", "sales"): D("-100.00"),
            ("originated", "2024-03", "marketing"): D("100.00"),
        },
    ),
    "configuration": (
        configuration,
        {
            ("originated", "2024-03", "unmapped"): D("-100.00"),
            ("originated", "2024-03", "partner"): D("100.00"),
        },
    ),
    "currency": (
        currency,
        {
            ("won_revenue", "2024-03", ""): D("75.00"),
            ("originated", "2024-03", "sales"): D("75.00"),
            ("credited", "2024-03", "unattributed"): D("75.00"),
            ("pipeline", "2024-02", ""): D("75.00"),
            ("spend", "2024-01", "paid_search"): D("37.50"),
        },
    ),
}


def by_cause(cause: str) -> dict[tuple[str, str, str, str], Decimal]:
    expected = {(*where, cause): amount for where, amount in ALONE[cause][1].items()}
    if cause == "originator":
        # The lead itself is news: it was worked on in December.
        expected["mqls", "2023-12", "", "late_data"] = D("1.00")
    return expected


@pytest.fixture(scope="module")
def first_publication(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse after the first publication."""
    company = Company(tmp_path_factory.mktemp("first"))
    sold(company)
    Publisher(company).publish()
    return company.warehouse_dir


@pytest.fixture
def published(company: Company, first_publication: Path) -> Publisher:
    """The company after its first publication."""
    sold(company)
    shutil.copytree(first_publication, company.warehouse_dir)
    return Publisher(company, number=1)


@pytest.mark.parametrize("cause", ALONE)
def test_a_cause_alone_has_the_whole_difference(company: Company, published: Publisher, cause: str) -> None:
    ALONE[cause][0](company)
    assert moved(published.publish()) == by_cause(cause)


def test_causes_that_come_together_each_have_their_own_part(company: Company, published: Publisher) -> None:
    """All but the deletion, which would take away what others changed. O4's amount moved for the team that had it."""
    expected: dict[tuple[str, str, str, str], Decimal] = {}
    for cause in set(ALONE) - {"deletion"}:
        ALONE[cause][0](company)
        expected |= by_cause(cause)
    expected["originated", "2024-03", "sales", "originator"] = D("-130.00")
    expected["originated", "2024-03", "marketing", "originator"] = D("130.00")
    assert moved(published.publish()) == expected


def test_two_causes_that_meet_in_one_opportunity(company: Company, published: Publisher) -> None:
    """Of O2, 200.00 at the rate before, 0.8, are 250.00: the CRM's part. At 0.5 they are 400.00: the rate's.

    The amount of O1 grows for the channel that had all of it; then the late touch takes half of the new amount.
    """
    company.change("Opportunity", "O2", Amount="200.00")
    currency(company)
    company.change("Opportunity", "O1", Amount="200.00")
    late_data(company)
    built = published.publish()
    assert moved(built, "won_revenue") == {
        ("won_revenue", "2024-03", "", "deal_changed"): D("225.00"),
        ("won_revenue", "2024-03", "", "currency"): D("150.00"),
    }
    assert moved(built, "credited") == {
        ("credited", "2024-03", "unattributed", "deal_changed"): D("125.00"),
        ("credited", "2024-03", "unattributed", "currency"): D("150.00"),
        ("credited", "2024-03", "paid_search", "deal_changed"): D("100.00"),
        ("credited", "2024-03", "paid_search", "late_data"): D("-100.00"),
        ("credited", "2024-03", "paid_social", "late_data"): D("100.00"),
    }
    touches = "touches are others, people are the same, dates and account are the same"
    assert built.rows("select distinct evidence from marts.fct_restatements where cause = 'late_data'") == [(touches,)]


def test_a_late_touch_and_another_model_that_meet_in_one_opportunity(company: Company, published: Publisher) -> None:
    """The late touch takes half of O1 in the model of before, and the other half because the new one asks the last."""
    late_data(company)
    company.settings(report_model="last_touch")
    credited = moved(published.publish(), "credited")
    assert credited == {
        ("credited", "2024-03", "paid_search", "late_data"): D("-50.00"),
        ("credited", "2024-03", "paid_social", "late_data"): D("50.00"),
        ("credited", "2024-03", "paid_search", "configuration"): D("-50.00"),
        ("credited", "2024-03", "paid_social", "configuration"): D("50.00"),
    }


def test_an_edit_that_parts_people_is_configuration_whatever_data_came(company: Company, published: Publisher) -> None:
    company.first_reference_row("shared_mailboxes", local_part="buyer")
    new_deal(company)
    credited = moved(published.publish(), "credited")
    assert credited == {
        ("credited", "2024-03", "paid_search", "configuration"): D("-100.00"),
        ("credited", "2024-03", "unattributed", "configuration"): D("100.00"),
        ("credited", "2024-03", "unattributed", "new_deal"): D("7.77"),
    }


def test_another_version_of_the_rules_is_the_definitions(published: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    count_one_more(monkeypatch)
    found = moved(published.publish())
    assert {cause for *_, cause in found} == {"definition"}
    assert found["won_revenue", "2024-03", "", "definition"] == D("4.00")


def test_the_page_tells_the_largest_movers_in_words(company: Company, published: Publisher) -> None:
    deal_changed(company)
    originator(company)
    currency(company)
    movers = published.publish().rows(MOVERS)
    assert movers[:3] == [
        (1, "Revenue originated by marketing in 2024-03: Deal O4 has an earlier originator.", D("130.00"), "O4"),
        (2, "Revenue originated by sales in 2024-03: Deal O4 has an earlier originator.", D("-130.00"), "O4"),
        (3, "Credit of unattributed in 2024-03: Deal O2 has another exchange rate.", D("75.00"), "O2"),
    ]
    assert movers[6:8] == [
        (7, "Spend on paid_search in 2024-01: Launch has another exchange rate.", D("37.50"), None),
        (8, "Credit of unattributed in 2024-03: the CRM says something else of Deal O4.", D("30.00"), "O4"),
    ]
    # A publication in which nothing moved has no movers, and doesn't tell those of the one before.
    assert published.publish(as_of="2025-01-01").rows(MOVERS) == []


def test_a_deal_of_another_month_and_people_who_are_one(company: Company, published: Publisher) -> None:
    company.change("Opportunity", "O4", CloseDate="2024-04-01")
    company.lead("L2", created="2024-01-21", status="MQL", email="two@firm1.example")
    built = published.publish()
    assert moved(built, "won_revenue") == {
        ("won_revenue", "2024-03", "", "deal_changed"): D("-100.00"),
        ("won_revenue", "2024-04", "", "deal_changed"): D("100.00"),
    }
    assert moved(built, "mqls") == {("mqls", "2024-01", "", "late_data"): D("1.00")}
    company.change("Lead", "L2", Email="one@firm1.example")
    assert moved(published.publish(), "mqls") == {("mqls", "2024-01", "", "identity"): D("-1.00")}


def test_a_publication_names_what_is_behind_it_is_the_same_again_and_stays(
    company: Company, published: Publisher
) -> None:
    deal_changed(company)
    built = published.publish()
    assert built.rows(
        "select subject_type, subject_id, change_amount, previous_amount, current_amount, evidence"
        " from marts.fct_restatements where figure = 'won_revenue'"
    ) == [
        (
            "opportunity",
            "O4",
            D("30.00"),
            D("425.00"),
            D("455.00"),
            "was won, 100.00 USD, closed 2024-03-01; is won, 130.00 USD, closed 2024-03-01",
        )
    ]
    # The same inputs are the same publication.
    asked = "from marts.rpt_restatements order by all", "from marts.dim_publication order by all"
    second, named = [built.rows(query) for query in asked]
    again = published.publish()
    assert [again.rows(query) for query in asked] == [second, named]
    assert again.rows("select publication_number, is_published from audit.kept_publications order by 1") == [
        (1, True),
        (2, True),
    ]
    # What was told stays told.
    new_deal(company)
    third = published.publish()
    assert third.rows("from marts.rpt_restatements where publication_id like 'P00002%' order by all") == second
    assert third.rows("select publication_id[:6], is_latest from marts.dim_publication order by 1") == [
        ("P00001", False),
        ("P00002", False),
        ("P00003", True),
    ]
