"""The sample generator: same plan, same bytes; exports that hold together; a truth that the exports bear out.

What the pipeline makes of a sample is tested elsewhere.
"""

from __future__ import annotations

import csv
import filecmp
import gzip
import io
import json
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from seeds.generator import CASES, CompanyPlan, generate, small_plan, write
from seeds.generator.dialects import write_hubspot_ga4, write_salesforce_snowplow
from seeds.generator.ids import checksum, salesforce_id

SAMPLE = Path(__file__).resolve().parents[2] / "seeds" / "sample"
Row = dict[str, str]

# A company large enough for every case (the brand needs 27 months), small enough for a unit test.
SMALL = replace(CompanyPlan(), seed=11, leads=700, accounts=90, opportunities=150, page_views=8_000, padded_sqls=24)


@pytest.fixture(scope="module")
def small():
    """A small company with every case."""
    return generate(SMALL)


@pytest.fixture(scope="module")
def landing(small, tmp_path_factory) -> Path:
    """Its landing folder."""
    out = tmp_path_factory.mktemp("landing") / "small"
    write(small, out)
    return out


def read(landing: Path, source: str, name: str) -> list[dict]:
    """All rows of an object, later deliveries superseding earlier ones by the first column."""
    folder = landing / source
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.name.partition(".")[0].replace("_", "").lower() == name.lower()
    ]
    files = [file for path in found for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    assert files, f"{source}/{name} was not delivered"
    rows: dict[str, dict] = {}
    for file in files:
        for row in rows_of(file):
            row = {key.replace("_", "").lower(): value for key, value in row.items()}
            key = row[next(iter(row))]
            kept = rows.get(key)
            if kept is None or str(row.get("systemmodstamp", "")) >= str(kept.get("systemmodstamp", "")):
                rows[key] = row
    return list(rows.values())


def rows_of(file: Path) -> list[dict]:
    """The rows of one file, whatever its format."""
    if file.name.endswith(".parquet"):
        return pyarrow.parquet.read_table(file).to_pylist()
    raw = file.read_bytes()
    text = (gzip.decompress(raw) if file.name.endswith(".gz") else raw).decode()
    if ".jsonl" in file.name:
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text)))


def truth(landing: Path, name: str) -> list[Row]:
    """A truth file's rows."""
    return rows_of(landing / "_truth" / f"{name}.csv")


# --- determinism -----------------------------------------------------------------------------------------------------


def same_files(left: Path, right: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    ours, theirs = files_of(left), files_of(right)
    return list(ours) == list(theirs) and all(filecmp.cmp(ours[name], theirs[name], shallow=False) for name in ours)


def test_the_same_plan_gives_the_same_bytes(landing, tmp_path):
    write(generate(SMALL), tmp_path / "again")
    assert same_files(landing, tmp_path / "again")


@pytest.mark.parametrize(
    ("dialect", "folders"),
    [
        (write_hubspot_ga4, {"hubspot", "ga4"}),
        (write_salesforce_snowplow, {"salesforce", "snowplow"}),
    ],
)
def test_another_dialect_gives_the_same_bytes_again_and_nothing_of_the_first(small, tmp_path, dialect, folders):
    dialect(small, tmp_path / "one")
    dialect(small, tmp_path / "two")
    assert same_files(tmp_path / "one", tmp_path / "two")
    systems = {path.name for path in (tmp_path / "one").iterdir()}
    assert systems & {"hubspot", "ga4", "salesforce", "segment", "snowplow"} == folders
    assert {"content", "finance", "google_ads", "planning", "_truth"} <= systems


def test_writing_again_replaces_what_was_there(small, landing, tmp_path):
    out = tmp_path / "out"
    write(generate(replace(SMALL, seed=12, months=5, bought_traffic_months=(), padded_sql_months=())), out)
    (out / "salesforce" / "Leftover.csv").write_text("Id\n")
    write(small, out)
    assert same_files(landing, out)


def test_a_folder_that_is_not_generated_is_left_alone(small, tmp_path):
    (tmp_path / "precious.txt").write_text("keep me")
    with pytest.raises(SystemExit, match="not a generated folder"):
        write(small, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "keep me"


def test_the_sample_in_the_repository_is_what_the_generator_writes(tmp_path):
    # Rows, not bytes: another build of the compression library packs the same rows differently.
    write(generate(CompanyPlan()), tmp_path / "sample")
    left, right = files_of(SAMPLE), files_of(tmp_path / "sample")
    assert list(left) == list(right)
    stale = [name for name in left if content_of(left[name]) != content_of(right[name])]
    assert not stale, "run: python -m seeds.generator --out seeds/sample"


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below a folder by its relative name, in order."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in found}


def content_of(path: Path) -> object:
    """What a file says, unpacked."""
    if path.name.endswith(".parquet"):
        return pyarrow.parquet.read_table(path)
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.name.endswith(".gz") else raw


# --- plans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cases": ("unheard_of",)}, "cases: unknown unheard_of"),
        ({"months": 2}, "months: 2 is too short"),
        ({"leads": 0}, "must be at least 1"),
        ({"opportunities": 5_000}, "opportunities: 5000 can't exceed leads"),
        ({"bought_traffic_months": ("2030-01",)}, "bought_traffic_months: 2030-01"),
        ({"bot_visit_months": ("2030-01",)}, "bot_visit_months: 2030-01"),
        ({"padded_open_months": ("2025-01",)}, "padded_open_months: nothing is opened without mails"),
    ],
)
def test_a_plan_that_cannot_be_met_is_refused(change, named):
    with pytest.raises(ValueError, match=named):
        replace(CompanyPlan(), **change)


def test_counts_are_near_the_plan(small):
    rows = {(source, name): made.num_rows for (source, name), made in small.tables.items()}
    assert rows["salesforce", "Lead"] == pytest.approx(SMALL.leads, rel=0.02)
    assert rows["salesforce", "Opportunity"] == pytest.approx(SMALL.opportunities, rel=0.08)
    assert rows["segment", "pages"] == pytest.approx(SMALL.page_views, rel=0.03)


@pytest.mark.parametrize("case", CASES)
def test_each_case_can_be_left_out(case):
    plan = replace(small_plan(3), leads=200, accounts=30, opportunities=40, page_views=1_500)
    plan = replace(plan, cases=tuple(one for one in CASES if one != case))
    assert generate(plan).tables["salesforce", "Lead"].num_rows > 0


@pytest.mark.parametrize(("bought", "padded"), [(False, False), (True, False), (False, True), (True, True)])
def test_small_companies_with_and_without_planted_months(bought, padded):
    company = generate(small_plan(5, bought_traffic=bought, padded_sqls=padded))
    assert bool(company.truth["bought_traffic"][1]) == bought
    assert bool(company.truth["padded_sqls"][1]) == padded


def test_hidden_bots_come_from_nowhere_as_new_browsers_and_tell_no_name():
    month = "2025-05"

    def seen_once(company):
        """Browsers that came on one day, of that month, without origin and name."""
        days, told = defaultdict(set), set()
        for row in company.tables["segment", "pages"].to_pylist():
            days[row["anonymous_id"]].add(f"{row['timestamp']:%Y-%m-%d}")
            if row["user_id"] or row["context_campaign_source"] or "bot" in row["context_user_agent"].lower():
                told.add(row["anonymous_id"])
        return sum(1 for one, on in days.items() if one not in told and len(on) == 1 and min(on)[:7] == month)

    padded = generate(replace(small_plan(5), bot_visit_months=(month,)))
    ((planted, natural, bots),) = padded.world.planted["hidden_bots"]
    assert (planted, bots) == (month, round(natural * 0.6))
    assert seen_once(padded) - seen_once(generate(small_plan(5))) == pytest.approx(bots, rel=0.15)


def test_machines_open_as_many_mails_as_people_and_click_none():
    month = "2025-05"
    plan = replace(small_plan(5), mails=True)
    as_ever, padded = generate(plan), generate(replace(plan, padded_open_months=(month,)))

    def events(company, name):
        rows = company.tables["segment", "tracks"].to_pylist()
        return Counter((row["user_id"], row["timestamp"]) for row in rows if row["event"] == name)

    added = events(padded, "email_opened") - events(as_ever, "email_opened")
    assert {moment[:7] for _, moment in added} == {month}
    assert sum(added.values()) == sum(people for _, people, _ in padded.world.planted["padded_opens"]) > 100
    assert events(padded, "email_clicked") == events(as_ever, "email_clicked")
    people = [row for name in ("Lead", "Contact") for row in padded.tables["salesforce", name].to_pylist()]
    assert {address for address, _ in added} <= {row["Email"].lower() for row in people}


def test_a_hundred_thousand_page_views_take_seconds():
    begin = time.perf_counter()
    company = generate(replace(SMALL, page_views=100_000))
    assert company.tables["segment", "pages"].num_rows == pytest.approx(100_000, rel=0.02)
    assert time.perf_counter() - begin < 20


# --- ids -------------------------------------------------------------------------------------------------------------


def test_salesforce_ids_end_in_their_checksum():
    # The suffix encodes which of each five characters are upper case.
    assert checksum("001A0000006Vm9r") == "IAC"
    long = salesforce_id("00Q", 62**5 + 35)
    assert len(long) == 18
    assert long == long[:15] + checksum(long[:15])


def test_some_references_come_in_the_short_form(landing):
    leads = {row["id"] for row in read(landing, "salesforce", "Lead")}
    given = [row["leadid"] for row in read(landing, "salesforce", "CampaignMember") if row["leadid"]]
    short = [value for value in given if len(value) == 15]
    assert 0.1 < len(short) / len(given) < 0.5
    assert {value + checksum(value) for value in short} <= leads


# --- the exports hold together ---------------------------------------------------------------------------------------

REFERENCES = [
    ("Lead", "ownerid", "User"),
    ("Lead", "createdbyid", "User"),
    ("Lead", "convertedaccountid", "Account"),
    ("Lead", "convertedcontactid", "Contact"),
    ("Lead", "convertedopportunityid", "Opportunity"),
    ("Lead", "masterrecordid", "Lead"),
    ("Contact", "accountid", "Account"),
    ("Opportunity", "accountid", "Account"),
    ("Opportunity", "contactid", "Contact"),
    ("Opportunity", "campaignid", "Campaign"),
    ("Opportunity", "createdbyid", "User"),
    ("OpportunityContactRole", "opportunityid", "Opportunity"),
    ("OpportunityContactRole", "contactid", "Contact"),
    ("LeadHistory", "leadid", "Lead"),
    ("OpportunityHistory", "opportunityid", "Opportunity"),
    ("OpportunityFieldHistory", "opportunityid", "Opportunity"),
    ("CampaignMember", "campaignid", "Campaign"),
    ("Event", "whatid", "Opportunity"),
]


@pytest.mark.parametrize(("name", "column", "target"), REFERENCES)
def test_references_point_to_delivered_records(landing, name, column, target):
    known = {row["id"] for row in read(landing, "salesforce", target)}
    given = {row.get(column) for row in read(landing, "salesforce", name)} - {None, ""}
    assert given <= known


def test_a_conversion_makes_contact_and_deal_at_one_moment_by_one_user(landing):
    contacts = {row["id"]: row for row in read(landing, "salesforce", "Contact")}
    deals = {row["id"]: row for row in read(landing, "salesforce", "Opportunity")}
    converted = [row for row in read(landing, "salesforce", "Lead") if row["isconverted"] == "true"]
    assert converted
    for lead in converted:
        contact = contacts[lead["convertedcontactid"]]
        assert contact["createddate"][:10] == lead["converteddate"]
        assert lead["status"] == "Closed - Converted"
        if lead["convertedopportunityid"]:
            deal = deals[lead["convertedopportunityid"]]
            assert deal["accountid"] == lead["convertedaccountid"] == contact["accountid"]
            assert (deal["createddate"], deal["createdbyid"]) == (contact["createddate"], contact["createdbyid"])


def test_history_ends_in_todays_state(landing):
    leads = {row["id"]: row for row in read(landing, "salesforce", "Lead")}
    history = sorted(read(landing, "salesforce", "LeadHistory"), key=lambda row: (row["createddate"], row["id"]))
    now = {
        (row["leadid"], row["field"]): row["newvalue"] for row in history if row["field"] in ("Status", "LeadSource")
    }
    for (lead, field), value in now.items():
        assert (leads[lead]["status" if field == "Status" else "leadsource"] or None) == value
    deals = {row["id"]: row for row in read(landing, "salesforce", "Opportunity")}
    stages = sorted(read(landing, "salesforce", "OpportunityHistory"), key=lambda row: (row["createddate"], row["id"]))
    last = {row["opportunityid"]: row for row in stages}
    for deal_id, row in last.items():
        deal = deals[deal_id]
        assert (row["stagename"], row["amount"], row["closedate"]) == (
            deal["stagename"],
            deal["amount"],
            deal["closedate"],
        )


def test_nothing_happens_after_the_last_day(small, landing):
    last = f"{SMALL.as_of}T23:59:59.999"
    for (source, name), made in small.tables.items():
        for column in ("CreatedDate", "CompletedDateTime", "timestamp", "invoiced_at", "shared_at", "given_at"):
            if column in made.column_names:
                latest = max(value for value in made[column].to_pylist() if value is not None)
                text = latest.isoformat() if isinstance(latest, datetime) else str(latest).replace(" ", "T")
                assert text[:23] <= last, f"{source}/{name}.{column}"


def test_invoices_sum_to_each_won_deal_in_its_own_currency(landing):
    paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in read(landing, "finance", "invoices"):
        paid[row["opportunityid"], row["currency"]] += Decimal(row["amount"])
    won = {
        (row["id"], row["currencyisocode"]): Decimal(row["amount"])
        for row in read(landing, "salesforce", "Opportunity")
        if row["iswon"] == "true" and row["isdeleted"] == "false"
    }
    assert dict(paid) == won


def test_formats_and_spellings_are_mixed(landing):
    names = [path.relative_to(landing).as_posix() for path in landing.rglob("*") if path.is_file()]
    endings = {name.partition(".")[2] for name in names if not name.startswith("_truth")}
    assert {"csv", "csv.gz", "parquet", "jsonl", "jsonl.gz"} <= endings
    assert "salesforce/opportunity_contact_role.csv.gz" in names
    assert any(name.startswith("segment/pages/") for name in names)


def test_redelivered_leads_differ_only_by_age(landing):
    stamps: dict[str, list[str]] = defaultdict(list)
    for file in sorted((landing / "salesforce" / "Lead").iterdir()):
        for row in rows_of(file):
            stamps[row["Id"]].append(row["SystemModstamp"])
    again = [values for values in stamps.values() if len(values) > 1]
    assert again
    assert all(values == sorted(values) and values[0] < values[-1] for values in again)


def test_the_sample_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= 15 * 2**20


# --- the truth -------------------------------------------------------------------------------------------------------


def components(landing: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Identifiers joined by conversion, merge, address and identify events; refused keys join nobody."""
    refused = {(row["identifier_type"], row["identifier"]) for row in truth(landing, "refused_keys")}
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def find(key):
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def join(left, right):
        if left not in refused and right not in refused:
            parent[find(left)] = find(right)

    leads = read(landing, "salesforce", "Lead")
    by_short = {row["id"][:15]: row["id"] for row in leads}
    for row in leads:
        key = ("lead", row["id"])
        join(key, ("email", row["email"].lower()))
        find(key)
        if row["convertedcontactid"]:
            join(key, ("contact", row["convertedcontactid"]))
        if row["masterrecordid"]:
            join(key, ("lead", row["masterrecordid"]))
    for row in read(landing, "salesforce", "Contact"):
        join(("contact", row["id"]), ("email", row["email"].lower()))
    for row in read(landing, "segment", "identifies"):
        user = row["userid"]
        key = ("email", user.lower()) if "@" in user else ("lead", by_short[user[:15]])
        join(("anonymous_id", row["anonymousid"]), key)
    return {key: find(key) for key in list(parent)}


def test_true_persons_are_what_the_links_in_the_exports_connect(landing):
    found = components(landing)
    members: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for key, root in found.items():
        members[root].add(key)
    persons = truth(landing, "persons")
    assert len({row["person_key"] for row in persons}) == len(persons)
    for row in persons:
        told = {("lead", value) for value in row["lead_ids"].split()}
        told |= {("contact", value) for value in row["contact_ids"].split()}
        told |= {("email", value) for value in row["emails"].split()}
        told |= {("anonymous_id", value) for value in row["cookies"].split()}
        assert members[found[min(told)]] == told, row["person_key"]


def test_no_browser_but_the_kiosk_identifies_many(landing):
    users: dict[str, set[str]] = defaultdict(set)
    for row in read(landing, "segment", "identifies"):
        users[row["anonymousid"]].add(row["userid"].lower())
    crowded = {cookie for cookie, names in users.items() if len(names) > 2}
    kiosks = {row["identifier"] for row in truth(landing, "refused_keys") if row["reason"] == "kiosk"}
    assert crowded == kiosks


def test_a_true_originator_created_the_persons_earliest_record(landing):
    records = {row["id"]: row for name in ("Lead", "Contact") for row in read(landing, "salesforce", name)}
    persons = {row["person_key"]: row for row in truth(landing, "persons")}
    ways = Counter()
    for row in truth(landing, "opportunities"):
        ways[row["matched_by"]] += 1
        if not row["person_key"]:
            assert row["origin_status"] == "no_lead"
            continue
        person = persons[row["person_key"]]
        own = [records[key] for key in (person["lead_ids"] + " " + person["contact_ids"]).split()]
        first = min(own, key=lambda record: (record["createddate"], record["id"]))
        assert first["createdbyid"] == row["originator_user_id"]
    assert set(ways) == {"converted_lead", "contact_role", "account", "inherited", "created_by"}


def test_each_way_of_matching_is_the_first_that_applies(landing):
    deals = {row["id"]: row for row in read(landing, "salesforce", "Opportunity")}
    converted = {row["convertedopportunityid"] for row in read(landing, "salesforce", "Lead")}
    with_roles = {row["opportunityid"] for row in read(landing, "salesforce", "OpportunityContactRole")}
    at_account: dict[str, str] = {}
    for row in truth(landing, "persons"):
        if row["account_id"]:
            at_account[row["account_id"]] = min(row["created_at"], at_account.get(row["account_id"], "9"))
    for row in truth(landing, "opportunities"):
        deal = deals[row["opportunity_id"]]
        follows = deal["type"] in ("Renewal", "Expansion", "Upsell")
        earlier_win = any(
            one["accountid"] == deal["accountid"]
            and one["iswon"] == "true"
            and one["closedate"] < deal["createddate"][:10]
            for one in deals.values()
        )
        known = at_account.get(deal["accountid"], "9") < deal["createddate"]
        expected = (
            "inherited"
            if follows and earlier_win
            else "converted_lead"
            if deal["id"] in converted
            else "contact_role"
            if deal["id"] in with_roles
            else "account"
            if known
            else "created_by"
        )
        assert row["matched_by"] == expected, deal["id"]


def test_some_origins_were_forgotten_by_the_crm(landing):
    statuses = Counter(row["origin_status"] for row in truth(landing, "opportunities"))
    assert min(statuses[name] for name in ("preserved", "overwritten", "lost", "no_lead")) > 0


def test_bought_traffic_adds_visits_and_no_leads(landing):
    (row,) = truth(landing, "bought_traffic")
    assert int(row["bought_visits"]) == pytest.approx(0.6 * int(row["natural_visits"]), abs=1)
    assert int(row["leads"]) < 0.85 * int(row["leads_month_before"])
    pages = pa.concat_tables(
        pyarrow.parquet.read_table(file) for file in sorted((landing / "segment" / "pages").iterdir())
    )
    bought = pages.filter(pa.compute.equal(pages["context_campaign_source"], row["source"]))
    assert {moment.strftime("%Y-%m") for moment in bought["timestamp"].to_pylist()} == {row["month"]}


def test_half_of_the_padded_sqls_fail(landing):
    rows = truth(landing, "padded_sqls")
    assert len(rows) == SMALL.padded_sqls
    assert sum(row["fails"] == "yes" for row in rows) == SMALL.padded_sqls // 2
    entered = {
        row["leadid"]
        for row in read(landing, "salesforce", "LeadHistory")
        if row["newvalue"] == "Sales Qualified" and row["createddate"].strftime("%Y-%m") == rows[0]["month"]
    }
    assert {row["lead_id"] for row in rows} == entered
    idle = {row["lead_id"] for row in rows if row["fate"] == "never_worked"}
    assert not idle & {row["whoid"] for row in read(landing, "salesforce", "Task")}


def test_the_brands_people_buy_about_two_years_later(landing):
    rows = truth(landing, "brand")
    assert rows
    assert all(690 <= int(row["days_to_close"]) <= 765 for row in rows)
    assert {row["first_touch"] for row in rows} == {"utm", "direct"}


def test_the_best_piece_starts_won_deals_and_the_worst_none(small):
    buyers = {cookie for human in small.world.humans for lead in human.leads if lead.deal for cookie in human.cookies}
    known = {cookie for human in small.world.humans for cookie in human.cookies}
    ids = small.cookie_ids
    pages = small.tables["segment", "pages"]
    readers: dict[str, set[str]] = defaultdict(set)
    for cookie, url in zip(pages["anonymous_id"].to_pylist(), pages["url"].to_pylist(), strict=True):
        readers[url.partition("?")[0]].add(cookie)
    path_of = {asset.id: f"https://www.{SMALL.domain}{asset.path}" for asset in small.world.assets}
    fate = {row[1]: readers[path_of[row[0]]] for row in small.truth["content"][1]}
    assert fate["best"] & {ids[cookie] for cookie in buyers}
    assert len(fate["worst"]) > len(fate["best"])
    assert not fate["worst"] & {ids[cookie] for cookie in known}
    assert not fate["never_used"]


def test_planted_sessions_are_in_the_page_views(small, landing):
    pages = small.tables["segment", "pages"]
    first: dict[str, set[str]] = defaultdict(set)
    for cookie, moment in zip(pages["anonymous_id"].to_pylist(), pages["timestamp"].to_pylist(), strict=True):
        first[cookie].add(moment.isoformat(" ", "milliseconds"))
    for row in truth(landing, "sessions"):
        assert row["started_at"] in first[row["anonymous_id"]]


def test_users_can_be_delivered_as_they_were_before_they_moved(small):
    before = generate(replace(SMALL, moves_applied=False))
    then, now = before.tables["salesforce", "User"], small.tables["salesforce", "User"]
    changed = [
        old != new for old, new in zip(then["Department"].to_pylist(), now["Department"].to_pylist(), strict=True)
    ]
    assert sum(changed) == len(small.truth["moved_users"][1])
    assert before.tables["salesforce", "Lead"].equals(small.tables["salesforce", "Lead"])
