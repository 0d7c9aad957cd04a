"""A forgotten person who is delivered again: what comes into raw and into the rejects, and into no byte of the file."""

import hashlib
from datetime import UTC, datetime

import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.erasure.absence import traces
from dagster_project.erasure.pseudonyms import KEY_FILE, kept_key, keyed_hash
from dagster_project.landing.catalog import catalog
from dagster_project.landing.errors import LandingError
from dagster_project.landing.loader import load_objects

JANE, LEAD = "jane@buyer.example", "00Q5g000001aBcDEAU"
NEW_JANE, NEW_LEAD, TOKEN = "erased-abc@buyer.example", "00Q5g000001aBcCzzz999", "erasedsurname"
MD5 = hashlib.md5(JANE.encode()).hexdigest()

HEADER = "Id,Email,FirstName,LastName,Status,CreatedById,CreatedDate,Note__c\n"
LEADS = (
    f"{LEAD},{JANE.upper()},Jane,Doe,Open,005A,2026-01-01T00:00:00Z,Rosenweg 7\n"
    "00Q5g000001aBcEEAU,another.jane@other.example,Jane,Doe,Open,005A,2026-01-01T00:00:00Z,stays\n"
)
TASKS = (
    "Id,WhoId,Subject,OwnerId,CreatedById,CreatedDate,Digest__c\n"
    f"00T1,{LEAD[:15]},mailto:{JANE} about Jane Doe,005A,005A,2026-01-01T00:00:00Z,{MD5}\n"
)


@pytest.fixture
def folder(tmp_path):
    """A warehouse that has forgotten Jane, and a landing folder in which she is delivered again."""
    key = kept_key(tmp_path)
    with connected(tmp_path / "throughline.duckdb") as connection:
        prepare_audit(connection)
        connection.executemany(
            "insert into audit.erased_values values (?, ?, ?, ?, 1)",
            [
                [keyed_hash(key, LEAD), "record", NEW_LEAD, TOKEN],
                [keyed_hash(key, JANE), "email", NEW_JANE, None],
                [keyed_hash(key, "jane doe"), "name", TOKEN, None],
                [keyed_hash(key, MD5), "hash", "0" * 32, None],
            ],
        )
    landing = tmp_path / "landing" / "salesforce"
    landing.mkdir(parents=True)
    (landing / "Lead.csv").write_text(HEADER + LEADS)
    (landing / "Task.csv").write_text(TASKS)
    return tmp_path


def load(folder, *names, source="salesforce"):
    objects = [found for name in names if (found := catalog().find_object(source, name))]
    with connected(folder / "throughline.duckdb") as connection:
        load_objects(connection, objects, folder / "landing", datetime(2026, 1, 2, tzinfo=UTC), log=lambda text: None)
        connection.execute("checkpoint")


def rows(folder, query):
    with connected(folder / "throughline.duckdb", read_only=True) as connection:
        return connection.execute(query).fetchall()


def standing(folder, *values):
    return [trace for trace in traces([folder], values) if "landing" not in trace.file.parts]


def test_her_rows_come_in_with_the_pseudonyms(folder):
    load(folder, "Lead", "Task")
    assert rows(folder, "select Id, Email, FirstName, LastName, Note__c from raw_salesforce.lead order by Id") == [
        (NEW_LEAD, NEW_JANE, None, TOKEN, None),
        ("00Q5g000001aBcEEAU", "another.jane@other.example", "Jane", "Doe", "stays"),
    ]
    ((who, subject, digest),) = rows(folder, "select WhoId, Subject, Digest__c from raw_salesforce.task")
    assert (who, digest) == (NEW_LEAD, "0" * 32)
    assert subject.startswith(f"mailto:{NEW_JANE} about ")
    assert standing(folder, JANE, LEAD, "Rosenweg 7") == []


def test_a_row_that_cannot_be_read_is_kept_without_her(folder):
    (folder / "landing" / "salesforce" / "Lead.csv").write_text(
        HEADER + LEADS + f"00Q5g000001aBcFEAU,{JANE},Jane,Doe,Open,005A,soon,x\n"
    )
    load(folder, "Lead")
    ((line, record),) = rows(folder, "select line, record from audit.rejected_rows")
    assert (line, record) == (4, None)
    assert rows(folder, "select rows, rejected from audit.landed_files") == [(2, 1)]
    assert standing(folder, JANE) == []


def test_a_new_record_of_her_address_has_neither_address_nor_name(folder):
    (folder / "landing" / "salesforce" / "Lead.csv").write_text(
        HEADER + f"00Q5g000001zZzZEAU,{JANE},Jane,Doe,Open,005A,2026-01-01T00:00:00Z,Weg 1\n"
    )
    load(folder, "Lead")
    assert rows(folder, "select Email, FirstName, LastName, Note__c from raw_salesforce.lead") == [
        (NEW_JANE, None, None, None)
    ]


CONTACTS = (
    "id,email,firstname,lastname,createdate,hs_merged_object_ids,property_phone\n"
    "51,,Jane,Doe,2026-01-01T00:00:00Z,52,+49 170 5550123\n"
    "60,joe@other.example,Joe,Roe,2026-01-01T00:00:00Z,,+49 170 5550124\n"
)
DEALS = "id,dealstage,amount,contacts\n51,won,51,60;51\n"


def test_numbers_of_people_come_in_as_pseudonyms(folder):
    key = kept_key(folder)
    with connected(folder / "throughline.duckdb") as connection:
        connection.executemany(
            "insert into audit.erased_values values (?, 'record', ?, ?, 1)",
            [
                [keyed_hash(key, "hubspot:contact:51"), "hubspot:contact:50-aBc", TOKEN],
                [keyed_hash(key, "hubspot:contact:52"), "hubspot:contact:51-aBc", None],
            ],
        )
    landing = folder / "landing" / "hubspot"
    landing.mkdir()
    (landing / "contacts.csv").write_text(CONTACTS + "51,,Jane,Doe,soon,,\n")
    (landing / "deals.csv").write_text(DEALS)
    load(folder, "contacts", "deals", source="hubspot")
    assert rows(
        folder, "select id, firstname, lastname, hs_merged_object_ids, property_phone from raw_hubspot.contacts"
    ) == [
        ("50-aBc", None, TOKEN, "51-aBc", None),
        ("60", "Joe", "Roe", None, "+49 170 5550124"),
    ]
    assert rows(folder, "select id, amount, contacts from raw_hubspot.deals") == [("51", 51, "60;50-aBc")]
    assert rows(folder, "select line, record from audit.rejected_rows") == [(4, None)]


def test_a_column_whose_name_has_quotes_comes_in_as_well(folder):
    header = HEADER.replace("Note__c", '"Said ""of"" her"')
    (folder / "landing" / "salesforce" / "Lead.csv").write_text(header + LEADS)
    load(folder, "Lead")
    assert rows(folder, """select Id, "Said ""of"" her" from raw_salesforce.lead order by Id""") == [
        (NEW_LEAD, None),
        ("00Q5g000001aBcEEAU", "stays"),
    ]


@pytest.mark.parametrize("content", ["", "not a key"])
def test_with_a_damaged_key_nothing_is_loaded(folder, content):
    (folder / KEY_FILE).write_text(content)
    with pytest.raises(LandingError, match=f"{KEY_FILE} is (blank|damaged); expected the key"):
        load(folder, "Lead")


def test_without_the_key_nothing_is_loaded(folder):
    (folder / KEY_FILE).unlink()
    with pytest.raises(LandingError, match=f"{KEY_FILE} is missing"):
        load(folder, "Lead")
