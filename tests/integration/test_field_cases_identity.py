"""Who is one person, whose account it is and whom a deal came from, with the values that real exports carry.

Each kind of docs/field-cases.md has several inputs here, from the landing file to the mart. The rules themselves have
unit tests beside their models.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

AD = "https://www.own.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
CREDIT = """
    select opportunity_id, channel, attributed_amount
    from marts.explain_credit
    where model = 'linear'
    order by opportunity_id, channel
"""
ORIGINS = """
    select opportunity_id, originator_team, originator_source, originator_matched_by
    from marts.fct_opportunities
    order by opportunity_id
"""
IDS = ("MasterRecordId", "ConvertedContactId", "ConvertedOpportunityId", "ConvertedAccountId")
PEOPLE = "select count(*) from marts.dim_person"
RECORDED_PEOPLE = f"{PEOPLE} where created_at is not null"


@pytest.fixture
def firm(company: Company) -> Company:
    """A company with a marketer, mia, and a seller, rep."""
    company.user("mia", department="Marketing", Email="mia@own.example")
    company.user("rep", department="Sales", Email="rep@own.example")
    return company


def visit(company: Company, browser: str, email: str | None, day: str = "2024-01-10", user: str | None = None) -> None:
    """A visit through a paid search ad, then a form that says who it was."""
    company.page_view(browser, f"{day} 10:00", AD)
    company.identify(browser, f"{day} 10:05", email=email, user=user)


def deal(company: Company, number: int, email: str | None, **contact: Any) -> None:
    """An account with one contact and one deal of 1000.00, won in April."""
    company.account(f"A{number}", created="2024-02-01 09:00", Website=f"https://firm{number}.example")
    company.contact(f"C{number}", account=f"A{number}", created="2024-02-01 10:00", email=email, **contact)
    company.opportunity(
        f"O{number}", account=f"A{number}", created="2024-03-01 10:00", amount="1000.00", won="2024-04-02"
    )
    company.contact_role(f"O{number}", f"C{number}", primary=True, created="2024-03-01 11:00")


# --- words and ids that stand for nothing -----------------------------------------------------------------------------


def test_a_word_for_nothing_joins_no_leads(firm: Company) -> None:
    words = ["null", "NULL", r"\N", "nan", "None", "undefined", "000000000000000", "000000000000000AAA"]
    for number, word in enumerate(words):
        for copy in ("a", "b"):
            firm.lead(f"L{number}{copy}", created="2024-01-02 10:00", created_by="rep", **dict.fromkeys(IDS, word))
    marts = build_marts(firm)
    assert marts.value(PEOPLE) == 2 * len(words)
    assert marts.value("select count(*) from marts.rpt_refused_keys") == 0


def test_a_word_for_nothing_is_no_account(firm: Company) -> None:
    for number, word in enumerate(["null", "N/A", r"\N"]):
        for copy in ("a", "b"):
            email = f"ann@firm{number}{copy}.example"
            firm.contact(f"C{number}{copy}", account=word, created="2024-01-02 10:00", email=email)
    assert build_marts(firm).rows("select account_id, count(*) from marts.dim_person group by all") == [(None, 6)]


# --- placeholders -----------------------------------------------------------------------------------------------------


def test_a_placeholder_address_joins_nobody(firm: Company) -> None:
    addresses = ["noemail@noemail.com", "none@none.com", "NA@na.com", "unknown@firm1.example"]
    for number, address in enumerate(addresses):
        deal(firm, 2 * number, address)
        deal(firm, 2 * number + 1, address)
        visit(firm, f"k{number}", address)
    marts = build_marts(firm)
    assert marts.value(RECORDED_PEOPLE) == 2 * len(addresses)
    assert {row[1] for row in marts.rows(CREDIT)} == {None}
    assert marts.rows(
        "select reason, records, count(*) from marts.rpt_refused_keys where key_type = 'email' group by all"
    ) == [("placeholder_email", 2, len(addresses))]


def test_an_address_of_contacts_of_two_accounts_joins_nobody_though_nobody_listed_it(firm: Company) -> None:
    deal(firm, 1, "ann@private.example")
    deal(firm, 2, "ann@private.example")
    visit(firm, "k1", "ann@private.example")
    marts = build_marts(firm)
    assert marts.value(RECORDED_PEOPLE) == 2
    assert marts.rows(
        "select reason, opportunities, won_amount from marts.rpt_refused_keys where key_type = 'email'"
    ) == [("contacts_of_two_accounts", 2, Decimal("2000.00"))]


def test_a_placeholder_company_places_nobody(firm: Company) -> None:
    names = {"unknown": ["[Unknown]", " UNKNOWN. "], "not provided": ["[not provided]", "Not Provided"]}
    for account, (name, spellings) in enumerate(names.items()):
        firm.account(f"A{account}", created="2024-02-01 09:00", Name=name)
        firm.opportunity(
            f"O{account}", account=f"A{account}", created="2024-03-01 10:00", amount="1000.00", won="2024-04-02"
        )
        for number, spelling in enumerate(spellings):
            email = f"p@stranger{account}{number}.example"
            firm.lead(
                f"L{account}{number}",
                created="2024-01-02 10:00",
                created_by="mia",
                source="Web",
                company=spelling,
                email=email,
            )
    marts = build_marts(firm)
    assert marts.value("select count(*) from marts.dim_person where account_id is not null") == 0
    assert marts.rows("select distinct originator_matched_by from marts.fct_opportunities") == [("created_by",)]
    assert marts.rows("select key, people, opportunities, won_amount from marts.rpt_refused_keys order by key") == [
        ("not provided", 2, 1, Decimal("1000.00")),
        ("unknown", 2, 1, Decimal("1000.00")),
    ]


def test_what_a_merged_account_called_unknown_kept_away_hangs_on_the_survivors_deals(firm: Company) -> None:
    firm.account("A1", created="2024-02-01 09:00", Name="Acme")
    firm.account("A2", created="2024-02-01 09:00", Name="Unknown", MasterRecordId="A1", IsDeleted=True)
    firm.opportunity("O1", account="A1", created="2024-03-01 10:00", amount="70.00", won="2024-04-02")
    firm.lead("L1", created="2024-01-02 10:00", created_by="mia", company="Unknown", email="p@stranger.example")
    assert build_marts(firm).rows("select key, opportunities, won_amount from marts.rpt_refused_keys") == [
        ("unknown", 1, Decimal("70.00"))
    ]


# --- constants --------------------------------------------------------------------------------------------------------


def test_a_constant_user_id_joins_nobody(firm: Company) -> None:
    users = ["undefined", "null", "[object Object]", "guest", "anonymous", "0"]
    for number, user in enumerate(users):
        for half in (2 * number, 2 * number + 1):
            deal(firm, half, f"ann@firm{half}.example")
            visit(firm, f"k{half}", f"ann@firm{half}.example", user=user)
    marts = build_marts(firm)
    assert marts.value(RECORDED_PEOPLE) == 2 * len(users)
    assert {row[1:] for row in marts.rows(CREDIT)} == {("paid_search", Decimal("1000.00"))}


def named_by_leads(company: Company, leads: int, email: Callable[[int], str | None]) -> Warehouse:
    """A deal that a marketer's contact has the role of, and that a seller's list leads name as theirs."""
    company.account("A1", created="2024-02-01 09:00", Website="https://firm1.example")
    company.contact(
        "C1", account="A1", created="2024-02-01 10:00", created_by="mia", source="Web", email="ann@firm1.example"
    )
    company.opportunity("O1", account="A1", created="2024-03-01 10:00", amount="1000.00", won="2024-04-02")
    company.contact_role("O1", "C1", primary=True, created="2024-03-01 11:00")
    visit(company, "k1", "ann@firm1.example")
    for number in range(leads):
        address = email(number)
        company.lead(f"L{number}", created="2023-06-02 10:00", created_by="rep", source="List", email=address)
        company.convert(f"L{number}", opportunity="O1", at="2024-03-01")
        if address is not None:
            company.page_view(
                f"x{number}", "2024-01-11 10:00", "https://www.own.example/", referrer="https://www.bing.com/"
            )
            company.identify(f"x{number}", "2024-01-11 10:05", email=address)
    return build_marts(company)


@pytest.mark.parametrize(
    "email",
    [
        pytest.param(lambda number: f"p@stranger{number}.example", id="of_everywhere"),
        pytest.param(lambda number: None, id="without_an_address"),
        pytest.param(
            lambda number: f"p{number}@big.example" if number < 5 else f"p@s{number}.example", id="fewer_than_half"
        ),
    ],
)
def test_a_deal_that_leads_of_everywhere_name_came_from_none_of_them(
    firm: Company, email: Callable[[int], str | None]
) -> None:
    marts = named_by_leads(firm, 11, email)
    assert marts.rows(ORIGINS) == [("O1", "marketing", "Web", "contact_role")]
    assert marts.rows(CREDIT) == [("O1", "paid_search", Decimal("1000.00"))]
    assert marts.rows("select key_type, key, reason, people, records, won_amount from marts.rpt_refused_keys") == [
        ("deal_conversion", "O1", "too_many_records", 11, 11, Decimal("1000.00"))
    ]


@pytest.mark.parametrize(
    ("leads", "email"),
    [
        pytest.param(10, lambda number: f"p@stranger{number}.example", id="ten_of_everywhere"),
        pytest.param(12, lambda number: f"p{number}@firm{1 + number % 2}.example", id="half_of_one_company"),
    ],
)
def test_a_deal_that_its_committee_names_came_from_them(
    firm: Company, leads: int, email: Callable[[int], str | None]
) -> None:
    marts = named_by_leads(firm, leads, email)
    assert marts.rows(ORIGINS) == [("O1", "sales", "List", "converted_lead")]
    assert marts.value("select count(*) from marts.rpt_refused_keys where key_type = 'deal_conversion'") == 0


@pytest.mark.parametrize(
    ("leads", "hosts", "reason"),
    [(11, 1, "too_many_records"), (3, 3, "different_people")],
)
def test_a_constant_contact_of_conversions_joins_no_leads(firm: Company, leads: int, hosts: int, reason: str) -> None:
    deal(firm, 1, "ann@firm1.example")
    for number in range(leads):
        host = f"host{number % hosts}.example"
        firm.lead(f"L{number}", created="2024-01-02 10:00", created_by="rep", email=f"p{number}@{host}")
        firm.convert(f"L{number}", contact="C1", at="2024-02-01")
    marts = build_marts(firm)
    assert marts.value(PEOPLE) == leads + 1
    assert marts.rows("select key_type, key, reason, records from marts.rpt_refused_keys") == [
        ("conversion", "C1", reason, leads + 1)
    ]


@pytest.mark.parametrize(
    ("leads", "name", "reason"),
    [
        (51, lambda number: "Lee", "too_many_records"),
        (3, lambda number: ["Lee", "Roe", "Doe"][number], "different_people"),
    ],
)
def test_a_constant_survivor_of_merges_joins_no_leads(
    firm: Company, leads: int, name: Callable[[int], str], reason: str
) -> None:
    firm.lead("L99", created="2024-01-02 10:00", created_by="rep")
    for number in range(leads):
        firm.lead(
            f"L{number}",
            created="2024-01-02 10:00",
            created_by="rep",
            LastName=name(number),
            MasterRecordId="L99",
            IsDeleted=True,
        )
    marts = build_marts(firm)
    assert marts.value(PEOPLE) == leads + 1
    assert marts.rows("select key_type, key, reason, records from marts.rpt_refused_keys") == [
        ("merge", "L99", reason, leads + 1)
    ]


# --- spellings of an address ------------------------------------------------------------------------------------------


def test_white_space_and_punctuation_make_no_other_person(firm: Company) -> None:
    spellings = ["{}\t", "\u200b{}", "{}\u00a0", "{}.", "{};", " {} ", "{}\u200b"]
    for number, spelling in enumerate(spellings):
        for half in (2 * number, 2 * number + 1):
            plain = f"ann@firm{half}.example"
            in_crm, on_web = (spelling.format(plain), plain) if half % 2 else (plain, spelling.format(plain))
            deal(firm, half, in_crm)
            visit(firm, f"k{half}", on_web)
    marts = build_marts(firm)
    assert marts.value(PEOPLE) == 2 * len(spellings)
    assert {row[1:] for row in marts.rows(CREDIT)} == {("paid_search", Decimal("1000.00"))}


def test_two_forms_of_an_international_domain_are_one(firm: Company) -> None:
    forms = [
        ("https://m\u00fcller.example", "xn--mller-kva.example"),
        ("https://www.xn--bcher-kva.example/", "b\u00fccher.example"),
        ("http://B\u00dcRO.example", "b\u00fcro.example"),
    ]
    for number, (website, host) in enumerate(forms):
        account = f"A{number}"
        firm.account(account, created="2024-02-01 09:00", Website=website)
        firm.opportunity(f"O{number}", account=account, created="2024-03-01 10:00", amount="1000.00", won="2024-04-02")
        firm.lead(f"L{number}", created="2024-01-10 09:00", created_by="mia", source="Web", email=f"ann@{host}")
    assert {row[1:] for row in build_marts(firm).rows(ORIGINS)} == {("marketing", "Web", "account")}


# --- history ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", ["ann@firm1.example", None])
def test_a_changed_address_keeps_the_visits_of_the_old_one(firm: Company, new: str | None) -> None:
    deal(firm, 1, "ann@private.example")
    visit(firm, "k1", "ann@private.example")
    expected = [("O1", "paid_search", Decimal("1000.00"))]
    assert build_marts(firm, "2024-05-01").rows(CREDIT) == expected
    firm.change("Contact", "C1", Email=new, LastModifiedDate="2024-05-02T10:00:00.000+0000")
    firm.deliver("2024-05-02")
    later = build_marts(firm, "2024-05-03", later_night=True)
    assert later.rows(CREDIT) == expected
    assert later.value(PEOPLE) == 1


@pytest.mark.parametrize("changes", [1, 2])
def test_a_history_of_addresses_keeps_the_visits_on_the_first_night(firm: Company, changes: int) -> None:
    addresses = ["ann@one.example", "ann@two.example", "ann@firm1.example"][2 - changes :]
    deal(firm, 1, addresses[-1])
    firm.lead("L1", created="2024-01-05 10:00", created_by="mia", source="Web", email=addresses[-1])
    for number, (old, new) in enumerate(pairwise(addresses), start=1):
        firm.lead_change("L1", "Email", old=old, new=new, at=f"2024-02-0{number} 10:00", by="mia")
    visit(firm, "k1", addresses[0])
    marts = build_marts(firm)
    assert marts.rows(CREDIT) == [("O1", "paid_search", Decimal("1000.00"))]


@pytest.mark.parametrize("chain", [1, 3])
def test_a_merged_accounts_people_and_deals_are_the_survivors(firm: Company, chain: int) -> None:
    deal(firm, 1, "ann@firm1.example", created_by="mia", source="Web")
    for number in range(2, chain + 2):
        firm.account(f"A{number}", created="2024-01-01 09:00")
        firm.change("Account", f"A{number - 1}", MasterRecordId=f"A{number}", IsDeleted=True)
    visit(firm, "k1", "ann@firm1.example")
    marts = build_marts(firm)
    survivor = f"A{chain + 1}"
    assert marts.rows("select account_id from marts.fct_opportunities") == [(survivor,)]
    assert marts.rows("select account_id from marts.dim_person") == [(survivor,)]
    assert marts.rows(CREDIT) == [("O1", "paid_search", Decimal("1000.00"))]


@pytest.mark.parametrize("day", ["2024-05-20", "2024-03-20"])
def test_who_changes_jobs_takes_no_touch_along_and_leaves_the_old_deal_its_own(firm: Company, day: str) -> None:
    """O1 is of the old employer, O2 of the new one; the visit took place at the old one."""
    deal(firm, 1, "ann@firm1.example", created_by="mia", source="Web")
    deal(firm, 2, "bob@firm2.example", created_by="rep", source="List")
    visit(firm, "k1", "ann@firm1.example")
    firm.contact("C9", account="A2", created=f"{day} 10:00", email="ann@firm1.example")
    firm.change("Contact", "C1", MasterRecordId="C9", IsDeleted=True)
    marts = build_marts(firm)
    assert ("O1", "paid_search", Decimal("1000.00")) in marts.rows(CREDIT)
    assert [row[:3] for row in marts.rows(ORIGINS)] == [("O1", "marketing", "Web"), ("O2", "sales", "List")]
    assert (
        marts.value("select count(*) from marts.explain_credit where opportunity_id = 'O2' and channel = 'paid_search'")
        == 0
    )


def test_a_source_that_is_filled_in_at_once_is_the_first_one(firm: Company) -> None:
    """The last lead was filled in two days later: its first source is the blank one, which contradicts nothing."""
    fills = [
        ("2024-01-10 10:00", "2024-01-10 10:00:07"),
        ("2024-01-10 23:58", "2024-01-11 00:03"),
        ("2024-01-10", "2024-01-10 16:00"),
        ("2024-01-10 10:00", "2024-01-12 10:00"),
    ]
    for number, (created, filled) in enumerate(fills):
        email = f"ann@firm{number}.example"
        deal(firm, number, email)
        firm.lead(f"L{number}", created=created, created_by="mia", source="Web", email=email)
        firm.lead_change(f"L{number}", "LeadSource", old=None, new="Web", at=filled, by="mia")
        firm.change("Opportunity", f"O{number}", LeadSource="Web")
    assert build_marts(firm).rows(
        "select originator_source, origin_status from marts.fct_opportunities order by opportunity_id"
    ) == [("Web", "preserved"), ("Web", "preserved"), ("Web", "preserved"), (None, "preserved")]


def test_what_the_loader_marks_deleted_is_deleted(firm: Company) -> None:
    marks = [
        ("_fivetran_deleted", "true"),
        ("_fivetran_deleted", "1"),
        ("_sdc_deleted_at", "2024-05-01T10:00:00Z"),
        ("_ab_cdc_deleted_at", "2024-05-01 10:00:00"),
        ("IsDeleted", "TRUE"),
    ]
    for number in range(len(marks) + 1):
        deal(firm, number, f"ann@firm{number}.example")
        firm.lead(f"L{number}", created="2024-01-02 10:00", created_by="mia", email=f"lea@firm{number}.example")
    for number, (column, mark) in enumerate(marks):
        firm.change("Opportunity", f"O{number}", **{column: mark})
        firm.change("Lead", f"L{number}", **{column: mark})
    marts = build_marts(firm)
    assert marts.rows("select opportunity_id from marts.fct_opportunities") == [(f"O{len(marks)}",)]
    assert marts.value("select sum(won_amount) from marts.rpt_lead_to_revenue") == Decimal("1000.00")
    assert marts.value("select sum(leads) from marts.rpt_lead_to_revenue") == 1


# --- creations delivered as plain days --------------------------------------------------------------------------------


def in_timezone(company: Company, timezone: str) -> None:
    settings = company.reference_dir / "settings.csv"
    settings.write_text(settings.read_text().replace("timezone,UTC", f"timezone,{timezone}"))


@pytest.mark.parametrize(
    ("timezone", "days"),
    [
        ("UTC", {"Lead"}),
        ("America/Los_Angeles", {"Lead", "Opportunity"}),
        ("America/Los_Angeles", {"Opportunity"}),
        ("Asia/Tokyo", {"Lead", "Opportunity"}),
    ],
)
def test_a_lead_and_a_deal_of_one_day_know_each_other(firm: Company, timezone: str, days: set[str]) -> None:
    """Everything happened on 1 June on the company's clock: visit, lead and deal, of which some have only the day."""
    in_timezone(firm, timezone)
    noon = {"UTC": "12:00", "America/Los_Angeles": "19:00", "Asia/Tokyo": "03:00"}[timezone]
    later = f"{int(noon[:2]) + 1:02}:00"
    firm.account("A1", created="2024-06-01", Website="https://firm1.example")
    lead = "2024-06-01" if "Lead" in days else f"2024-06-01 {noon}"
    firm.lead("L1", created=lead, created_by="mia", source="Web", email="ann@firm1.example")
    deal_day = "2024-06-01" if "Opportunity" in days else f"2024-06-01 {later}"
    firm.opportunity("O1", account="A1", created=deal_day, created_by="rep", amount="1000.00", won="2024-07-02")
    visit(firm, "k1", "ann@firm1.example", day="2024-06-01")
    firm.page_view("k2", f"2024-06-01 {noon[:2]}:30", AD)
    firm.identify("k2", f"2024-06-01 {noon[:2]}:31", email="ann@firm1.example")
    marts = build_marts(firm)
    assert marts.rows(ORIGINS) == [("O1", "marketing", "Web", "account")]
    assert marts.value("select days_lead_to_close from marts.fct_opportunities") == 31
    assert marts.rows("select cohort_month_name from marts.rpt_lead_to_revenue where leads = 1") == [("2024-06",)]
    assert marts.rows(
        "select channel, attributed_amount from marts.explain_credit where model = 'opportunity_creation'"
    ) == [("paid_search", Decimal("1000.00"))]


@pytest.mark.parametrize(
    ("lead", "contact"),
    [("2024-06-03", "2024-06-03"), ("2024-06-03 18:00", "2024-06-03"), ("2024-06-03", "2024-06-03 05:00")],
)
def test_of_one_day_the_lead_came_before_the_contact(firm: Company, lead: str, contact: str) -> None:
    in_timezone(firm, "America/New_York")
    firm.account("A1", created="2024-06-03")
    firm.lead("L1", created=lead, created_by="mia", source="Web", email="ann@firm1.example")
    firm.contact("C1", account="A1", created=contact, created_by="rep", source="List", email="ann@firm1.example")
    assert build_marts(firm).rows("select originator_team, originator_source from marts.dim_person") == [
        ("marketing", "Web")
    ]


def test_a_deal_from_before_the_lead_stays_nobodys(firm: Company) -> None:
    firm.account("A1", created="2024-06-01", Website="https://firm1.example")
    firm.opportunity("O1", account="A1", created="2024-06-01", created_by="rep", amount="1.00", won="2024-07-02")
    firm.opportunity("O2", account="A1", created="2024-06-02 09:00", created_by="rep", amount="1.00", won="2024-07-02")
    firm.lead("L1", created="2024-06-02 09:30", created_by="mia", source="Web", email="ann@firm1.example")
    assert [row[3] for row in build_marts(firm).rows(ORIGINS)] == ["created_by", "created_by"]


def test_an_mql_of_which_only_the_day_is_known_has_no_hours_to_response(firm: Company) -> None:
    firm.lead("L1", created="2024-06-03", created_by="mia", source="Web", email="ann@firm1.example", status="MQL")
    firm.call("L1", at="2024-06-03 09:00", by="rep")
    marts = build_marts(firm)
    assert marts.rows(
        "select mqls, no_response, late_responses, median_hours_to_response from marts.rpt_pipeline_velocity_total"
        " where mqls = 1"
    ) == [(1, 0, 0, None)]
