"""`make check`: what it says of a landing folder, and when its exit code is 1. Nothing is run or written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project import check as checking
from dagster_project.check import Report, check
from dagster_project.settings import PROJECT_ROOT, SAMPLE_LANDING_DIR

SHIPPED = PROJECT_ROOT / "seeds" / "reference"
LEADS = "Id,Status,CreatedById,CreatedDate\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A landing folder with an ad report, which nothing is wrong with."""
    landing = tmp_path / "landing"
    _put(landing, "google_ads/daily_spend.csv", "Campaign report\n\nDay,Campaign ID,Cost\n2026-01-05,1,2.50\n")
    return landing


def _put(landing: Path, name: str, content: str) -> None:
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _check(landing: Path, reference: Path = SHIPPED) -> Report:
    return check(landing, reference)


def test_the_sample_would_load_and_its_words_are_mapped() -> None:
    report = _check(SAMPLE_LANDING_DIR)
    assert (report.exit_code, report.problems) == (0, [])
    assert "  Lead: 2 files, 247.6 kB" in report.lines
    assert "    4,000 records" in report.lines
    assert str(report).endswith("Nothing here would stop the night.")


def test_it_says_what_each_file_is_taken_for_and_by_which_spelling(folder: Path) -> None:
    report = _check(folder)
    assert report.exit_code == 0
    lines = "\n".join(report.lines)
    assert "google_ads/daily_spend.csv: 3 of 3 columns known; 1 title line above the header" in lines
    assert "Day is date (alias); Campaign ID is campaign_id (alias)" in lines
    assert "no file has account_id, campaign_name, currency, impressions, clicks" in lines
    assert "    1 record" in report.lines
    assert "Sources without a folder: chargebee, content" in lines


def test_what_would_be_rejected_is_told_with_line_and_reason(folder: Path) -> None:
    rows = "".join(f"2026-01-{day:02},1,2.50\n" for day in range(1, 29))
    _put(folder, "google_ads/daily_spend.csv", f"Day,Campaign ID,Cost\n{rows}2026-01-29,1,much\n")
    report = _check(folder)
    assert report.exit_code == 0
    assert "    28 records, 1 row would be rejected" in report.lines
    (told,) = report.advice
    assert told.startswith("google_ads/daily_spend.csv: 1 row rejected for cost, as in line 30: cost: 'much' is not")


def test_unmapped_words_and_users_are_told_with_the_table_that_lacks_them(folder: Path) -> None:
    _put(folder, "salesforce/User.csv", "Id,Email,Department\nU1,a@own.co,Marketing\nU2,b@own.co,Zoo\n")
    _put(folder, "salesforce/Lead.csv", LEADS + "L1,Brand new word,U1,2026-01-05\nL2,New,U1,2026-01-05\n")
    _put(folder, "salesforce/Account.csv", "Id,Name\nA1,a\n")
    _put(folder, "salesforce/Contact.csv", "Id,AccountId,CreatedById,CreatedDate\nC1,A1,U1,2026-01-05\n")
    _put(
        folder,
        "salesforce/Opportunity.csv",
        "Id,AccountId,Name,StageName,Amount,CreatedDate,CloseDate,IsClosed,IsWon,Type,CreatedById\n"
        "O1,A1,x,Won,1,2026-01-05,2026-01-05,true,true,Odd type,U1\n",
    )
    report = _check(folder)
    assert report.problems == []
    assert report.advice == [
        "salesforce.Lead: 1 word of Status without a row in the reference table lifecycle_statuses: 'Brand new word' "
        "(1); add the rows",
        "salesforce.Opportunity: 1 word of Type without a row in the reference table opportunity_types: 'Odd type' "
        "(1); add the rows",
        "salesforce.User: 1 of 2 users without a team in the reference table teams: b@own.co; add rows for those who "
        "create records",
    ]


def test_values_of_consent_that_nobody_explained_are_told(folder: Path) -> None:
    header = "id,anonymous_id,timestamp,url,analytics\n"
    page = "b1,2024-01-01T10:00:00Z,https://x.example/"
    _put(folder, "segment/pages.csv", f"{header}v1,{page},True\nv2,{page},opted out\nv3,{page},\n")
    reference = folder.parent / "reference"
    _put(reference, "settings.csv", "key,value\nconsent_fields,segment=analytics\n")
    _put(reference, "consent_values.csv", "source_system,value,consent\nsegment,true,given\nsegment,false,refused\n")
    report = _check(folder, reference)
    assert report.advice == [
        "segment.pages: 1 word of throughline_consent without a row in the reference table consent_values: 'opted out' "
        "(1); add the rows"
    ]


def test_everything_that_would_stop_the_night_is_told_at_once(folder: Path) -> None:
    _put(folder, "finance/invoices.csv", "invoice_id,amount\n1,5\n")
    _put(folder, "finance/more.zip", "no archive")
    _put(folder, "content/shares.csv", "share_id,asset_id,shared_at\n1,2,2026-01-05\n")
    _put(folder, "linkedin_ads/daily_spend.csv", "date,campaign_id,cost\n1/2/2026,1,1\n")
    _put(folder, "linkedin_ads/ad_analytics_by_campaign.csv", "day,campaign_id,cost\n2026-01-05,1,1\n")
    _put(folder, "meta_ads/daily_spend.csv", "date,campaign_id,cost\n1/2/2026,1,1\n")
    report = _check(folder)
    assert report.exit_code == 1
    told = "\n".join(report.problems)
    for fragment in (
        "finance/more.zip: can't be read as ZIP",
        "content: required object assets is absent",
        "required column invoiced_at is absent",
        "by two loaders at once",
        "meta_ads.daily_spend=day_first",
    ):
        assert fragment in told
    assert len(report.problems) == 5


def test_a_wrong_reference_table_is_a_problem_and_files_are_looked_at_all_the_same(
    folder: Path, tmp_path: Path
) -> None:
    reference = tmp_path / "reference"
    shutil.copytree(SHIPPED, reference)
    with (reference / "teams.csv").open("a", encoding="utf-8") as table:
        table.write("department,Zoo,keepers\n")
    report = _check(folder, reference)
    assert report.exit_code == 1
    assert "keepers" in report.problems[0]
    assert "    1 record" in report.lines


def test_what_no_object_claims_is_named(folder: Path) -> None:
    _put(folder, "google_ads/keywords.csv", "a\n")
    (told,) = _check(folder).advice
    assert told.startswith("google_ads/keywords.csv is not loaded: not an object of google_ads")


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    (problem,) = _check(tmp_path).problems
    assert "holds no file that Throughline knows" in problem


def test_of_large_files_the_columns_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_BYTES_READ", 10)
    lines = _check(folder).lines
    assert "    too large to look at its values here; the night does" in lines
    assert any("3 of 3 columns known" in line for line in lines)


def test_the_command_ends_with_the_reports_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THROUGHLINE_LANDING_DIR", str(folder))
    assert checking.main() == 0
    _put(folder, "finance/invoices.csv", "invoice_id,amount\n1,5\n")
    assert checking.main() == 1
    assert "Would stop the night\n  - finance: finance/invoices.csv" in capsys.readouterr().out
    monkeypatch.setenv("THROUGHLINE_LANDING_DIR", str(folder / "nowhere"))
    assert checking.main() == 2


def test_users_of_hubspot_without_a_team_are_named_by_their_team_wherever_it_stands(tmp_path: Path) -> None:
    """Ann's team is her owner's, Bo's his own, Cy's a membership, Di has none that is mapped; Ed is an owner only."""
    folder = tmp_path / "landing"
    for name in ("contacts", "companies"):
        _put(folder, f"hubspot/{name}.csv", "id,createdate\n1,2026-01-05\n")
    _put(folder, "hubspot/deals.csv", "id,dealstage,createdate\n1,won,2026-01-05\n")
    _put(folder, "hubspot/teams.csv", "id,name\n1,Sales\n2,Marketing\n3,Lab\n")
    _put(
        folder,
        "hubspot/users.csv",
        "id,email,primary_team_id\n7,ann@own.co,\n8,bo@own.co,2\n9,cy@own.co,\n10,di@own.co,3\n",
    )
    _put(folder, "hubspot/team_users.csv", "team_id,user_id\n2,9\n")
    _put(
        folder,
        "hubspot/owners.csv",
        "id,user_id,email\n70,7,ann@own.co\n100,10,di@own.co\n110,11,ed@own.co\n120,,fy@own.co\n",
    )
    _put(folder, "hubspot/owner_teams.csv", "owner_id,team_id,is_team_primary\n70,3,false\n70,1,true\n110,1,true\n")
    report = _check(folder)
    assert report.problems == []
    assert [line for line in report.advice if "without a team" in line] == [
        "hubspot.owners: 1 of 2 users without a team in the reference table teams: fy@own.co; add rows for those who "
        "create records",
        "hubspot.users: 1 of 4 users without a team in the reference table teams: di@own.co; add rows for those who "
        "create records",
    ]
