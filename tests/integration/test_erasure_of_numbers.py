"""People whom HubSpot and Marketo know by numbers that mean other things elsewhere are forgotten, and nobody else.

Jane is contact 51 and lead 51, beside deal 51, company 51, call 51, program 51 and somebody else's user 51. Kim has
numbers that mean nothing else: that an erasure leaves them in no column of the whole file proves that every column of
ids of people is known (erasure/numbers.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.engine import connected, identifier
from dagster_project.erasure import numbers
from dagster_project.erasure.forget import Erasure
from seeds.generator.dialects.hubspot import HubSpot
from seeds.generator.dialects.marketo import Marketo
from tests.company import Company
from tests.erasures import MODELS, erase, figures, where
from tests.publications import Publisher
from tests.runs import Warehouse

pytestmark = pytest.mark.deep

# A browser that HubSpot alone knows as Kim's.
BROWSER = "5ca1ab1e-0000-4000-8000-00000000cafe"
JANE, KIM = "jane@buyer.example", "kim@other.example"
SALESFORCE_LEAD = "00Q5g000001aBcDEAU"
# Kim's contact and lead, and those that were merged into them.
CONTACT, MERGED_CONTACT, LEAD, MERGED_LEAD = "900000051", "900000052", "900000061", "900000062"
# What was merged into Jane and stands in one table alone.
NOWHERE_ELSE = "900000053"
# Kim's numbers, and Jane's with what stands before them, as patterns of what may stand in no cell.
THEIR_NUMBERS = (
    NOWHERE_ELSE,
    CONTACT,
    MERGED_CONTACT,
    LEAD,
    MERGED_LEAD,
    "hubspot:(contact|lead):51([^0-9]|$)",
    "marketo:lead:51([^0-9]|$)",
)
THEIRS = (
    JANE,
    "jane.former@buyer.example",
    KIM,
    "kim.second@other.example",
    "kim.merged@other.example",
    "kim.fourth@other.example",
    BROWSER,
    "Jane Doe",
    "Kim Poe",
    "+49 170 5550123",
    "Rosenweg 7",
    SALESFORCE_LEAD,
    *(start + number for start in numbers.PEOPLE["hubspot"] for number in (CONTACT, MERGED_CONTACT)),
    *(f"marketo:lead:{number}" for number in (LEAD, MERGED_LEAD)),
)


def hubspot() -> HubSpot:
    account = HubSpot()
    account.user("7", team="Sales", owner="70", name="Ann Seller")
    for number, domain in (("51", "buyer.example"), ("52", "other.example"), ("53", "third.example")):
        account.company(number, created="2024-01-01", domain=domain)
    account.contact(
        "51", created="2024-01-10 09:00:00", email=JANE, source="FORM", company="51", stage="opportunity",
        firstname="Jane", lastname="Doe", phone="+49 170 5550123", address="Rosenweg 7", hubspot_owner_id="70",
        salesforceleadid=SALESFORCE_LEAD, hs_object_id="51",
    )  # fmt: skip
    account.contact(
        CONTACT, created="2024-01-11", email=KIM, source="FORM", company="52", firstname="Kim", lastname="Poe",
        hs_additional_emails="kim.second@other.example", hs_merged_object_ids=MERGED_CONTACT, hs_object_id=CONTACT,
        first_conversion_date="2024-01-11", first_conversion_event_name="Guide form",
        **{"identity-profiles": json.dumps(PROFILES)},
    )  # fmt: skip
    account.contact(
        MERGED_CONTACT, created="2024-01-02", email="kim.merged@other.example", source="FORM", lastname="Poe"
    )
    # Neighbours in the order of ids, of one moment.
    for number, email in (("5", "five@third.example"), ("50", "joe@buyer.example"), ("510", "ann@third.example")):
        account.contact(
            number, created="2024-01-10 09:00:00", email=email, source="FORM", firstname="Joe", lastname="Roe"
        )
    account.change("contact", "51", "email", "jane.former@buyer.example", at="2024-01-10 09:00:00", source="FORM")
    account.change("contact", "51", "email", JANE, at="2024-01-12 09:00:00", source="FORM")
    account.change("contact", "51", "lastname", "Doe", at="2024-01-10 09:00:00", source="FORM")
    account.change("contact", "51", "address", "Rosenweg 7", at="2024-01-10 09:00:00", source="FORM")
    account.change("contact", "51", "lifecyclestage", "lead", at="2024-01-10 09:00:00", source="FORM")
    account.change("contact", "51", "lifecyclestage", "opportunity", at="2024-02-01 10:00:00", source="DEALS")
    account.change("contact", CONTACT, "lifecyclestage", "marketingqualifiedlead", at="2024-01-12", source="WORKFLOWS")
    account.change("contact", CONTACT, "hs_object_id", CONTACT, at="2024-01-12", source="WORKFLOWS")
    account.change("contact", MERGED_CONTACT, "lifecyclestage", "lead", at="2024-01-02", source="FORM")
    account.engagement("51", "call", at="2024-01-20 09:00:00", owner="70", contacts=["50", "51", CONTACT])
    account.form("51", at="2024-01-10 08:59:00", url="https://own.example/guide?utm_source=google&utm_medium=cpc")
    # Without an id of its own: it goes by form, contact and moment.
    account.submissions.append({**account.submissions[0], "id": None, "contact": CONTACT, "at": "2024-01-12 08:59:00"})
    account.form("50", at="2024-01-11 08:59:00", url="https://own.example/guide?utm_source=bing&utm_medium=cpc")
    for number, amount, contacts in (
        ("51", "1000.01", ["50", "51"]),
        ("52", "500.00", [MERGED_CONTACT, CONTACT]),
        ("53", "70.00", ["510", "5"]),
    ):
        account.deal(
            number, created="2024-02-01 10:00", amount=amount, won="2024-03-01", contacts=contacts, company=number
        )
    return account


def marketo() -> Marketo:
    account = Marketo()
    account.lead(
        "51", created="2024-01-10 08:00:00", email=JANE, source="Web form fillout", status="MQL",
        salesforce_lead=SALESFORCE_LEAD, first_name="Jane", last_name="Doe", phone="+49 170 5550123",
    )  # fmt: skip
    account.lead(
        LEAD,
        created="2024-01-05",
        email=KIM,
        source="Web form fillout",
        status="New",
        first_name="Kim",
        last_name="Poe",
    )
    account.lead(
        "50", created="2024-01-05", email="joe@buyer.example", source="List import", first_name="Joe", last_name="Roe"
    )
    account.merge(LEAD, [MERGED_LEAD, "77"], at="2024-01-20")
    account.program("51", channel="Webinar", cost={"2024-01-01": "90.00"})
    account.program("53", channel="Webinar")
    for minute, lead in enumerate(("50", "51", MERGED_LEAD)):
        account.status("51", lead, "Attended", at=f"2024-01-09 10:0{minute}:00", success=True)
    account.form(LEAD, at="2024-01-06 08:59:00", url="https://own.example/guide?utm_source=google&utm_medium=cpc")
    account.click("51", at="2024-01-12 10:00:00", url="https://own.example/prices")
    account.change("51", "Last Name", at="2024-01-11", old="Former", new="Doe", source="Web form fillout")
    account.change(LEAD, "Lead Status", at="2024-01-11", old="New", new="MQL", source="Web form fillout")
    return account


# Tables and cells of other loaders and of older exports, which stand beside Fivetran's as well as anywhere.
MORE_TABLES = {
    "hubspot/contact_merge_audit.csv": f"""canonical_vid,vid_to_merge,timestamp
51,{NOWHERE_ELSE},2024-01-15T00:00:00Z
{CONTACT},{MERGED_CONTACT},2024-01-15T00:00:00Z
""",
    "hubspot/associations.csv": f"""from_object_type,from_object_id,to_object_type,to_object_id,association_type_id
deal,51,contact,51,3
deal,52,0-1,{CONTACT},3
contact,{CONTACT},company,52,1
company,51,deal,51,5
""",
    "hubspot/object_properties_history.csv": f"""objecttypeid,objectid,property,timestamp,value
0-1,{CONTACT},hs_lead_status,2024-01-13T00:00:00Z,NEW
0-1,51,mobilephone,2024-01-13T00:00:00Z,+49 170 5550123
0-3,51,amount,2024-02-01T10:00:00Z,1000.01
""",
    "hubspot/contact_list_member.csv": f"contact_list_id,contact_id\n51,51\n51,{CONTACT}\n51,50\n",
    "marketo/program_membership.csv": f"""program_id,lead_id,status,is_success,success_date
53,51,Attended,true,2024-01-14T10:00:00Z
53,{LEAD},Attended,true,2024-01-14T11:00:00Z
53,50,Attended,true,2024-01-14T12:00:00Z
""",
}
PROFILES = [
    {"vid": int(CONTACT), "identities": [{"type": "EMAIL", "value": "kim.fourth@other.example"}]},
    {
        "vid": int(MERGED_CONTACT),
        "identities": [{"type": "LEAD_GUID", "value": BROWSER}],
    },
]


def company_of(folder: Path, *, are_users_contacts: bool) -> Company:
    """Of the site's users, 51 is Joe, or all are the CRM's contacts."""
    company = Company(folder)
    company.user("rep", department="Sales", Email="rep@halyard.example")
    company.lead(SALESFORCE_LEAD, created="2024-01-10", email=JANE, FirstName="Jane", LastName="Doe")
    company.page_view("hers", "2024-01-09 10:00", "https://own.example/?utm_source=google&utm_medium=cpc")
    company.page_view("kims", "2024-01-03 10:00", source="newsletter", medium="email")
    if are_users_contacts:
        for browser, number in (("hers", "51"), ("kims", CONTACT), ("joes", "50"), ("anns", "510")):
            company.identify(browser, "2024-01-09 10:01", user=number)
            company.page_view(browser, "2024-01-15 10:00", user=number)
    else:
        company.identify("hers", "2024-01-09 10:01", email=JANE)
        company.identify("kims", "2024-01-03 10:01", email=KIM, user="900000071")
        company.identify("joes", "2024-01-09 10:01", email="joe@buyer.example", user="51")
        company.page_view("joes", "2024-01-15 10:00", user="51")
    return company


@dataclass
class Seen:
    """What a warehouse holds: its figures, the rows of others, ids in their order, and where the two people stand."""

    figures: dict[str, list[tuple[Any, ...]]]
    others: dict[str, set[tuple[Any, ...]]]
    keys: list[tuple[Any, ...]]
    site_users: set[str]
    standing: list[str]
    # Where one of their numbers stands, and where 51 names a person.
    numbered: list[str]
    named: list[str]


@dataclass
class Told:
    build: Warehouse
    are_users_contacts: bool
    before: Seen
    done: Erasure
    after: Seen
    later: Seen


# The loader of HubSpot, that of Marketo, whether the site's users are the CRM's contacts, and which models are built.
SHAPES = [
    ("fivetran", "fivetran", False, ()),
    ("airbyte", "airbyte", True, (*MODELS, "fct_lifecycle_transitions")),
    ("api", "bulk", True, (*MODELS, "fct_lifecycle_transitions")),
]


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: shape[0])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    of_hubspot, of_marketo, are_users_contacts, models = request.param
    company = company_of(tmp_path_factory.mktemp(of_hubspot), are_users_contacts=are_users_contacts)
    hubspot().write(company.landing_dir, of_hubspot)
    marketo().write(company.landing_dir, of_marketo)
    if of_hubspot == "fivetran":
        for name, content in MORE_TABLES.items():
            (company.landing_dir / name).write_text(content)
    publisher = Publisher(company, models=models)
    publisher.publish_file()
    before = _seen(company, publisher)
    done = erase(company, "hubspot:contact:51", KIM)
    after = _seen(company, publisher)
    # Every record comes once more, in files that differ.
    company.turn_over()
    for file in [*(company.landing_dir / "hubspot").iterdir(), *(company.landing_dir / "marketo").iterdir()]:
        lines = file.read_text().splitlines(keepends=True)
        first = 1 if file.suffix == ".csv" else 0
        file.write_text("".join([*lines[:first], *reversed(lines[first:])]))
    publisher.publish_file()
    return Told(Warehouse(publisher.build_file), are_users_contacts, before, done, after, _seen(company, publisher))


def _seen(company: Company, publisher: Publisher) -> Seen:
    build = Warehouse(publisher.build_file)
    _without_staging(build.file)
    users = build.rows("select distinct user_id from raw_segment.identifies where user_id is not null")
    return Seen(
        figures(build), _others(build), _keys(build), {user for (user,) in users}, where(company, *THEIRS),
        _standing(build, *THEIR_NUMBERS), _numbers_of_people(build),
    )  # fmt: skip


def _without_staging(file: Path) -> None:
    """In a night staging is views, which hold nothing; tests build them as tables."""
    with connected(file) as connection:
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'staging'"
        ).fetchall():
            connection.execute(f"drop table staging.{table}")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, list[str]]]:
    return connection.execute(
        "select schema_name, table_name, list(column_name) from duckdb_columns() where not internal "
        "and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables()) group by all"
    ).fetchall()


def _standing(build: Warehouse, *values: str) -> list[str]:
    """The columns of all tables in which one of the values stands, within whatever text."""
    found = []
    with connected(build.file, read_only=True) as connection:
        for schema, table, columns in _tables(connection):
            holds = [
                f"bool_or(regexp_matches(cast({identifier(column)} as varchar), '{'|'.join(values)}'))"
                for column in columns
            ]
            query = f"select {', '.join(holds)} from {identifier(schema)}.{identifier(table)}"
            row = connection.execute(query).fetchone() or ()
            found += [f"{schema}.{table}.{column}" for column, is_held in zip(columns, row, strict=True) if is_held]
    return found


def _numbers_of_people(build: Warehouse) -> list[str]:
    """The columns that name people by numbers in which 51 stands."""
    found = []
    with connected(build.file, read_only=True) as connection:
        for schema, table, columns in _tables(connection):
            for place in numbers.places(schema, table, columns):
                if place.system in (numbers.HUBSPOT, numbers.MARKETO) and schema != "audit":
                    query = (
                        f"select count(*) from {schema}.{table} as t "
                        f"where {numbers.has_number(f't.{place.column}', ['51'])} and {place.condition or 'true'}"
                    )
                    if connection.execute(query).fetchall() != [(0,)]:
                        found.append(f"{schema}.{table}.{place.column}")
    return found


def _others(build: Warehouse) -> dict[str, set[tuple[Any, ...]]]:
    """The rows of raw that name none of the two."""
    names = "(?i)hers|jane|kim|doe|poe|00Q5g000001aBcD|9000000|(^|[^0-9])51($|[^0-9])"
    found = {}
    with connected(build.file, read_only=True) as connection:
        for schema, table, columns in _tables(connection):
            if schema.startswith("raw_"):
                texts = ", ".join(f"cast({identifier(column)} as varchar)" for column in columns)
                rows = connection.execute(
                    f"select {texts} from {schema}.{table} where not regexp_matches(concat_ws('|', {texts}), '{names}')"
                ).fetchall()
                found[f"{schema}.{table}"] = set(rows)
    return found


def _keys(build: Warehouse) -> list[tuple[Any, ...]]:
    """The ids of people, touches and entries of stages."""
    return build.rows(
        "select person_id from marts.dim_person union all select touchpoint_id from marts.fct_touchpoints union all "
        "select source_record_id from marts.fct_lifecycle_transitions order by all"
    )


def test_nothing_of_them_is_left_and_no_figure_moves(told: Told) -> None:
    assert len(told.before.standing) > 20
    assert (told.done.people, told.done.traces, told.after.standing) == (2, (), [])
    assert told.after.figures == told.before.figures


def test_every_column_of_ids_of_people_is_known(told: Told) -> None:
    assert len(told.before.numbered) > 20 and len(told.before.named) > 10
    if not told.are_users_contacts:
        assert {
            "raw_hubspot.contacts.identity_profiles",
            "raw_hubspot.contact_merges.vid_to_merge",
            "raw_hubspot.associations.to_id",
            "raw_hubspot.property_history.object_id",
            "raw_hubspot.list_members.contact_id",
            "raw_marketo.program_membership.leadId",
        } <= set(told.before.numbered)
    assert (told.after.numbered, told.after.named) == ([], [])


def test_rows_of_others_stay_as_they_were(told: Told) -> None:
    assert sum(map(len, told.before.others.values())) > 10
    for table, rows in told.before.others.items():
        assert rows <= told.after.others[table], table


def test_what_else_is_called_51_stays(told: Told) -> None:
    for table in ("hubspot.deals", "hubspot.companies", "hubspot.engagement_calls", "marketo.programs"):
        assert told.build.value(f"select count(*) from raw_{table} where id = '51'") == 1, table
    assert ("51" in told.later.site_users) == (not told.are_users_contacts)


def test_who_is_delivered_again_stays_forgotten_and_every_figure_stands(told: Told) -> None:
    assert (told.later.standing, told.later.numbered, told.later.named) == ([], [], [])
    assert told.later.figures == told.before.figures


def test_the_next_night_makes_the_same_keys(told: Told) -> None:
    assert told.later.keys == told.after.keys
