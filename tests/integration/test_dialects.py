"""One company, many dialects: whichever systems tell of it, revenue, originators, touches and credit are the same.

What a system can't tell is listed here, with who or what it is by the generated world; nothing else may differ.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from seeds.generator import Company as Generated
from seeds.generator import CompanyPlan, generate, write
from seeds.generator.dialects import (
    write_hubspot_ga4,
    write_salesforce_marketo_snowplow,
    write_salesforce_snowplow,
)
from seeds.generator.dialects.hubspot_company import REJECTED, Account
from tests.company import Company
from tests.dialects import MODELS, Answer, answers
from tests.profiles import deep_but
from tests.runs import Warehouse, build_marts

# Sixty leads over a year, with what happens to most companies; records that were merged, deleted or typed twice are
# cases of their own elsewhere.
PLAN = CompanyPlan(
    name="Dialect",
    domain="dialect.example",
    seed=3,
    first_month="2024-01",
    months=12,
    leads=60,
    accounts=14,
    opportunities=20,
    page_views=900,
    cases=("bots", "internal_visits", "moved_creators", "pushed_deals", "reopened_deals", "session_splits"),
    bought_traffic_months=(),
    padded_sql_months=(),
)
REASON_CLASSES = {
    "Rejected - No Process": "procedural",
    "Rejected - Bad Data": "clerical",
    "Rejected - Not ICP": "definitional",
    "Rejected - Bad Timing": "timing",
}


@dataclass(frozen=True)
class Told:
    """What one dialect's warehouse answers."""

    built: Warehouse
    answers: dict[str, Answer]


@pytest.fixture(scope="module")
def world() -> Generated:
    return generate(PLAN)


@pytest.fixture(scope="module")
def salesforce(world: Generated, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Salesforce and Segment, without the one object that no other CRM has a word for."""
    company = Company(tmp_path_factory.mktemp("salesforce"))
    write(world, company.landing_dir)
    _without_members(company)
    company.is_delivered = True
    built = build_marts(company, PLAN.as_of, only=MODELS)
    return Told(built, answers(built))


def _without_members(company: Company) -> None:
    (members,) = (company.landing_dir / "salesforce").glob("CampaignMember*")
    members.unlink()


def hubspot(world: Generated, folder: Path, spelling: str, *, as_parquet: bool = False) -> tuple[Told, Account]:
    company = Company(folder)
    account = write_hubspot_ga4(world, company.landing_dir, spelling=spelling, as_parquet=as_parquet)
    # The account's own values of HubSpot's properties, as an implementer adds them.
    _append(
        company.reference_dir / "lifecycle_statuses.csv",
        [("hubspot", value, "rejected", REASON_CLASSES[name]) for name, value in REJECTED.items()],
    )
    _append(
        company.reference_dir / "opportunity_types.csv",
        [("hubspot", "upsell", "upsell"), ("hubspot", "renewal", "renewal")],
    )
    company.is_delivered = True
    built = build_marts(company, PLAN.as_of, only=MODELS)
    return Told(built, answers(built, account)), account


def _append(file: Path, rows: list[tuple[str, ...]]) -> None:
    with file.open("a", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


# The tables of HubSpot that a loader doesn't bring and that an answer suffers from.
SALES = ("engagement_calls", "engagement_meetings")
LACKS = {
    "fivetran": (),
    "airbyte": ("teams", "users"),
    "api": ("teams", "users"),
    "dlt": (*SALES, "form_submissions", "marketing_campaigns", "teams", "users"),
}

# What no export of HubSpot's holds: campaign members are left out of Salesforce's side, one difference is allowed for
# below, and finance brings the rates.
NEVER = ("campaign_members", "contact_role_dates", "exchange_rates", "lead_records")


@pytest.mark.parametrize("spelling", deep_but(1, ["fivetran", "airbyte", "api", "dlt"]))
def test_hubspot_and_ga4_tell_what_salesforce_and_segment_tell(
    world: Generated, salesforce: Told, tmp_path: Path, spelling: str
) -> None:
    told, account = hubspot(world, tmp_path, spelling, as_parquet=spelling == "airbyte")
    lacking = LACKS[spelling]
    expected, found = dict(salesforce.answers), dict(told.answers)
    if set(SALES) <= set(lacking):
        expected["touches"] = [row for row in expected["touches"] if row[3] not in ("call", "meeting")]
        expected["touches per person"] = [
            row for row in expected["touches per person"] if row[1] not in ("call", "meeting")
        ]
        # Credit is shared over the touches that are known: without those of sales it can't be the same.
        for question in ("credit", "credit per opportunity and model", "credit by channel", "content"):
            del expected[question], found[question]
    if "marketing_campaigns" in lacking:
        expected["spend"] = [row for row in expected["spend"] if row[0] != "crm"]

    # A contact that a seller typed in is a lead as well in HubSpot: with its first deal it is qualified.
    by_hand = {
        account.contacts[contact.id]
        for contact in world.world.contacts
        if contact.from_lead is None and not contact.human.leads
    }
    more = set(found["qualified leads"]) - set(expected["qualified leads"])
    assert {row[1] for row in more} <= {"sql"}
    assert {row[0] for row in more} <= {identity(told.built, contact) for contact in by_hand}
    found["qualified leads"] = [row for row in found["qualified leads"] if row not in more]

    differing = {question for question in expected if expected[question] != found[question]}
    assert differing == set(), [first_difference(expected[q], found[q]) for q in sorted(differing)]
    told_of = dict(
        told.built.rows(
            "select object_name, consequence from marts.rpt_source_coverage"
            " where source_system = 'hubspot' and not is_delivered"
        )
    )
    assert [name for name in (*lacking, *NEVER) if not told_of.get(name)] == []


def test_snowplow_tells_what_segment_tells(world: Generated, salesforce: Told, tmp_path: Path) -> None:
    company = Company(tmp_path)
    write_salesforce_snowplow(world, company.landing_dir)
    _without_members(company)
    company.is_delivered = True
    found = answers(build_marts(company, PLAN.as_of, only=MODELS))
    expected = salesforce.answers
    differing = {question for question in expected if expected[question] != found[question]}
    assert differing == set(), [first_difference(expected[q], found[q]) for q in sorted(differing)]


@pytest.mark.deep
@pytest.mark.parametrize("spelling", ["fivetran", "airbyte"])
def test_marketo_beside_them_counts_nobody_and_nothing_twice(world: Generated, tmp_path: Path, spelling: str) -> None:
    """Salesforce and Snowplow, alone and with Marketo, which tells of their leads, forms and responses again."""
    told = {}
    for name, write_company in (
        ("alone", write_salesforce_snowplow),
        ("beside", partial(write_salesforce_marketo_snowplow, spelling=spelling)),
    ):
        company = Company(tmp_path / name)
        write_company(world, company.landing_dir)
        company.is_delivered = True
        built = build_marts(company, PLAN.as_of, only=MODELS)
        told[name] = {question: _with_days(question, answer) for question, answer in answers(built).items()}
    assert built.value("select count(*) from marts.fct_touchpoints where source_system = 'marketo'") > 0
    differing = {question for question, expected in told["alone"].items() if expected != told["beside"][question]}
    assert differing == set(), [
        (question, *first_difference(told["alone"][question], told["beside"][question]))
        for question in sorted(differing)
    ]


def _with_days(question: str, answer: Answer) -> Answer:
    """Of a response Salesforce knows the day and Marketo the moment, by which time_decay weighs it."""
    if question in ("credit", "credit by channel"):
        answer = [row for row in answer if row[1] != "time_decay"]
    place = {"touches": 2, "credit": 3}.get(question)
    if place is None:
        return answer
    return sorted(
        (
            (*row[:place], row[place] and row[place].date(), *row[place + 1 :])
            if row[place + 1] == "campaign_response"
            else row
            for row in answer
        ),
        key=lambda row: tuple((cell is None, str(cell)) for cell in row),
    )


def identity(built: Warehouse, contact: str) -> str:
    """What stands for a contact's person in the answers."""
    return built.value(
        "select min(all_of.identifier) from marts.dim_person_identifier as known"
        " inner join marts.dim_person_identifier as all_of using (person_id)"
        f" where known.identifier = 'hubspot:contact:{contact}' and all_of.identifier_type = 'email'"
    )


def first_difference(expected: Answer, found: Answer) -> tuple[list, list]:
    return [row for row in expected if row not in found][:3], [row for row in found if row not in expected][:3]
