"""HubSpot beside a tracker and Salesforce, and over several nights: nothing counts twice, nothing is forgotten."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from seeds.generator.dialects.hubspot import HubSpot
from tests.company import Company
from tests.runs import build_marts

FORM = "hubspot:creation:form"


def test_a_form_that_a_tracker_tells_of_as_well_is_one_touch(tmp_path: Path) -> None:
    account = HubSpot()
    account.company("900", created="2024-01-01")
    account.contact("1", created="2024-01-02 09:00:00", email="jo@alpha.example", source="FORM")
    account.deal("5", created="2024-02-01", amount="1.00", contacts=["1"])
    account.form("1", at="2024-01-02 09:00:00", url="https://own.example/guide")
    account.form("1", at="2024-01-09 09:00:00", url="https://own.example/prices")
    company = Company(tmp_path)
    company.page_view("cookie", "2024-01-02 08:59:00", url="https://own.example/guide?utm_source=google&utm_medium=cpc")
    company.identify("cookie", "2024-01-02 09:00:01", email="jo@alpha.example")
    company.form("cookie", "2024-01-02 09:00:02", url="https://own.example/guide")
    company.write()
    account.write(company.landing_dir)
    touches = build_marts(company.folders()).rows(
        "select touch_type, channel, source_system from marts.fct_touchpoints order by occurred_at"
    )
    assert touches == [
        ("session", "paid_search", "segment"),
        ("form_fill", "paid_search", "segment"),
        ("form_fill", "direct", "hubspot"),
    ]


def test_what_the_sync_shares_with_salesforce_counts_once(tmp_path: Path) -> None:
    """The addresses differ; the sync's own ids join the person, and the deal is the opportunity."""
    account = HubSpot()
    account.company("900", created="2024-01-01")
    account.contact(
        "1",
        created="2024-01-01",
        email="jo@private.example",
        source="FORM",
        salesforceleadid="L1",
        hs_analytics_source="ORGANIC_SEARCH",
    )
    account.deal(
        "5",
        created="2024-02-01",
        amount="100.00",
        won="2024-03-01",
        contacts=["1"],
        source="INTEGRATION",
        detail="Salesforce",
        hs_salesforceopportunityid="O1",
    )
    account.deal("6", created="2024-02-01", amount="7.00", won="2024-03-01", contacts=["1"])
    company = Company(tmp_path)
    company.user("rep", department="Sales")
    company.lead("L1", created="2024-01-02", created_by="rep", email="jo@alpha.example")
    company.account("A1", created="2024-02-01")
    company.contact("C1", account="A1", created="2024-02-01", email="jo@alpha.example")
    company.opportunity("O1", account="A1", created="2024-02-01", amount="100.00", won="2024-03-01", created_by="rep")
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    company.write()
    account.write(company.landing_dir)
    built = build_marts(company.folders())
    assert built.rows(
        "select opportunity_id, amount, originator_team, originator_user_id from marts.fct_opportunities order by 1"
    ) == [
        ("O1", Decimal("100.00"), "marketing", FORM),
        ("hubspot:opportunity:6", Decimal("7.00"), "marketing", FORM),
    ]
    assert built.value("select count(distinct person_id) from marts.dim_person_identifier") == 1


def test_a_merge_takes_the_oldest_members_creation_along(tmp_path: Path) -> None:
    """A merge gives the survivor a new id and a seller's creation; a chain of two of them leads back to the form."""
    account = HubSpot()
    account.company("900", created="2024-01-01")
    account.user("7", team="Sales", owner="70", name="Ann Seller")
    account.contact("51", created="2024-01-02", email="jo@alpha.example", source="FORM")
    account.deal("5", created="2024-01-10", amount="10.00", won="2024-01-20", contacts=["51"], user="7")
    company = Company(tmp_path)
    account.write(company.landing_dir)
    company.is_delivered = True
    deals = "select originator_team, originator_user_id, originator_person_id from marts.fct_opportunities"
    first = build_marts(company, "2024-01-31").rows(deals)
    assert [row[:2] for row in first] == [("marketing", FORM)]

    # 51 was merged into 53, that into 54, and the deal follows; the export holds the last survivor alone.
    account.contacts.clear()
    account.contact(
        "54", created="2024-01-25", email="jo@beta.example", source="CRM_UI", user="7", hs_merged_object_ids="52;53"
    )
    account.contact("53", created="2024-01-20", source="CRM_UI", user="7", hs_merged_object_ids="51")
    account.associations = [{**pair, "right": "54"} for pair in account.associations]
    account.write(company.landing_dir)
    second = build_marts(company, "2024-02-29", later_night=True)
    assert second.rows(deals) == first
    assert second.rows(
        "select identifier from marts.dim_person_identifier where identifier_type = 'hubspot_contact' order by 1"
    ) == [("hubspot:contact:51",), ("hubspot:contact:53",), ("hubspot:contact:54",)]


def test_without_stages_the_deal_itself_tells_whether_it_is_won(tmp_path: Path) -> None:
    account = HubSpot()
    account.company("900", created="2024-01-01")
    account.contact("1", created="2024-01-02", email="jo@alpha.example", source="FORM")
    account.deal("5", created="2024-02-01", amount="100.00", won="2024-03-01", contacts=["1"])
    account.deal("6", created="2024-02-01", amount="7.00", contacts=["1"])
    company = Company(tmp_path)
    account.write(company.landing_dir, "airbyte")
    folder = company.landing_dir / "hubspot"
    (folder / "deal_pipelines.jsonl").write_text('{"pipelineId": "default", "label": "Sales", "stages": []}\n')
    company.is_delivered = True
    built = build_marts(company)
    assert built.rows("select stage, is_won, is_closed from marts.fct_opportunities order by opportunity_id") == [
        ("closedwon", True, True),
        ("contractsent", False, False),
    ]


def test_books_and_plans_number_records_as_hubspot_does(tmp_path: Path) -> None:
    account = HubSpot()
    account.company("900", created="2024-01-01")
    account.contact("1", created="2024-01-02", email="jo@alpha.example", source="FORM", company="900")
    account.deal("5", created="2024-02-01", amount="100.00", won="2024-03-01", contacts=["1"], company="900")
    company = Company(tmp_path)
    company.invoice("I1", account="900", opportunity="5", at="2024-03-05", amount="100.00")
    company.portfolio("900", "mia@own.example", "marketing")
    company.write()
    account.write(company.landing_dir)
    built = build_marts(company.folders())
    keys = "hubspot:account:900", "hubspot:opportunity:5"
    assert built.rows("select account_id, opportunity_id from intermediate.int_revenue__invoices") == [keys]
    assert built.rows("select account_id from intermediate.int_velocity__portfolios") == [keys[:1]]
