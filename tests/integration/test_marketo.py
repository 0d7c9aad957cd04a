"""Marketo beside Salesforce and alone: a small company whose every number can be added up by hand.

Who created whom, that nobody and no response counts twice, and that every loader's spelling of the same company gives
the same marts.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from seeds.generator.dialects.marketo import DIALECTS, Marketo
from tests.company import Company
from tests.runs import Warehouse, build_marts, run_nightly

GUIDE = "https://own.example/guide?utm_source=google&utm_medium=cpc&utm_campaign=spring"
PRICES = "https://own.example/prices"


def salesforce(folder: Path, *, creator: str) -> Company:
    """Three leads become three won opportunities; `creator` made Jo's in Salesforce: the form, or Marketo's sync."""
    company = Company(folder)
    company.user("sync", name="Marketo Sync")
    company.user("mia", department="Marketing", Email="mia@own.example")
    company.user("ann", department="Sales", Email="ann@own.example")
    company.campaign("K1", kind="Webinar", StartDate="2024-01-09", EndDate="2024-01-09")
    people = (
        ("1", "jo@alpha.example", "2024-01-02 09:00:00", creator, "1000.00"),
        ("2", "kim@beta.example", "2024-01-03 09:00:00", "ann", "200.50"),
        ("3", "li@gamma.example", "2024-01-05 09:00:00", "ann", "30.00"),
    )
    for number, email, created, created_by, amount in people:
        company.lead(f"L{number}", created=created, created_by=created_by, email=email)
        company.account(f"A{number}", created="2024-02-01")
        company.contact(f"C{number}", account=f"A{number}", created="2024-02-01 10:00:00", email=email)
        company.opportunity(
            f"O{number}", account=f"A{number}", created="2024-02-01 10:00:00", amount=amount, won="2024-03-01"
        )
        company.convert(
            f"L{number}", account=f"A{number}", contact=f"C{number}", opportunity=f"O{number}", at="2024-02-01"
        )
    return company


def marketo() -> Marketo:
    """A form made Jo before Salesforce had her, the sync brought Kim, and Mia imported Li, whom no sync id names."""
    account = Marketo()
    account.lead(
        "1",
        created="2024-01-02 08:59:30",
        email="jo@alpha.example",
        source="Web form fillout",
        status="MQL",
        salesforce_lead="L1",
        salesforce_contact="C1",
    )
    account.form("1", at="2024-01-02 08:59:00", url=GUIDE)
    account.lead(
        "2",
        created="2024-01-01 09:05:00",
        email="kim.other@beta.example",
        source="New lead",
        status="New",
        salesforce_lead="L2",
        salesforce_type="Lead",
    )
    account.click("2", at="2024-01-10 10:00:00", url=PRICES)
    account.click("2", at="2024-01-10 10:00:01", url=PRICES, bot=True)
    account.lead("3", created="2024-01-04", email="li@gamma.example", source="List import", user="mia@own.example")
    account.lead("4", created="2023-12-01", email="ann.none@delta.example", source="Web form fillout")
    account.merge("1", ["5"], at="2024-01-20")
    account.program("10", channel="Webinar", salesforce="K1", cost={"2024-01-01": "90.00"})
    account.status("10", "5", "Registered", at="2024-01-08 10:00:00")
    account.status("10", "5", "Attended", at="2024-01-09 10:00:00", success=True)
    account.status("10", "1", "Watched", at="2024-01-12 10:00:00", success=True)
    return account


def both(folder: Path, dialect: str = "fivetran") -> Warehouse:
    company = salesforce(folder, creator="sync")
    company.response("K1", lead="L1", contact="C1", at="2024-01-09")
    marketo().write(company.landing_dir, dialect)
    return build_marts(company)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return both(tmp_path_factory.mktemp("both"))


def test_whoever_was_first_made_the_lead(built: Warehouse) -> None:
    """Jo was Marketo's form's, Kim Ann's though Marketo's clock says earlier, and Li Mia's."""
    assert built.rows(
        "select opportunity_id, originator_team, originator_user_id from marts.fct_opportunities order by 1"
    ) == [
        ("O1", "marketing", "marketo:creation:web_form_fillout"),
        ("O2", "sales", "ann"),
        ("O3", "marketing", "marketo:user:mia@own.example"),
    ]


def test_nobody_counts_twice(built: Warehouse) -> None:
    """Three people of both systems, and one whom Marketo alone knows."""
    assert built.value("select sum(leads) from marts.rpt_lead_to_revenue") == 4
    assert built.rows(
        "select list(identifier order by identifier) from marts.dim_person_identifier where identifier_type <> 'email'"
        " group by person_id order by all"
    ) == [
        (["C1", "L1", "marketo:lead:1"],),
        (["C2", "L2", "marketo:lead:2"],),
        (["C3", "L3", "marketo:lead:3"],),
        (["marketo:lead:4"],),
    ]


def test_a_response_that_both_tell_of_is_one_touch(built: Warehouse) -> None:
    assert built.rows(
        "select touch_type, channel, campaign_id, source_system, source_object, occurred_at::varchar"
        " from marts.fct_touchpoints order by occurred_at"
    ) == [
        ("form_fill", "paid_search", None, "marketo", "activities_fill_out_form", "2024-01-02 08:59:00"),
        (
            "campaign_response",
            "webinar",
            "K1",
            "marketo",
            "activities_change_status_in_progression",
            "2024-01-09 10:00:00",
        ),
        ("email_click", "email", None, "marketo", "activities_click_email", "2024-01-10 10:00:00"),
    ]


def test_a_programs_cost_is_the_campaigns_once(built: Warehouse) -> None:
    assert built.rows("select campaign_id, sum(cost) from marts.fct_spend group by campaign_id") == [
        ("K1", Decimal("90.00"))
    ]


CREDIT = (
    "select attribution.opportunity_id, attribution.model, touchpoints.touch_type, touchpoints.channel,"
    " touchpoints.campaign_id, touchpoints.occurred_at, attribution.attributed_amount"
    " from marts.fct_attribution as attribution left join marts.fct_touchpoints as touchpoints using (touchpoint_id)"
    " order by all"
)
ORIGINS = (
    "select opportunity_id, amount, originator_team, originator_matched_by from marts.fct_opportunities order by all"
)


def test_segment_and_salesforce_tell_the_same(tmp_path: Path, built: Warehouse) -> None:
    """The form, the click and the response as Segment and Salesforce tell of them, and Li as Mia typed her in."""
    company = salesforce(tmp_path, creator="landing-page-form")
    company.change("Lead", "L3", CreatedById="mia", CreatedDate="2024-01-04 00:00:00")
    company.identify("a1", "2024-01-02 08:59:00", email="jo@alpha.example")
    company.form("a1", "2024-01-02 08:59:00", GUIDE)
    company.response("K1", lead="L1", contact="C1", at="2024-01-09 10:00:00")
    company.identify("a2", "2024-01-10 10:00:00", email="kim@beta.example")
    click = {"event": "email_link_clicked", "event_text": "Email Link Clicked", "context_page_url": PRICES}
    company.record(
        "segment", "tracks", "click", {"anonymous_id": "a2", "timestamp": "2024-01-10 10:00:00", **click}, {}
    )
    told = build_marts(company)
    assert told.rows(ORIGINS) == built.rows(ORIGINS)
    assert told.rows(CREDIT) == built.rows(CREDIT)


QUESTIONS = (
    "select opportunity_id, originator_team, originator_user_id from marts.fct_opportunities order by opportunity_id",
    "select identifier_type, identifier, person_id from marts.dim_person_identifier order by all",
    "select person_id, stage, entered_at, actor_user_id from marts.fct_lifecycle_transitions order by all",
    "select campaign_id, spend_date, cost from marts.fct_spend order by all",
    CREDIT,
)


@pytest.mark.parametrize("dialect", [dialect for dialect in DIALECTS if dialect != "fivetran"])
def test_one_company_in_every_loaders_spelling(tmp_path: Path, built: Warehouse, dialect: str) -> None:
    other = both(tmp_path, dialect)
    for question in QUESTIONS:
        assert other.rows(question) == built.rows(question), question
    assert other.rows("select * from audit.rejected_rows") == []


@pytest.mark.deep
def test_a_night_on_both_is_published(tmp_path: Path) -> None:
    """With every test, contract and check of the real job, which `build_marts` leaves out."""
    company = salesforce(tmp_path, creator="sync")
    company.response("K1", lead="L1", contact="C1", at="2024-01-09")
    marketo().write(company.landing_dir)
    night = run_nightly(company)
    assert night.success, night.failure
    assert night.value("select sum(difference) from marts.rpt_reconciliation") == Decimal("0.00")


def test_marketo_alone(tmp_path: Path) -> None:
    """Leads, stages, touches and spend, and no revenue: five people, of whom one was merged away and one deleted."""
    account = Marketo()
    account.lead("1", created="2024-01-02", email="jo@alpha.example", source="Web form fillout", status="MQL")
    account.form("1", at="2024-01-02 08:59:00", url=GUIDE, campaign="101")
    account.change("1", "Lead Status", at="2024-01-02 10:00:00", old=None, new="New", source="Web form fillout")
    account.change("1", "Lead Status", at="2024-01-05 10:00:00", old="New", new="MQL", source="Marketo flow action")
    account.change(
        "1", "Revenue Stage", at="2024-01-08 10:00:00", old="MQL", new="Sales Accepted", source="Manual person edit",
        user="ann@own.example",
    )  # fmt: skip
    account.lead("2", created="2024-01-03", email="kim@beta.example", source="List import", user="ann@own.example")
    account.lead("3", created="2024-01-04", email="kim@old.example")
    account.merge("2", ["3"], at="2024-01-20")
    account.lead("4", created="2024-01-05", email="mo@delta.example", source="Web service API")
    account.activity("delete_lead", "4", at="2024-01-30")
    account.lead("5", created="2024-01-05", is_anonymous=True)
    account.program("10", channel="Webinar", cost={"2024-01-01": "90.00", "2024-02-01": "10.01"})
    account.status("10", "3", "Attended", at="2024-01-09 10:00:00", success=True)
    company = Company(tmp_path)
    account.write(company.landing_dir)
    company.is_delivered = True
    built = build_marts(company)
    assert built.rows(
        "select list(identifier order by identifier) from marts.dim_person_identifier where identifier_type <> 'email'"
        " group by person_id order by all"
    ) == [(["marketo:lead:1"],), (["marketo:lead:2", "marketo:lead:3"],), (["marketo:lead:4"],)]
    assert built.rows(
        "select stage, entered_at::varchar, actor_team from marts.fct_lifecycle_transitions order by entered_at"
    ) == [
        ("inquiry", "2024-01-02 10:00:00", "marketing"),
        ("mql", "2024-01-05 10:00:00", "marketing"),
        ("sal", "2024-01-08 10:00:00", "unmapped"),
    ]
    assert built.rows(
        "select touch_type, channel, campaign_key, person_id is not null from marts.fct_touchpoints"
        " order by occurred_at"
    ) == [("form_fill", "paid_search", "marketo:10", True), ("campaign_response", "webinar", "marketo:10", True)]
    assert built.value("select sum(cost) from marts.fct_spend") == Decimal("100.01")
    assert built.rows("select * from marts.fct_opportunities") == []
