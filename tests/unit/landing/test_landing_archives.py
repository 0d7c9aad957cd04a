"""ZIP archives: Salesforce's weekly export as it comes, and archives that can't be used."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import find_files, landing_state

NAMES = 'select "Id", "Name" from raw_salesforce.campaign order by 1'


def _zip(files: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _stops(landing, *fragments: str) -> None:
    with pytest.raises(LandingError) as error:
        landing.load("salesforce.Campaign")
    for fragment in fragments:
        assert fragment in str(error.value)


def test_the_weekly_export_is_read_as_it_comes(landing) -> None:
    head = '"Id","Name","CreatedDate","IsActive"\r\n'
    landing.put(
        "salesforce/WE_00D300000000001EAA_1.ZIP",
        _zip(
            {
                "Campaign.csv": (head + '"C1","M\u00fcnchen","2026-01-05 10:00:00","1"\r\n').encode("iso-8859-1"),
                "Quote.csv": '"Id"\r\n"Q1"\r\n',
                "Attachments/00P000000000001": b"\x00\x01",
                "ContentVersion/068000000000001.csv": "x",
            }
        ),
    )
    landing.put(
        "salesforce/WE_00D300000000001EAA_2.ZIP",
        _zip({"Campaign.csv": head + '"C2","Wien","2026-01-05 10:00:00","0"\r\n'}),
    )
    results = landing.load("salesforce.Campaign")
    assert landing.rows('select "Id", "Name", "IsActive", "CreatedDate"::varchar from raw_salesforce.campaign') == [
        ("C1", "M\u00fcnchen", True, "2026-01-05 10:00:00"),
        ("C2", "Wien", False, "2026-01-05 10:00:00"),
    ]
    assert [file.name for file in results["raw_salesforce.campaign"].files_read] == [
        "salesforce/WE_00D300000000001EAA_1.ZIP/Campaign.csv",
        "salesforce/WE_00D300000000001EAA_2.ZIP/Campaign.csv",
    ]
    (told,) = (line for line in landing.warnings if "WE_" in line)
    assert told.startswith("landing: salesforce/WE_00D300000000001EAA_1.ZIP is not loaded: not an object of salesforce")
    assert told.endswith("left out are Attachments/00P000000000001, ContentVersion/068000000000001.csv, Quote.csv")


def test_numbered_archives_are_parts_of_one_snapshot(landing) -> None:
    head = "Id,Name\n"
    landing.put("salesforce/WE_1_1.zip", _zip({"Campaign.csv": head + "C1,a\n"}))
    landing.put("salesforce/WE_1_2.zip", _zip({"Campaign.csv": head + "C2,b\nC3,c\n"}))
    landing.load("salesforce.Campaign", snapshot_objects=["salesforce.Campaign"])
    landing.put("salesforce/WE_1_2.zip", _zip({"Campaign.csv": head + "C2,b\n"}))
    landing.load("salesforce.Campaign", snapshot_objects=["salesforce.Campaign"])
    assert landing.rows('select "Id", _deleted_at is null from raw_salesforce.campaign order by 1') == [
        ("C1", True),
        ("C2", True),
        ("C3", False),
    ]


def test_an_unchanged_archive_is_not_read_again_and_a_new_one_is(landing) -> None:
    path = landing.put("salesforce/WE_1.zip", _zip({"Campaign.csv": "Id,Name\nC1,a\n"}))
    before = landing_state(landing.folder)
    landing.load("salesforce.Campaign")
    assert landing.load("salesforce.Campaign")["raw_salesforce.campaign"].files_read == ()
    path.write_bytes(_zip({"Campaign.csv": "Id,Name\nC1,b\n"}))
    assert landing_state(landing.folder) != before
    landing.load("salesforce.Campaign")
    assert landing.rows(NAMES) == [("C1", "b")]


def test_an_archive_in_an_objects_folder_or_under_its_name_is_the_objects(landing) -> None:
    landing.put("salesforce/Campaign/2026-01.zip", _zip({"Report (1).csv": "Id,Name\nC1,a\n"}))
    landing.put("salesforce/Campaign.zip", _zip({"export.csv": "Id,Name\nC2,b\n", "__MACOSX/._export.csv": "x"}))
    landing.load("salesforce.Campaign")
    assert landing.rows(NAMES) == [("C1", "a"), ("C2", "b")]
    assert landing.warnings == []


def test_rejects_of_an_archive_name_its_file_and_line(landing) -> None:
    rows = "".join(f"C{n},a\n" for n in range(1, 9))
    landing.put("salesforce/WE_1.zip", _zip({"Campaign.csv": f"Id,Name\n{rows},x\n"}))
    landing.load("salesforce.Campaign")
    assert landing.rejects("file, line") == [("salesforce/WE_1.zip/Campaign.csv", 10)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 half an upload", "can't be read as ZIP"),
        (_zip({"Campaign.csv": "Id,Name\nC1,a\n"})[:-30], "can't be read as ZIP"),
        (_zip({"../Campaign.csv": "Id,Name\nC1,a\n"}), "holds a file that leads out of it, '../Campaign.csv'"),
        (_zip({"/etc/Campaign.csv": "Id,Name\nC1,a\n"}), "holds a file that leads out of it"),
        (_zip({"C:\\Campaign.csv": "Id,Name\nC1,a\n"}), "holds a file that leads out of it"),
        (_zip({"export/Campaign.csv": "Id,Name\nC1,a\n"}), "holds export/Campaign.csv in a folder"),
    ],
)
def test_an_archive_that_cant_be_used_stops_the_load_by_name(landing, content: bytes, message: str) -> None:
    landing.put("salesforce/WE_1.zip", content)
    _stops(landing, f"salesforce: salesforce/WE_1.zip: {message}", "expected")


def test_a_damaged_file_in_an_archive_stops_the_load(landing) -> None:
    content = bytearray(_zip({"Campaign.csv": "Id,Name\n" + "".join(f"C{n},{n * 7919}\n" for n in range(500))}))
    content[600] ^= 0xFF
    landing.put("salesforce/WE_1.zip", bytes(content))
    _stops(landing, "salesforce: salesforce/WE_1.zip/Campaign.csv", "deliver it again")
    assert find_files(landing.folder).broken == ()


def test_a_file_that_an_archive_holds_twice_stops_the_load(landing) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("Campaign.csv", "Id,Name\nC1,a\n")
        archive.writestr("Campaign.csv", "Id,Name\nC1,b\n")
    landing.put("salesforce/WE_1.zip", packed.getvalue())
    _stops(landing, "holds Campaign.csv twice")


def test_a_broken_archive_of_another_source_stops_nothing_here(landing) -> None:
    landing.put("finance/invoices.zip", b"no")
    landing.put("salesforce/Campaign.csv", "Id,Name\nC1,a\n")
    landing.load("salesforce.Campaign")
    assert landing.rows(NAMES) == [("C1", "a")]
