"""A company whose two CRMs number their records alike; run in a copy of the project that knows the second one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.company import Company
from tests.compiled_models import invoke_dbt
from tests.runs import Warehouse, build_marts


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Record 1 of every kind in both: in one CRM a deal of marketing's in dollars, in the other one of sales' in euros.

    The second CRM keeps its books in euros and takes two dollars for one; the first gives 0.8 euros for a dollar.
    """
    company = Company(tmp_path_factory.mktemp("company"))
    company.currency("USD", "1", corporate=True)
    company.currency("EUR", "0.8")
    company.user("1", department="Marketing", Email="ann@own.example")
    company.user("2", department="Sales", Email="sam@own.example")
    company.campaign("1", name="Webinar", kind="Webinar", ActualCost="10.00", StartDate="2024-01-01")
    company.lead("1", created="2024-01-01", created_by="1", source="Webinar", email="jo@alpha.example")
    company.response("1", lead="1", at="2024-01-02 09:00")
    company.lead_status("1", "MQL", at="2024-01-03", by="1")
    company.lead_change("1", "Owner", at="2024-01-04", old="1", new="2", by="1")
    company.call("1", at="2024-01-05 09:00", by="2")
    company.account("1", created="2024-02-01", Name="Alpha")
    company.contact("1", account="1", created="2024-02-01", email="jo@alpha.example")
    company.opportunity(
        "1",
        account="1",
        created="2024-02-01",
        amount="1000.00",
        won="2024-03-01",
        created_by="1",
        kind="New Business",
        source="Sales",
    )
    company.opportunity(
        "2",
        account="1",
        created="2024-02-01",
        amount="100.00",
        won="2024-03-01",
        created_by="1",
        kind="New Business",
        currency="EUR",
        source="Webinar",
    )
    company.opportunity_change("1", "LeadSource", at="2024-02-02", old="Webinar", new="Sales", by="2")
    company.convert("1", account="1", contact="1", opportunity="1", at="2024-02-01")

    def acme(name: str, number: str, **fields: str | bool) -> None:
        company.record("acmecrm", name, number, {}, fields)

    acme("monies", "EUR", rate="1", is_main=True)
    acme("monies", "USD", rate="2", is_main=False)
    acme("staff", "1", mail="cy@own.example", full_name="Cy Lone", unit="Sales", made_at="2023-01-01T00:00:00Z")
    acme("staff", "2", mail="di@own.example", full_name="Di Marl", unit="Marketing", made_at="2023-01-01T00:00:00Z")
    acme("drives", "1", label="Fair", kind="Event", spent="7.00", money="EUR", starts_on="2024-01-01")
    acme(
        "prospects",
        "1",
        mail="kim@beta.example",
        full_name="Kim Beta",
        origin="Fair",
        state="done",
        owner="2",
        made_by="1",
        made_at="2024-01-01T00:00:00Z",
        became_firm="1",
        became_person="1",
        became_deal="1",
        became_on="2024-02-01",
    )
    acme("answers", "1", drive="1", prospect="1", happened_at="2024-01-02T09:00:00Z")
    acme(
        "prospect_changes",
        "1",
        prospect="1",
        what="state",
        was="fresh",
        became="hot",
        by_whom="2",
        happened_at="2024-01-03T00:00:00Z",
    )
    acme(
        "prospect_changes",
        "2",
        prospect="1",
        what="holder",
        was="2",
        became="1",
        by_whom="2",
        happened_at="2024-01-04T00:00:00Z",
    )
    acme("calls", "1", prospect="1", by_whom="1", about="Call", happened_at="2024-01-05T09:00:00Z")
    acme("firms", "1", label="Beta", made_by="1", made_at="2024-02-01T00:00:00Z")
    acme(
        "persons",
        "1",
        firm="1",
        mail="kim@beta.example",
        full_name="Kim Beta",
        made_by="1",
        made_at="2024-02-01T00:00:00Z",
    )
    acme(
        "deals",
        "1",
        firm="1",
        label="Beta's deal",
        phase="bought",
        kind="first",
        worth="50.00",
        money="EUR",
        origin="Cold call",
        owner="1",
        made_by="1",
        made_at="2024-02-01T00:00:00Z",
        ends_on="2024-03-01",
        outcome="bought",
    )
    acme("deal_persons", "1", deal="1", person="1", part="buyer", made_at="2024-02-01T00:00:00Z")
    acme(
        "deal_changes",
        "1",
        deal="1",
        what="origin",
        was="Fair",
        became="Cold call",
        by_whom="1",
        happened_at="2024-02-02T00:00:00Z",
    )
    acme("deal_phases", "1", deal="1", phase="bought", worth="50.00", by_whom="1", happened_at="2024-03-01T00:00:00Z")
    return build_marts(company)


def test_each_human_has_the_records_of_one_crm(built: Warehouse) -> None:
    assert built.rows(
        "select list(identifier_type || ' ' || identifier order by identifier_type)"
        " from marts.dim_person_identifier where identifier_type <> 'email' group by person_id order by all"
    ) == [
        (["acmecrm_contact acmecrm:contact:1", "acmecrm_lead acmecrm:lead:1"],),
        (["salesforce_contact 1", "salesforce_lead 1"],),
    ]


def test_each_deal_has_its_own_originator_account_and_money(built: Warehouse) -> None:
    """50 euros are 100 dollars by the second CRM's rates; by the first's they would be 62.50, as 100 are 125."""
    assert built.rows(
        "select opportunity_id, source_system, account_id, amount, originator_team, originator_user_id,"
        " originator_source, origin_status, origin_overwritten_by_user_id from marts.fct_opportunities order by 1"
    ) == [
        ("1", "salesforce", "1", Decimal("1000.00"), "marketing", "1", "Webinar", "overwritten", "2"),
        ("2", "salesforce", "1", Decimal("125.00"), "marketing", "1", "Webinar", "preserved", None),
        (
            "acmecrm:opportunity:1", "acmecrm", "acmecrm:account:1", Decimal("100.00"), "sales", "acmecrm:user:1",
            "Fair", "overwritten", "acmecrm:user:1",
        ),
    ]  # fmt: skip


def test_each_user_and_account_is_one_row(built: Warehouse) -> None:
    assert built.rows("select user_id, team from marts.dim_user order by 1") == [
        ("1", "marketing"),
        ("2", "sales"),
        ("acmecrm:user:1", "sales"),
        ("acmecrm:user:2", "marketing"),
    ]
    assert built.rows("select account_id, account_name from marts.dim_account order by 1") == [
        ("1", "Alpha"),
        ("acmecrm:account:1", "Beta"),
    ]


def test_each_lead_enters_the_stages_of_its_own_history(built: Warehouse) -> None:
    assert built.rows(
        "select source_system, list(stage order by entered_at, occurrence) from marts.fct_lifecycle_transitions"
        " where stage in ('mql', 'sal', 'won') group by all order by 1"
    ) == [("acmecrm", ["mql", "won"]), ("salesforce", ["mql", "won"])]
    assert built.rows(
        "select marketer_user_id, seller_user_id, mqls from marts.rpt_pipeline_velocity order by 1, 2"
    ) == [("1", "2", 1), ("unassigned", "acmecrm:user:1", 1)]


def test_each_touch_names_its_own_campaign_and_person(built: Warehouse) -> None:
    assert built.rows(
        "select touch_type, source_system, campaign_key, count(*), count(distinct person_id)"
        " from marts.fct_touchpoints group by all order by all"
    ) == [
        ("call", "acmecrm", None, 1, 1),
        ("call", "salesforce", None, 1, 1),
        ("campaign_response", "acmecrm", "acmecrm:1", 1, 1),
        ("campaign_response", "salesforce", "salesforce:1", 1, 1),
    ]


def test_credit_is_each_deals_own_money(built: Warehouse) -> None:
    assert built.rows(
        "select opportunity_id, model, sum(attributed_amount) from marts.fct_attribution"
        " where model in ('linear', 'first_touch') group by all order by all"
    ) == [
        (deal, model, amount)
        for deal, amount in (("1", Decimal(1000)), ("2", Decimal(125)), ("acmecrm:opportunity:1", Decimal(100)))
        for model in ("first_touch", "linear")
    ]
    assert built.rows("select campaign_key, cost from marts.fct_spend order by 1") == [
        ("acmecrm:1", Decimal("14.00")),
        ("salesforce:1", Decimal("10.00")),
    ]


def test_every_promise_of_the_models_holds(built: Warehouse) -> None:
    outcome = invoke_dbt(built.file, "test", "--select", "test_type:data")
    assert [result.node.name for result in outcome.results if result.status not in ("pass", "warn")] == []
