"""HubSpot, from a loader's tables to the marts: a small company whose every number can be added up by hand.

Who created whom, what the records that were merged, archived or imported count for, and that every loader's spelling of
the same company gives the same marts, as far as that loader can answer.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from seeds.generator.dialects.hubspot import DIALECTS, HubSpot
from tests.company import Company
from tests.runs import Warehouse, build_marts

FORM = "hubspot:creation:form"


def small_account() -> HubSpot:
    """Ann of sales and Mia of marketing; Lou of sales has left. Five deals are won, a sixth is archived."""
    account = HubSpot()
    account.user("7", team="Sales", owner="70", name="Ann Seller")
    account.user("8", team="Marketing", owner="80", name="Mia Marketer")
    account.user("9", team="Sales", owner="90", name="Lou Left", left=True)
    for number, name in (("900", "Alpha"), ("901", "Beta"), ("902", "Gamma"), ("903", "Delta"), ("904", "Epsilon")):
        account.company(number, created="2024-01-01", name=name, domain=f"{name.lower()}.example")

    # A form made the contact; a click and a seller's call follow, and HubSpot moves its stage by itself.
    account.contact(
        "1",
        created="2024-01-02 09:00:00",
        email="jo@alpha.example",
        source="FORM",
        detail="Guide form",
        company="900",
        stage="opportunity",
        hubspot_owner_id="70",
        hs_analytics_source="PAID_SEARCH",
    )
    account.form(
        "1",
        at="2024-01-02 08:59:00",
        url="https://own.example/guide?utm_source=google&utm_medium=cpc&utm_campaign=spring",
    )
    account.click("1", at="2024-01-10 10:00:00", url="https://own.example/prices")
    account.click("1", at="2024-01-10 10:00:01", url="https://own.example/prices", filtered=True)
    account.change("contact", "1", "lifecyclestage", "lead", at="2024-01-02 09:00:00", source="FORM")
    account.change(
        "contact", "1", "lifecyclestage", "marketingqualifiedlead", at="2024-01-05 09:00:00", source="WORKFLOWS"
    )
    account.change("contact", "1", "hs_lead_status", "NEW", at="2024-01-05 09:00:00", source="WORKFLOWS")
    account.change("contact", "1", "lifecyclestage", "opportunity", at="2024-02-01 10:00:00", source="DEALS")
    account.engagement(
        "11",
        "call",
        at="2024-01-06 09:00:00",
        owner="70",
        contacts=["1"],
        hs_call_direction="OUTBOUND",
        hs_call_status="COMPLETED",
        hs_call_duration="60000",
    )
    account.deal(
        "5",
        created="2024-02-01 10:00:00",
        amount="1000.01",
        won="2024-03-01 12:00:00",
        contacts=["1"],
        company="900",
        user="7",
        hubspot_owner_id="70",
    )
    account.change("deal", "5", "dealstage", "appointmentscheduled", at="2024-02-01 10:00:00", user="7")
    account.change("deal", "5", "dealstage", "closedwon", at="2024-03-01 12:00:00", user="7")

    # A seller typed the second one in and has left since. Marketing imported the third. An app made the fourth, with a
    # seller's name on it.
    account.contact("2", created="2024-01-03", email="kim@beta.example", source="CRM_UI", user="9", company="901")
    account.deal(
        "6", created="2024-02-02", amount="200.50", won="2024-03-02", contacts=["2"], company="901", user="7",
        hubspot_owner_id="90",
    )  # fmt: skip
    account.contact(
        "3", created="2024-01-04", email="li@gamma.example", source="IMPORT", user="8", detail="fair.csv", company="902"
    )
    account.deal("61", created="2024-02-03", amount="30.00", won="2024-03-03", contacts=["3"], company="902", user="7")
    account.contact(
        "4", created="2024-01-05", email="mo@delta.example", source="INTEGRATION", user="7", detail="Zapier",
        company="903",
    )  # fmt: skip
    account.deal("62", created="2024-02-04", amount="4.00", won="2024-03-04", contacts=["4"], company="903", user="7")
    account.deal(
        "63", created="2024-02-04", amount="9999.00", won="2024-03-04", contacts=["4"], company="903", user="7"
    )
    account.archive("deal", "63")

    # A form's contact of December was merged into a seller's of January; the old export still holds both, and the deal
    # names both.
    account.contact("41", created="2023-12-01", email="old@epsilon.example", source="FORM")
    account.contact(
        "42", created="2024-01-20", email="new@epsilon.example", source="CRM_UI", user="7", company="904",
        hs_merged_object_ids="41",
    )  # fmt: skip
    account.deal(
        "64", created="2024-02-05", amount="50.00", won="2024-03-05", contacts=["41", "42"], company="904", user="7"
    )
    return account


def build(folder: Path, account: HubSpot, dialect: str = "fivetran") -> Warehouse:
    company = Company(folder)
    account.write(company.landing_dir, dialect)
    company.is_delivered = True
    return build_marts(company)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return build(tmp_path_factory.mktemp("fivetran"), small_account())


def test_every_deal_has_the_originator_of_its_oldest_contact(built: Warehouse) -> None:
    deals = built.rows(
        "select opportunity_id, amount, originator_team, originator_user_id, originator_source from"
        " marts.fct_opportunities order by opportunity_id"
    )
    assert deals == [
        ("hubspot:opportunity:5", Decimal("1000.01"), "marketing", FORM, "PAID_SEARCH"),
        ("hubspot:opportunity:6", Decimal("200.50"), "sales", "hubspot:user:9", None),
        ("hubspot:opportunity:61", Decimal("30.00"), "marketing", "hubspot:user:8", None),
        ("hubspot:opportunity:62", Decimal("4.00"), "system", "hubspot:creation:integration:Zapier", None),
        ("hubspot:opportunity:64", Decimal("50.00"), "marketing", FORM, None),
    ]


def test_won_revenue_is_split_by_originator(built: Warehouse) -> None:
    assert built.rows(
        "select sum(marketing_originated), sum(sales_originated), sum(partner_originated), sum(unknown_originated),"
        " sum(new_amount) from marts.rpt_revenue_scorecard"
    ) == [(Decimal("1080.01"), Decimal("200.50"), Decimal("0.00"), Decimal("4.00"), Decimal("1284.51"))]


def test_a_contact_is_one_person(built: Warehouse) -> None:
    people = built.rows(
        "select list(identifier order by identifier) from marts.dim_person_identifier"
        " where identifier_type <> 'email' group by person_id order by all"
    )
    assert people == [
        (["hubspot:contact:1", "hubspot:lead:1"],),
        (["hubspot:contact:2", "hubspot:lead:2"],),
        (["hubspot:contact:3", "hubspot:lead:3"],),
        (["hubspot:contact:4", "hubspot:lead:4"],),
        (["hubspot:contact:41", "hubspot:contact:42", "hubspot:lead:41", "hubspot:lead:42"],),
    ]
    assert built.value("select sum(leads) from marts.rpt_lead_to_revenue") == 5


def test_touches_are_forms_clicks_and_calls(built: Warehouse) -> None:
    assert built.rows(
        "select touch_type, channel, source, campaign, is_sales_activity, source_object from marts.fct_touchpoints"
        " order by occurred_at"
    ) == [
        ("form_fill", "paid_search", "google", "spring", False, "form_submissions"),
        ("call", "sales", None, None, True, "engagements"),
        ("email_click", "email", "email", None, False, "email_events"),
    ]


def test_credit_is_shared_to_the_cent(built: Warehouse) -> None:
    assert built.rows(
        "select touchpoints.touch_type, attribution.attributed_amount from marts.fct_attribution as attribution"
        " left join marts.fct_touchpoints as touchpoints using (touchpoint_id)"
        " where attribution.model = 'linear' and attribution.opportunity_id = 'hubspot:opportunity:5'"
        " order by touchpoints.occurred_at"
    ) in (
        [("form_fill", Decimal("500.01")), ("email_click", Decimal("500.00"))],
        [("form_fill", Decimal("500.00")), ("email_click", Decimal("500.01"))],
    )
    assert built.value("select sum(difference) from marts.rpt_reconciliation") == Decimal("0.00")


def test_a_stage_that_hubspot_sets_by_itself_is_nobodys_acceptance(built: Warehouse) -> None:
    assert built.rows(
        "select stage, entered_at::varchar, actor_team from marts.fct_lifecycle_transitions"
        " where source_record_id in ('hubspot:lead:1', 'hubspot:opportunity:5') order by entered_at, stage desc"
    ) == [
        ("inquiry", "2024-01-02 09:00:00", "marketing"),
        ("mql", "2024-01-05 09:00:00", "system"),
        ("sql", "2024-02-01 10:00:00", "system"),
        ("opportunity", "2024-02-01 10:00:00", "sales"),
        ("won", "2024-03-01 12:00:00", "sales"),
    ]


def test_owner_ids_are_no_user_ids(built: Warehouse) -> None:
    """Lou's owner is archived and names no user any more; the address does."""
    assert built.rows(
        "select user_id, user_name, team, is_active from marts.dim_user where user_id like '%:user:%' order by user_id"
    ) == [
        ("hubspot:user:7", "Ann Seller", "sales", True),
        ("hubspot:user:8", "Mia Marketer", "marketing", True),
        ("hubspot:user:9", "Lou Left", "sales", False),
    ]
    assert built.rows(
        "select opportunity_id, owner_user_id from marts.fct_opportunities where owner_user_id is not null order by all"
    ) == [("hubspot:opportunity:5", "hubspot:user:7"), ("hubspot:opportunity:6", "hubspot:user:9")]


# What each spelling can answer: dlt's source and HubSpot's own export have no touches, the export has no histories.
DEALS = (
    "select opportunity_id, account_id, stage, is_won, amount, opportunity_type, created_at, close_date,"
    " originator_team, originator_user_id, originator_source, originator_matched_by, origin_status, owner_user_id"
    " from marts.fct_opportunities order by opportunity_id"
)
PEOPLE = "select identifier_type, identifier, person_id from marts.dim_person_identifier order by all"
CLOSES = "select opportunity_id, closed_at, closed_at_precision from marts.fct_opportunities order by all"
LIFE = "select person_id, stage, entered_at, actor_user_id, evidence from marts.fct_lifecycle_transitions order by all"
TOUCHES = "select * exclude (source_file) from marts.fct_touchpoints order by touchpoint_id"
CREDIT = "select * from marts.fct_attribution order by opportunity_id, model, touchpoint_id"
ANSWERS = {
    "fivetran": (DEALS, PEOPLE, CLOSES, LIFE, TOUCHES, CREDIT),
    "airbyte": (DEALS, PEOPLE, CLOSES, LIFE, TOUCHES, CREDIT),
    "dlt": (DEALS, PEOPLE, CLOSES, LIFE),
    "api": (DEALS, PEOPLE, CLOSES, LIFE, TOUCHES, CREDIT),
    "export": (DEALS, PEOPLE),
}


@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "fivetran"])
def test_one_company_in_every_loaders_spelling(tmp_path: Path, built: Warehouse, dialect: str) -> None:
    other = build(tmp_path, small_account(), dialect)
    for question in ANSWERS[dialect]:
        assert other.rows(question) == built.rows(question), question
    assert other.rows("select * from audit.rejected_rows") == []
