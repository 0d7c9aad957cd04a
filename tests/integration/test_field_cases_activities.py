"""What the field's activity logs, campaigns and bills look like, on companies small enough to count on paper.

Meetings that the CRM copies, mails that programs send, days without a time, one campaign id in two networks, and costs
of a fraction of a cent. Each company holds several of a kind; what a single rule does stands beside its model.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts


def a_team(company: Company) -> None:
    company.user("mia", department="Marketing", Email="mia@vendor.example")
    company.user("rep", department="Sales", Email="rep@vendor.example")
    company.user("sam", department="Sales")
    company.user("sync", department="Integration")
    company.account("A1", created="2023-01-01 09:00")


def mql(company: Company, lead: str, at: str = "2024-03-04 10:00") -> None:
    company.lead(lead, created=f"{at[:10]} 08:00", created_by="mia", source="Web", email=f"{lead.lower()}@x.example")
    company.lead_status(lead, "MQL", at=at, by="mia")


def mail(company: Company, who: str, *, by: str = "rep", made_by: str | None = None, **fields: object) -> None:
    """A completed e-mail task of half past ten, half an hour after the MQL."""
    given = {
        "WhoId": who,
        "OwnerId": by,
        "CreatedById": made_by or by,
        "Type": "Email",
        "Status": "Completed",
        "IsClosed": True,
        "CreatedDate": "2024-03-04T10:30:00.000+0000",
    }
    company.record("salesforce", "Task", company._next("mail"), given, dict(fields))


# ------------------------------------------------------------------ whose act answers an MQL


NOT_ANSWERS = {
    "a step of a sequence, logged by the integration": {"made_by": "sync", "Subject": "[Email] [Out] Step 2"},
    "a mail that marketing's tool logged": {"made_by": "mia", "Subject": "Was sent: spring offer"},
    "a list e-mail of the seller's own": {"TaskSubtype": "ListEmail", "Subject": "Spring news"},
    "a cadence of the CRM": {"TaskSubtype": "Cadence", "Subject": "Day 3"},
    "the prospect's reply": {"Subject": "[Tool] [Email] [In] Re: price"},
    "the prospect's mail, as another tool marks it": {"Subject": "Email: << price"},
    "an out of office": {"Subject": "Automatic reply: price"},
    "a mail made by someone nobody mapped": {"made_by": "who", "Subject": "Hello"},
}

ANSWERS = {
    "the seller's own mail": {"Subject": "Hello"},
    "the seller's answer to the prospect's mail": {"Subject": "Re: your enquiry"},
    "a to-do that automation made and the seller closed": {
        "made_by": "sync",
        "Subject": "Write to the lead",
        "CompletedDateTime": "2024-03-04T11:30:00.000+0000",
        "LastModifiedById": "rep",
    },
    "a mail that a colleague of sales logged": {"made_by": "sam", "Subject": "Hello"},
}

CALLS = {
    "the prospect called": ({"CallType": "Inbound"}, None),
    "a call among colleagues": ({"CallType": "Internal"}, None),
    "a missed call": ({"Subject": "Missed call: Ann"}, None),
    "the dialler's call that nobody answered": (
        {"CreatedById": "sync", "CallType": "Outbound", "CallDurationInSeconds": 0},
        None,
    ),
    "the dialler's call that lasted": (
        {"CreatedById": "sync", "CallType": "Outbound", "CallDurationInSeconds": 75},
        Decimal("1.00"),
    ),
    "the seller's call within a sequence": ({"Subject": "[Call] [Out] Step 2"}, Decimal("1.00")),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Decimal | None]:
    """Hours to the answer, by the kind of act; null where nobody answered."""
    company = Company(tmp_path_factory.mktemp("answers"))
    a_team(company)
    company.user("who", department="Facilities")
    kinds = [*NOT_ANSWERS, *ANSWERS, *CALLS]
    for number, kind in enumerate(kinds):
        lead = f"L{number}"
        mql(company, lead)
        if kind in CALLS:
            company.call(lead, at="2024-03-04 11:00", by="rep", **CALLS[kind][0])
        else:
            mail(company, lead, **{**NOT_ANSWERS, **ANSWERS}[kind])
    built = build_marts(company)
    hours = dict(
        built.rows("select lead_id, coalesce(hours_to_response, -1) from intermediate.int_velocity__responses")
    )
    return {kind: None if hours[f"L{n}"] == -1 else hours[f"L{n}"] for n, kind in enumerate(kinds)}


@pytest.mark.parametrize("kind", NOT_ANSWERS)
def test_what_no_seller_did_is_no_answer(kind: str, answers: dict) -> None:
    assert answers[kind] is None


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_a_seller_did_is_an_answer(kind: str, answers: dict) -> None:
    assert answers[kind] == (Decimal("1.50") if "automation made" in kind else Decimal("0.50"))


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_answers_when_the_seller_made_it(kind: str, answers: dict) -> None:
    assert answers[kind] == CALLS[kind][1]


# ------------------------------------------------------------------ one act, one touch


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("acts"))
    a_team(company)
    for contact in ("C1", "C2", "C3", "C4", "C5", "C6"):
        company.contact(contact, account="A1", created="2024-01-02 09:00", email=f"{contact.lower()}@x.example")
    # One meeting, two colleagues marked as invitees, one of whom renamed it; and one whose copy isn't marked.
    company.meeting("C1", at="2024-04-02 15:00", by="rep", IsChild=False)
    company.meeting("C1", at="2024-04-02 15:00", by="sam", IsChild=True, Subject="with Ann")
    company.meeting("C1", at="2024-04-02 15:00", by="mia")
    # The same meeting with a second prospect, of whom only an invitee's copy tells.
    company.meeting("C2", at="2024-04-02 15:00", by="sam", IsChild=True)
    # A classic series of three and its record; a Lightning one of two and its record, which isn't marked as recurring.
    company.meeting("C3", at="2024-04-03 09:00", by="rep", IsRecurrence=True, RecurrenceActivityId="series")
    for day in ("03", "10", "17"):
        company.meeting("C3", at=f"2024-04-{day} 09:00", by="rep", RecurrenceActivityId="series")
    company.meeting("C4", at="2024-04-04 09:00", by="rep", GroupEventType="3", ActivityRecurrence2Id="weekly")
    for day in ("04", "11"):
        company.meeting("C4", at=f"2024-04-{day} 09:00", by="rep", ActivityRecurrence2Id="weekly")
    # A call that the dialler and the seller both logged, and the next one ten minutes later.
    company.call("C5", at="2024-04-05 09:00", by="rep")
    company.call("C5", at="2024-04-05 09:00", by="rep", CreatedById="sync")
    company.call("C5", at="2024-04-05 09:10", by="rep")
    # A response that lead and contact of one person tell of.
    company.campaign("K1", kind="Event", name="Fair")
    company.lead("L6", created="2024-01-02 08:00", email="c6@x.example")
    company.convert("L6", account="A1", contact="C6", at="2024-01-02")
    company.response("K1", lead="L6", at="2024-05-02")
    company.response("K1", contact="C6", at="2024-05-02")
    return build_marts(company)


def test_one_act_is_one_touch_of_each_prospect(acts: Warehouse) -> None:
    touches = acts.rows(
        "select identifiers.identifier, touches.touch_type, count(*)"
        " from marts.fct_touchpoints as touches"
        " join intermediate.int_identity__person_identifiers as identifiers using (person_id)"
        " where identifiers.identifier_type = 'salesforce_contact' group by all order by 1"
    )
    assert touches == [
        ("C1", "meeting", 1),
        ("C2", "meeting", 1),
        ("C3", "meeting", 3),
        ("C4", "meeting", 2),
        ("C5", "call", 2),
        ("C6", "campaign_response", 1),
    ]


def test_what_is_left_out_is_kept_with_its_reason(acts: Warehouse) -> None:
    reasons = acts.rows("select reason, count(*) from intermediate.int_activities__copies group by 1 order by 1")
    assert reasons == [("child_event", 1), ("same_act", 2), ("series_master", 2)]


# ------------------------------------------------------------------ a day without a time


def test_a_day_without_a_time_is_never_before_what_it_followed(company: Company) -> None:
    a_team(company)
    # L1's call has a day only and was logged two days later; L2's was planned that morning; L3's was logged that day.
    for lead, logged in (("L1", "2024-03-06 09:00"), ("L2", "2024-03-04 09:00"), ("L3", "2024-03-04 12:30")):
        mql(company, lead)
        company.call(lead, at="2024-03-04", by="rep", CompletedDateTime=None, CreatedDate=f"{logged}:00Z")
    # L4's call is of the day before its MQL.
    mql(company, "L4")
    company.call("L4", at="2024-03-03", by="rep", CompletedDateTime=None, CreatedDate="2024-03-06T09:00:00Z")
    built = build_marts(company)
    assert built.rows(
        "select lead_id, outcome, hours_to_response, responded_at >= mql_at"
        " from intermediate.int_velocity__responses order by 1"
    ) == [
        ("L1", "answered", None, True),
        ("L2", "answered", None, True),
        ("L3", "answered", Decimal("2.50"), True),
        ("L4", "no_response", None, None),
    ]
    assert built.value("select median_hours_to_response from marts.rpt_pipeline_velocity_total") == Decimal("2.50")


def test_a_response_of_the_leads_day_comes_after_the_visit_and_before_the_lead(company: Company) -> None:
    """A visit at ten, the lead at eleven, a response of that day entered at noon: FT the visit, LC the response."""
    a_team(company)
    company.campaign("K1", kind="Event", name="Fair")
    company.lead("L1", created="2024-03-04 11:00", email="ann@x.example")
    company.contact("C1", account="A1", created="2024-03-10 09:00", email="ann@x.example")
    company.opportunity("O1", account="A1", created="2024-03-10 09:00", amount="100.00", won="2024-04-01")
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-03-10")
    company.identify("cookie", "2024-03-04 10:01", email="ann@x.example")
    company.page_view("cookie", "2024-03-04 10:00", source="news", medium="email")
    company.response("K1", lead="L1", at="2024-03-04", CreatedDate="2024-03-04T12:00:00.000+0000")
    # Another one of the day of the close, entered after it.
    company.response("K1", contact="C1", at="2024-04-01", CreatedDate="2024-04-01T23:00:00.000+0000")
    built = build_marts(company)
    assert built.rows(
        "select touch_type, occurred_at_precision, status"
        " from marts.fct_touchpoints join marts.fct_touch_eligibility using (touchpoint_id)"
        " order by fct_touchpoints.occurred_at"
    ) == [
        ("session", "timestamp", "eligible"),
        ("campaign_response", "date", "eligible"),
        ("campaign_response", "date", "eligible"),
    ]
    credit = dict(
        built.rows(
            "select touches.touch_type || ' ' || cast(touches.occurred_at as date), credit.weight"
            " from marts.fct_attribution as credit join marts.fct_touchpoints as touches using (touchpoint_id)"
            " where model = 'u_shaped_adobe'"
        )
    )
    assert {touch: weight for touch, weight in credit.items() if weight} == {
        "session 2024-03-04": Decimal("0.5"),
        "campaign_response 2024-03-04": Decimal("0.5"),
    }


# ------------------------------------------------------------------ one user per address


def test_a_share_takes_marketing_credit_only_under_marketings_address(company: Company) -> None:
    a_team(company)
    # The address was a marketer's who left; sales has it now. `team@` is of both, `gone@` of nobody.
    company.user("a-former", department="Marketing", Email="hello@vendor.example", IsActive=False)
    company.user("z-today", department="Sales", Email="Hello@vendor.example ")
    company.user("both-1", department="Marketing", Email="team@vendor.example")
    company.user("both-2", department="Sales", Email="team@vendor.example")
    company.asset("guide")
    company.contact("C1", account="A1", created="2024-01-02 09:00", email="ann@x.example")
    for number, address in enumerate(("hello", "team", "gone", "mia", "rep")):
        given = {"asset_id": "guide", "user_email": f"{address}@vendor.example", "contact_email": "ann@x.example"}
        company.record("content", "shares", f"S{number}", {**given, "shared_at": "2024-02-01 10:00:00"}, {})
    built = build_marts(company)
    assert built.rows(
        "select source_record_id, actor_user_id, is_sales_activity from marts.fct_touchpoints order by 1"
    ) == [
        ("S0", "z-today", True),
        ("S1", "both-1", True),
        ("S2", None, True),
        ("S3", "mia", False),
        ("S4", "rep", True),
    ]
    actors = built.rows("select source_record_id, user_id from intermediate.int_lifecycle__sales_actions order by 1")
    assert actors == [("S0", "z-today"), ("S4", "rep")]


# ------------------------------------------------------------------ campaigns of several networks


def test_one_campaign_id_in_two_networks_and_the_crm(company: Company) -> None:
    a_team(company)
    company.spend("google_ads", "2024-03-01", "brand", "100.00")
    company.spend("microsoft_ads", "2024-03-01", "brand", "50.00")
    company.spend("google_ads", "2024-03-01", "2201", "10.00", campaign_name="Winter")
    company.spend("meta_ads", "2024-03-01", "2201", "7.00", campaign_name="Summer")
    company.campaign("C9", kind="Event", name="winter", ActualCost="5.00")
    visits = {
        "v1": ("google", "brand"),
        "v2": ("bing", "Brand"),
        "v3": ("news", "brand"),
        "v4": ("google", "2201"),
        "v5": ("facebook", "2201"),
        "v6": ("google", "winter"),
        "v7": ("google", "unheard-of"),
    }
    for cookie, (source, campaign) in visits.items():
        company.page_view(cookie, "2024-03-02 10:00", source=source, medium="cpc", campaign=campaign)
    built = build_marts(company)
    assert built.rows("select campaign_key from marts.dim_campaign order by 1") == [
        ("google_ads:2201",),
        ("google_ads:brand",),
        ("meta_ads:2201",),
        ("microsoft_ads:brand",),
        ("salesforce:C9",),
    ]
    found = built.rows(
        "select source, lower(campaign), campaign_key, campaign_matched_by from marts.fct_touchpoints order by all"
    )
    assert found == [
        ("bing", "brand", "microsoft_ads:brand", "network_id"),
        ("facebook", "2201", "meta_ads:2201", "network_id"),
        ("google", "2201", "google_ads:2201", "network_id"),
        ("google", "brand", "google_ads:brand", "network_id"),
        ("google", "unheard-of", None, "unknown"),
        ("google", "winter", "salesforce:C9", "crm_name"),
        ("news", "brand", None, "undecided"),
    ]
    # Each euro once, and each network its own: joining by the key doubles nothing.
    assert built.rows(
        "select spend.source_system, sum(spend.cost) from marts.fct_spend as spend"
        " join marts.dim_campaign using (campaign_key) group by 1 order by 1"
    ) == [
        ("google_ads", Decimal("110.00")),
        ("meta_ads", Decimal("7.00")),
        ("microsoft_ads", Decimal("50.00")),
        ("salesforce", Decimal("5.00")),
    ]


# ------------------------------------------------------------------ small costs


def test_costs_sum_to_the_bill_rounded_once(company: Company) -> None:
    """A year of 0.004 a day; forty campaigns of 0.0011 on one day; micros with a correction; another currency."""
    a_team(company)
    company.settings(reporting_currency="EUR")
    company.currency("EUR", "1", corporate=True)
    company.currency("USD", "1.25")
    for day in range(365):
        company.spend("google_ads", str(date(2023, 1, 1) + timedelta(days=day)), "7", "0.004", currency="EUR")
    for number in range(40):
        company.spend("meta_ads", "2024-03-01", f"tail-{number}", "0.0011", currency="EUR")
    company.spend("linkedin_ads", "2024-03-01", "1", "10.333333", currency="EUR")
    company.spend("linkedin_ads", "2024-03-02", "1", "-0.336667", currency="EUR")
    for day in ("01", "02", "03"):
        company.spend("microsoft_ads", f"2024-03-{day}", "1", "0.006", currency="USD")
    built = build_marts(company)
    assert dict(built.rows("select source_system, sum(cost) from marts.fct_spend group by 1")) == {
        "google_ads": Decimal("1.46"),
        "meta_ads": Decimal("0.04"),
        "linkedin_ads": Decimal("10.00"),
        "microsoft_ads": Decimal("0.01"),
    }
    months = built.rows(
        "select date_trunc('month', spend_date), sum(cost) - sum(cost_original) from marts.fct_spend"
        " where source_system = 'google_ads' group by 1"
    )
    assert all(abs(difference) < Decimal("0.01") for _, difference in months)
    total = built.value("select sum(cost) from marts.fct_spend")
    for (reported,) in built.rows("select sum(cost) from marts.rpt_channel_roi group by model"):
        assert reported == total
