"""Finding files: spellings, folders, what is ignored and what is reported."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import content_hash, find_files, landing_state


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")


def _found(folder: Path) -> list[tuple[str, str]]:
    return [(file.object.label, file.name) for file in find_files(folder).files]


def test_object_names_match_in_three_spellings_and_any_case(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        "salesforce/LeadHistory.csv",
        "salesforce/campaign_member.parquet",
        "salesforce/contactrole.csv",
        "salesforce/opportunitycontactrole.JSONL.GZ",
    )
    assert _found(tmp_path) == [
        ("salesforce.CampaignMember", "salesforce/campaign_member.parquet"),
        ("salesforce.LeadHistory", "salesforce/LeadHistory.csv"),
        ("salesforce.OpportunityContactRole", "salesforce/opportunitycontactrole.JSONL.GZ"),
    ]


def test_a_folders_parts_come_in_name_order_with_numbers_as_numbers(tmp_path: Path) -> None:
    _touch(tmp_path, "segment/pages/part_10.csv", "segment/pages/part_9.csv", "segment/pages.csv")
    assert [name for _, name in _found(tmp_path)] == [
        "segment/pages.csv",
        "segment/pages/part_9.csv",
        "segment/pages/part_10.csv",
    ]


def test_names_that_start_with_underscore_or_dot_are_ignored(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        "_old/Lead.csv",
        ".git/x",
        "salesforce/_Lead.csv",
        "salesforce/Lead/.part.csv",
        "salesforce/._Lead.csv",
    )
    found = find_files(tmp_path)
    assert found.files == ()
    assert found.unrecognised == ()


def test_what_no_object_claims_is_reported_not_loaded(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        "readme.txt",
        "acmecrm/deals.csv",
        "salesforce/Quote.csv",
        "salesforce/Lead.xlsx",
        "salesforce/Lead/x.tar",
        "salesforce/Lead/deeper/x.csv",
    )
    found = find_files(tmp_path)
    assert found.files == ()
    assert sorted(stray.name for stray in found.unrecognised) == [
        "acmecrm",
        "readme.txt",
        "salesforce/Lead.xlsx",
        "salesforce/Lead/deeper",
        "salesforce/Lead/x.tar",
        "salesforce/Quote.csv",
    ]


def test_parts_of_one_delivery_are_told_from_daily_deliveries(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        *(f"segment/pages/{name}.csv" for name in ("d1_part1", "d1_part2", "d2_part1", "2026-01-01", "2026-01-02")),
    )
    groups = {file.path.stem: file.delivery_group for file in find_files(tmp_path).files}
    assert groups["d1_part1"] == groups["d1_part2"] != groups["d2_part1"]
    assert groups["2026-01-01"] != groups["2026-01-02"]


def test_the_state_changes_with_recognised_files_only(tmp_path: Path) -> None:
    _touch(tmp_path, "segment/pages.csv")
    before = landing_state(tmp_path)
    _touch(tmp_path, "notes.txt", "_staging/pages.csv")
    assert landing_state(tmp_path) == before
    os.utime(tmp_path / "segment/pages.csv", ns=(1, 1))
    assert landing_state(tmp_path) != before


def test_a_gzip_file_of_several_streams_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "segment/pages.csv.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert content_hash(find_files(tmp_path).files[0])


@pytest.mark.parametrize("cut", [4, 12, -3])
def test_a_truncated_gzip_file_is_an_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "segment/pages.csv.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(b"some text\n" * 100)[:cut])
    with pytest.raises(LandingError, match=r"segment/pages.csv.gz: truncated gzip file"):
        content_hash(find_files(tmp_path).files[0])
