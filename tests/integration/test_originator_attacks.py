"""Everything that makes a CRM forget who created a lead, tried on two nights of the real job: nothing gets through.

Each attack has an account, a person and a deal of its own in one company. The first line of its test says who the
originator is, and why. `first_night` is what the CRM held at the end of June, `second_night` what July did to it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dagster_project.settings import SAMPLE_LANDING_DIR
from tests.company import SHIPPED_REFERENCE_DIR, Company, Folders
from tests.runs import Night, Warehouse, build_marts, run_nightly

pytestmark = pytest.mark.slow

FIRST_NIGHT, SECOND_NIGHT = "2024-06-30", "2024-07-31"


def origin(team: str, user: str, source: str | None, matched_by: str, status: str) -> dict[str, Any]:
    return {
        "originator_team": team,
        "originator_user_id": user,
        "originator_source": source,
        "originator_matched_by": matched_by,
        "origin_status": status,
    }


@dataclass(frozen=True)
class Deal:
    """The records of one attack, all named for it."""

    company: Company
    name: str

    @property
    def domain(self) -> str:
        return f"{self.name.replace('_', '-')}.example"

    def account(self) -> Deal:
        self.company.account(f"{self.name}_account", created="2024-02-01", Website=self.domain)
        return self

    def lead(self, by: str = "marketer", source: str | None = "Webinar", *, key: str = "lead", **fields: Any) -> Deal:
        given = {"created": "2024-01-10", "email": f"ann@{self.domain}", **fields}
        self.company.lead(f"{self.name}_{key}", created_by=by, source=source, **given)
        return self

    def contact(self, *, key: str = "contact", **fields: Any) -> Deal:
        given = {"account": f"{self.name}_account", "created": "2024-02-01", "created_by": "rep", **fields}
        given.setdefault("email", f"ann@{self.domain}")
        self.company.contact(f"{self.name}_{key}", **given)
        return self

    def deal(self, *, key: str = "deal", source: str | None = "Webinar", **fields: Any) -> Deal:
        given = {"account": f"{self.name}_account", "created": "2024-02-01 10:00", "amount": "100.00", **fields}
        if not {"won", "lost", "close"} & set(fields):
            given["won"] = "2024-03-01"
        self.company.opportunity(f"{self.name}_{key}", created_by="rep", source=source, **given)
        return self

    def converted(self, *, lead: str = "lead", deal: str | None = "deal", contact: str = "contact") -> Deal:
        self.company.convert(
            f"{self.name}_{lead}",
            account=f"{self.name}_account",
            contact=f"{self.name}_{contact}",
            opportunity=deal and f"{self.name}_{deal}",
            at="2024-02-01",
        )
        return self

    def change(self, salesforce_object: str, key: str, **fields: Any) -> Deal:
        self.company.change(salesforce_object, f"{self.name}_{key}", **fields)
        return self

    def usual(self, **lead: Any) -> Deal:
        """Marketing's lead, converted by a rep into a won deal whose source says the same."""
        source = lead.get("source", "Webinar")
        return self.account().lead(**lead).contact().deal(source=source).converted()


def first_night(company: Company) -> None:
    for user, department in [
        ("marketer", "Marketing"),
        ("moved_marketer", "Marketing"),
        ("listed_marketer", "Marketing"),
        ("landing-page-form", "Integration"),
        ("sync", "Integration"),
        ("rep", "Sales"),
        ("other_rep", "Sales"),
    ]:
        company.user(user, department=department)

    def on(name: str) -> Deal:
        return Deal(company, name)

    on("source_blanked").usual().change("Opportunity", "deal", LeadSource=None)
    on("source_changed").usual(source="Sales Call").change("Opportunity", "deal", LeadSource="Sales Call")
    company.lead_change("source_changed_lead", "LeadSource", at="2024-01-31", old="Webinar", new="Sales Call", by="rep")
    on("source_changed_untracked").usual()
    on("owners_changed").usual()
    on("creator_moved").usual(by="moved_marketer")
    on("creator_listed").usual(by="listed_marketer")
    for order in ("into_marketings", "into_sales"):
        on(f"merged_{order}").usual().lead(
            "rep", "Sales Call", key="second", created="2024-01-20", email=f"{order}@private.example"
        )
        merged = on(f"merged_before_{order}").account().contact().deal().lead()
        merged.lead("rep", "Sales Call", key="second", created="2024-01-20", email=f"before_{order}@private.example")
        loser, survivor = ("second", "lead") if order == "into_marketings" else ("lead", "second")
        merged.change("Lead", loser, MasterRecordId=f"{merged.name}_{survivor}", IsDeleted=True)
        merged.converted(lead=survivor)
    on("duplicate_lead").account().lead().contact(email="ANN@duplicate-lead.example").deal(source="Sales Call")
    on("duplicate_lead").lead(
        "rep", "Sales Call", key="second", created="2024-01-30", email="Ann@Duplicate-Lead.example"
    ).converted(lead="second")
    on("duplicate_contact").account().lead(email="ann@private.example").contact(email="Ann@Private.example")
    on("duplicate_contact").deal(source=None)
    company.contact_role("duplicate_contact_deal", "duplicate_contact_contact", created="2024-02-01")
    on("straight_on_the_account").account().lead(created="2024-01-31").deal(source=None)
    on("role_never").account().lead().deal(source=None)
    on("role_late").account().lead().deal(source=None)
    on("older_contacts").account().contact(created="2020-01-01", email="old@older-contacts.example", source="Cold Call")
    on("reopened").usual().change("Opportunity", "deal", IsWon=False, StageName="Closed Lost")
    on("cloned").usual()
    on("lead_deleted").usual()
    on("email_changed").usual()
    on("form_user").usual(by="landing-page-form", source="Web")
    on("sync_user").usual(by="sync", source="List")
    on("company_left").account().contact(created="2024-01-10", created_by="marketer", source="Webinar")
    on("company_left").deal(source=None)
    on("company_joined").account().lead(created="2024-01-15", source="Event").deal(source=None)
    on("renewed").usual(created="2022-01-10")
    company.change("Opportunity", "renewed_deal", CreatedDate="2022-02-01T10:00:00.000+0000", CloseDate="2022-03-01")
    on("renewed").deal(key="renewal", kind="Renewal", created="2024-02-20", source="Sales Call")
    on("renewed").contact(key="second", created="2024-02-10", email="bob@renewed.example", source="Sales Call")
    company.contact_role("renewed_renewal", "renewed_second", primary=True, created="2024-02-20")
    on("moved_deal").usual()
    on("later_duplicate").account().lead().deal(source=None)
    on("merge_reveals").account().lead().contact(email=None).deal(source="Sales Call")
    on("merge_reveals").lead(
        "rep", "Sales Call", key="second", created="2024-01-20", email="ann@private-too.example", company=None
    ).converted(lead="second")
    on("late_lead").usual(by="rep", source="Sales Call", created="2024-01-20")
    on("late_history").usual(source="Sales Call")
    on("nobody_yet").account().deal(source=None)
    on("ann_elsewhere").account().lead().contact()
    on("team_unknown").usual(by="newcomer")


def second_night(company: Company) -> None:
    def on(name: str) -> Deal:
        return Deal(company, name)

    on("source_blanked").change("Lead", "lead", LeadSource=None).change("Contact", "contact", LeadSource=None)
    on("source_changed_untracked").change("Lead", "lead", LeadSource="Sales Call")
    on("source_changed_untracked").change("Opportunity", "deal", LeadSource="Sales Call")
    company.opportunity_change(
        "source_changed_untracked_deal", "LeadSource", at="2024-07-05 09:30", old="Webinar", new="Sales Call", by="rep"
    )
    for salesforce_object, key in [("Lead", "lead"), ("Contact", "contact"), ("Opportunity", "deal")]:
        on("owners_changed").change(salesforce_object, key, OwnerId="other_rep")
    on("owners_changed").change("Account", "account", OwnerId="other_rep")
    company.change("User", "moved_marketer", Department="Sales")
    company.first_reference_row("teams", match_field="id", match_value="listed_marketer", team="sales")
    company.first_reference_row("teams", match_field="id", match_value="newcomer", team="marketing")
    for order, loser, survivor in [("into_marketings", "second", "lead"), ("into_sales", "lead", "second")]:
        on(f"merged_{order}").change("Lead", loser, MasterRecordId=f"merged_{order}_{survivor}", IsDeleted=True)
    company.contact_role("role_late_deal", "older_contacts_contact", primary=True, created="2024-07-10")
    on("reopened").change("Opportunity", "deal", IsClosed=False, StageName="Proposal", CloseDate="2024-12-31")
    on("cloned").deal(key="clone", created="2024-07-15", close="2024-12-31")
    company.delete("Lead", "lead_deleted_lead")
    company.delete("Contact", "lead_deleted_contact")
    on("email_changed").change("Lead", "lead", Email="nobody@elsewhere.example", Company="Elsewhere")
    on("company_left").change("Contact", "contact", AccountId="company_joined_account")
    on("company_left").change("Contact", "contact", Email="moved.ann@company-joined.example")
    on("renewed").change("Opportunity", "deal", CloseDate="2024-06-01", Type="Renewal")
    company.delete("Opportunity", "renewed_deal")
    on("moved_deal").change("Opportunity", "deal", AccountId="older_contacts_account", Type="Renewal")
    on("later_duplicate").contact(email="other@private.example", created="2024-07-01")
    on("later_duplicate").lead(
        "rep", "Sales Call", key="second", created="2024-07-01", email="other@private.example"
    ).converted(lead="second")
    on("merge_reveals").change("Lead", "second", MasterRecordId="merge_reveals_lead", IsDeleted=True)
    on("late_lead").lead(key="first", created="2024-01-05", email="ANN@late-lead.example")
    company.lead_change("late_history_lead", "LeadSource", at="2024-01-31", old="Webinar", new="Sales Call", by="rep")
    company.contact_role("nobody_yet_deal", "ann_elsewhere_contact", created="2024-07-10")


@dataclass(frozen=True)
class Nights:
    """What the two nights published, and the build file after the second."""

    first: dict[str, dict[str, Any]]
    second: dict[str, dict[str, Any]]
    night: Night
    company: Company

    def assert_origin(self, deal: str, *expected: dict[str, Any]) -> None:
        """The deal's origin on the first night and on the second; given once, it is the same on both."""
        for found, wanted in zip((self.first, self.second), expected * (3 - len(expected)), strict=True):
            assert {column: found[deal][column] for column in wanted} == wanted


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    company = Company(tmp_path_factory.mktemp("attacks"))
    deals = "select * from marts.fct_opportunities order by opportunity_id"
    first_night(company)
    night = run_nightly(company.deliver("2024-06-30"), FIRST_NIGHT)
    assert night.success, night.failure
    first = {row["opportunity_id"]: row for row in night.records(deals)}
    second_night(company)
    night = run_nightly(company.deliver("2024-07-31"), SECOND_NIGHT)
    assert night.success, night.failure
    return Nights(first, {row["opportunity_id"]: row for row in night.records(deals)}, night, company)


def test_blanking_the_source_at_conversion(nights: Nights) -> None:
    """Marketing's webinar: the lead said so when it was first seen, and a blank says nothing."""
    nights.assert_origin("source_blanked_deal", origin("marketing", "marketer", "Webinar", "converted_lead", "lost"))


def test_changing_the_source_at_conversion(nights: Nights) -> None:
    """Marketing's webinar: the history's oldest old value is what stood there at creation."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "overwritten")
    nights.assert_origin("source_changed_deal", expected)
    conflict = conflict_of(nights, "source_changed_deal")
    assert conflict["crm_lead_source"] == "Sales Call"
    assert (conflict["overwritten_by_user_id"], conflict["overwritten_at"]) == ("rep", datetime(2024, 1, 31))
    assert conflict["overwritten_evidence"] == "lead_history"


def test_changing_the_source_later_without_a_history_of_the_lead(nights: Nights) -> None:
    """Marketing's webinar: it was seen on the first night, before anyone touched it."""
    before = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin("source_changed_untracked_deal", before, before | {"origin_status": "overwritten"})
    conflict = conflict_of(nights, "source_changed_untracked_deal")
    assert (conflict["overwritten_by_user_id"], conflict["overwritten_by_team"]) == ("rep", "sales")
    assert conflict["overwritten_at"] == datetime(2024, 7, 5, 9, 30)
    assert conflict["overwritten_source"] == "Webinar"


def test_changing_owners(nights: Nights) -> None:
    """Marketing: whoever created the lead; owners come and go."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin("owners_changed_deal", expected)
    assert nights.second["owners_changed_deal"]["owner_user_id"] == "other_rep"


def test_moving_the_creator_to_another_team(nights: Nights) -> None:
    """Marketing: the team the creator was in when the lead was first seen, in the CRM or in the reference table."""
    for name, user in [("creator_moved", "moved_marketer"), ("creator_listed", "listed_marketer")]:
        expected = origin("marketing", user, "Webinar", "converted_lead", "preserved")
        nights.assert_origin(f"{name}_deal", expected)
    moved = nights.night.rows("select user_id from marts.dim_user where team = 'sales' and user_id like '%marketer'")
    assert sorted(user for (user,) in moved) == ["listed_marketer", "moved_marketer"]


@pytest.mark.parametrize("order", ["into_marketings", "into_sales"])
@pytest.mark.parametrize("when", ["merged", "merged_before"])
def test_merging_two_leads_with_different_sources(nights: Nights, order: str, when: str) -> None:
    """Marketing: its lead came first, whichever of the two survives the merge, and whenever they were merged."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin(f"{when}_{order}_deal", expected)


def test_converting_a_duplicate_lead(nights: Nights) -> None:
    """Marketing: the rep's duplicate has the same address, so it is the same human, whom marketing created first."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "overwritten")
    nights.assert_origin("duplicate_lead_deal", expected)


def test_selling_to_a_duplicate_contact(nights: Nights) -> None:
    """Marketing: the rep's contact has the address of marketing's lead, though nothing was ever converted."""
    nights.assert_origin("duplicate_contact_deal", origin("marketing", "marketer", "Webinar", "contact_role", "lost"))


def test_creating_the_deal_straight_on_the_account_a_day_after_a_form_fill(nights: Nights) -> None:
    """Marketing: the lead's address belongs to the account, and nobody of the account was created before."""
    nights.assert_origin("straight_on_the_account_deal", origin("marketing", "marketer", "Webinar", "account", "lost"))


def test_adding_a_contact_role_late_or_never(nights: Nights) -> None:
    """Marketing: established by the account; a role given later to an old contact of sales' rewrites nothing."""
    for name in ("role_never", "role_late"):
        nights.assert_origin(f"{name}_deal", origin("marketing", "marketer", "Webinar", "account", "lost"))


def test_reopening_a_lost_deal(nights: Nights) -> None:
    """Marketing: the deal is the same, lost or open."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin("reopened_deal", expected)
    assert [found["reopened_deal"]["outcome"] for found in (nights.first, nights.second)] == ["lost", "open"]


def test_cloning_a_deal(nights: Nights) -> None:
    """Marketing: the clone has no lead, but the account's earliest person is the one of the original."""
    assert "cloned_clone" not in nights.first
    clone = nights.second["cloned_clone"]
    expected = origin("marketing", "marketer", "Webinar", "account", "preserved")
    assert {column: clone[column] for column in expected} == expected
    nights.assert_origin("cloned_deal", origin("marketing", "marketer", "Webinar", "converted_lead", "preserved"))


def test_deleting_the_lead_after_conversion(nights: Nights) -> None:
    """Marketing: a deleted lead still proves who came first."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin("lead_deleted_deal", expected)


def test_changing_the_leads_address_and_company(nights: Nights) -> None:
    """Marketing: the record that was established is the lead itself, whatever it is called now."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin("email_changed_deal", expected)


def test_records_of_an_integration_user(nights: Nights) -> None:
    """Whatever team the reference gives the integration: the form's leads are marketing's, the sync's the system's."""
    expected = origin("marketing", "landing-page-form", "Web", "converted_lead", "preserved")
    nights.assert_origin("form_user_deal", expected)
    nights.assert_origin("sync_user_deal", origin("system", "sync", "List", "converted_lead", "preserved"))


def test_a_person_who_changes_company(nights: Nights) -> None:
    """Each company's deal keeps its own person: Ann for the one she left, whoever was there first for the other."""
    nights.assert_origin("company_left_deal", origin("marketing", "marketer", "Webinar", "account", "lost"))
    nights.assert_origin("company_joined_deal", origin("marketing", "marketer", "Event", "account", "lost"))
    people = {deal: row["originator_person_id"] for deal, row in nights.second.items()}
    assert people["company_left_deal"] != people["company_joined_deal"]


def test_a_renewal_two_years_later_by_another_contact(nights: Nights) -> None:
    """Marketing, inherited from the account's first won deal, even when that one is re-dated and deleted afterwards."""
    expected = origin("marketing", "marketer", "Webinar", "inherited", "overwritten")
    nights.assert_origin("renewed_renewal", expected | {"inherited_from_opportunity_id": "renewed_deal"})


def test_moving_the_deal_to_another_account_and_type(nights: Nights) -> None:
    """Marketing: established by the converted lead; where the deal lies now is not where it came from."""
    expected = origin("marketing", "marketer", "Webinar", "converted_lead", "preserved")
    nights.assert_origin("moved_deal_deal", expected)


def test_converting_a_later_lead_into_an_existing_deal(nights: Nights) -> None:
    """Marketing: established by the account before the rep created somebody to convert."""
    nights.assert_origin("later_duplicate_deal", origin("marketing", "marketer", "Webinar", "account", "lost"))


def test_a_merge_that_reveals_an_earlier_record(nights: Nights) -> None:
    """Sales until the merge showed that marketing had created the same human ten days before: earlier, so marketing."""
    nights.assert_origin(
        "merge_reveals_deal",
        origin("sales", "rep", "Sales Call", "converted_lead", "preserved"),
        origin("marketing", "marketer", "Webinar", "converted_lead", "overwritten"),
    )


def test_an_earlier_lead_delivered_late(nights: Nights) -> None:
    """Sales until marketing's earlier lead of the same address arrived."""
    nights.assert_origin(
        "late_lead_deal",
        origin("sales", "rep", "Sales Call", "converted_lead", "preserved"),
        origin("marketing", "marketer", "Webinar", "converted_lead", "overwritten"),
    )


def test_a_history_delivered_late(nights: Nights) -> None:
    """Marketing's webinar, once the history of a change from before the first night has arrived."""
    nights.assert_origin(
        "late_history_deal",
        origin("marketing", "marketer", "Sales Call", "converted_lead", "preserved"),
        origin("marketing", "marketer", "Webinar", "converted_lead", "overwritten"),
    )


def test_a_deal_without_anybody_until_a_role_names_one_from_before_it(nights: Nights) -> None:
    """The rep who entered it, until a person from before the deal is found: then whoever created that person."""
    nights.assert_origin(
        "nobody_yet_deal",
        origin("sales", "rep", None, "created_by", "no_lead"),
        origin("marketing", "marketer", "Webinar", "contact_role", "lost"),
    )


def test_a_creator_without_a_team(nights: Nights) -> None:
    """Nobody's until the reference gives the creator a first team."""
    nights.assert_origin(
        "team_unknown_deal",
        origin("unmapped", "newcomer", "Webinar", "converted_lead", "preserved"),
        origin("marketing", "newcomer", "Webinar", "converted_lead", "preserved"),
    )


def test_every_replacement_is_logged_with_its_cause_and_nothing_else_is(nights: Nights) -> None:
    log = nights.night.build.rows(
        "select opportunity_id, cause, previous_team, new_team, cast(changed_at as date)::varchar"
        " from intermediate.int_identity__originator_changes order by 1"
    )
    assert log == [
        ("late_history_deal", "source_history", "marketing", "marketing", SECOND_NIGHT),
        ("late_lead_deal", "earlier_record", "sales", "marketing", SECOND_NIGHT),
        ("merge_reveals_deal", "earlier_record", "sales", "marketing", SECOND_NIGHT),
        ("nobody_yet_deal", "person_before_the_deal", "sales", "marketing", SECOND_NIGHT),
        ("team_unknown_deal", "team_mapped", "unmapped", "marketing", SECOND_NIGHT),
    ]


def test_the_conflicts_are_what_the_crm_forgot_in_order_of_money(nights: Nights) -> None:
    conflicts = nights.night.records("select * from marts.rpt_origin_conflicts order by money_rank")
    assert {row["opportunity_id"] for row in conflicts} == {
        deal for deal, row in nights.second.items() if row["origin_status"] in ("overwritten", "lost")
    }
    amounts = [row["amount"] for row in conflicts]
    assert amounts == sorted(amounts, reverse=True)
    assert [row["money_rank"] for row in conflicts] == list(range(1, len(conflicts) + 1))


def test_the_second_night_again_changes_nothing(nights: Nights, tmp_path: Path) -> None:
    shutil.copytree(nights.company.warehouse_dir, tmp_path / "warehouse")
    folders = Folders(nights.company.landing_dir, nights.company.reference_dir, tmp_path / "warehouse")
    again = build_marts(folders, SECOND_NIGHT, later_night=True)
    for table in ("marts.fct_opportunities", "marts.dim_person", "intermediate.int_identity__originator_memory"):
        everything = f"from {table} order by all"
        assert again.rows(everything) == nights.night.build.rows(everything), table


def test_a_run_for_a_past_date_neither_knows_nor_changes_what_was_established_later(company: Company) -> None:
    """In July the source was Webinar; a run for June knows only the edited one, and August's isn't misled by it."""
    company.user("marketer", department="Marketing")
    Deal(company, "deal").usual()
    assert source_of(build_marts(company, "2024-07-31")) == "Webinar"
    Deal(company, "deal").change("Lead", "lead", LeadSource="Sales Call")
    company.write()
    assert source_of(build_marts(company, "2024-06-30", later_night=True)) == "Sales Call"
    assert source_of(build_marts(company, "2024-08-31", later_night=True)) == "Webinar"


def test_the_demo_leaves_nothing_in_a_companys_marts(company: Company) -> None:
    """Nobody reads what the sample left in the build file; the company's own memory survives a night on the sample."""
    company.user("marketer", department="Marketing")
    Deal(company, "deal").usual()
    fresh = build_marts(company, "2026-07-01").rows("from marts.fct_opportunities")
    Deal(company, "deal").change("Lead", "lead", LeadSource="Sales Call")
    company.write()
    sample = Folders(SAMPLE_LANDING_DIR, SHIPPED_REFERENCE_DIR, company.warehouse_dir)
    assert build_marts(sample, "2026-07-01", later_night=True).value("select count(*) from marts.fct_opportunities") > 9
    back = build_marts(company, "2026-07-01", later_night=True)
    assert back.rows("from marts.fct_opportunities") == fresh
    assert back.value("select count(*) from intermediate.int_identity__originator_changes") == 0


def conflict_of(nights: Nights, deal: str) -> dict[str, Any]:
    (row,) = nights.night.records(f"select * from marts.rpt_origin_conflicts where opportunity_id = '{deal}'")
    return row


def source_of(warehouse: Warehouse) -> str:
    return warehouse.value("select originator_source from marts.fct_opportunities")
