"""Forgetting in a small warehouse made by hand: who is refused, what is left, and a kill at every step."""

import gzip
import os
import shutil
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.erase import main
from dagster_project.erasure import files, fingerprints, forget
from dagster_project.erasure.absence import traces
from dagster_project.erasure.person import CannotErase
from dagster_project.erasure.pseudonyms import KEY_FILE
from dagster_project.erasure.requests import forget_requested
from dagster_project.reference.loader import load_reference
from dagster_project.reference.validate import read_reference
from dagster_project.settings import Settings

JANE, LEAD, COOKIE = "jane@buyer.example", "00Q5g000001aBcDEAU", "0a1b2c3d-1111-4222-8333-444455556666"
JOE, JOES_LEAD = "joe@buyer.example", "00Q5g000001aBcEEAU"
HERS = [JANE, "jane.doe@old.example", LEAD, COOKIE, "Jane Doe", "+49 170 5550123"]
PUBLISHED_HERS = [JANE, LEAD, COOKIE]

BUILD = f"""
create schema intermediate; create schema raw_salesforce; create schema marts;
create table raw_salesforce.lead as
    select '{LEAD}' as "Id", '{JANE}' as "Email", 'Jane' as "FirstName", 'Doe' as "LastName", 'Jane Doe' as "Name",
        'Buyer' as "Company", '+49 170 5550123' as "Phone", 7 as "Shoe__c", date '2024-01-01' as "CreatedDate"
    union all select '{JOES_LEAD}', '{JOE}', 'Joe', 'Roe', 'Joe Roe', 'Buyer', null, 8, date '2024-01-01';
create table raw_salesforce.task as
    select '00T1' as "Id", '{LEAD[:15]}' as "WhoId", 'Call with Jane Doe, {JANE}, 0049170 5550123' as "Subject"
    union all select '00T2', '{JOES_LEAD}', 'Says jane.doe@other.example decides';
create table raw_salesforce.user as select '005A' as "Id", 'Rep Resent' as "Name", 'rep@us.example' as "Email";
create table intermediate.int_crm__users as select '005A' as user_id, 'rep@us.example' as email;
create table intermediate.int_identity__person_identifiers as
    select * from (values
        ('per_' || md5('salesforce_lead|{LEAD}'), 'salesforce_lead', '{LEAD}'),
        ('per_' || md5('salesforce_lead|{LEAD}'), 'email', '{JANE}'),
        ('per_' || md5('salesforce_lead|{LEAD}'), 'anonymous_id', '{COOKIE}'),
        ('per_' || md5('salesforce_lead|{JOES_LEAD}'), 'salesforce_lead', '{JOES_LEAD}'),
        ('per_' || md5('salesforce_lead|{JOES_LEAD}'), 'email', '{JOE}'),
        ('per_h', 'hubspot_contact', 'hubspot:contact:51'),
        ('per_i', 'hubspot_contact', 'hubspot:contact:510'), ('per_j', 'hubspot_contact', 'hubspot:contact:511')
    ) as t (person_id, identifier_type, identifier);
create table intermediate.int_identity__refused_keys as
    select 'email' as key_type, 'info@buyer.example' as identifier, 'shared_mailbox' as reason, 3 as people;
create table intermediate.int_identity__emails as
    select '{JANE}' as email, null::varchar as refusal_reason, false as is_internal;
create table intermediate.int_identity__record_states as
    select '{LEAD}' as record_id, 'jane.doe@old.example' as email, 1 as run_number;
create table intermediate.int_identity__record_creations as
    select "Id" as record_id, row_number() over (order by "CreatedDate", "Id") as creation_rank
    from raw_salesforce.lead
    union all select 'hubspot:contact:51', 3 union all select 'hubspot:contact:510', 4
    union all select 'hubspot:contact:511', 5;
create table intermediate.int_identity__creation_evidence as
    select "Id" as record_id, "Email" as email, lower("LastName") as surname from raw_salesforce.lead;
create table intermediate.int_identity__record_emails as select '{LEAD}' as record_id, '{JANE}' as email;
create table intermediate.int_identity__web_keys as
    select '{COOKIE}' as anonymous_id, null::varchar as user_key_type, null::varchar as user_key, '{JANE}' as email;
create table marts.dim_person as select person_id, count(*) as identifiers
    from intermediate.int_identity__person_identifiers group by all;
comment on table marts.dim_person is 'One row per person';
create view marts.people as select person_id from marts.dim_person;
insert into audit.check_results by name select 'r' as run_id, now()::timestamp as checked_at,
    now()::timestamp as as_of, 'raw' as layer, 'raw_salesforce.lead' as table_name, 'e' as expectation,
    't' as expectation_type, 'p' as promise, 'warn' as severity, 'failed' as status, 'l' as load_id,
    to_json([{{'Email': '{JANE}', 'LastName': 'Doe'}}]) as sample_rows;
insert into audit.rejected_rows by name select 'salesforce' as source_system, 'CreatedDate: ''{JANE}''' as reason,
    '{{"Id": "x", "Email": "{JANE}", "Surname": "Doe"}}' as record;
"""

PUBLISHED = f"""
create schema marts; create schema audit;
create table marts.dim_person as select 'per_' || md5('salesforce_lead|{LEAD}') as person_id, 3 as identifiers,
    sha256('salt|{JANE}') as email_hash, 'from email-' || sha256('salt|' || 'Jane@Buyer.example')[:16] as note;
create table audit.publications as select 1 as publication_number, 'marts.dim_person' as table_name,
    (select sum(hash(person_id, identifiers, email_hash, note))::varchar from marts.dim_person) as content_hash;
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A warehouse in which Jane stands in every kind of file."""
    warehouse, home = tmp_path / "warehouse", tmp_path / "home"
    for folder in (
        warehouse / "published",
        warehouse / "logs",
        warehouse / "whatif" / "old",
        home,
        tmp_path / "landing",
    ):
        folder.mkdir(parents=True)
    with connected(warehouse / "throughline.duckdb") as connection:
        prepare_audit(connection)
        connection.execute(BUILD)
    with connected(warehouse / "published" / "throughline.duckdb") as connection:
        connection.execute(PUBLISHED)
    (warehouse / "salt").write_text("salt")
    (warehouse / "logs" / "night.log").write_text(f"a row of {JANE}: Doe\nRoses and Does\n")
    (warehouse / "whatif" / "old" / "moves.csv").write_text(JANE)
    (home / "run.out.gz").write_bytes(gzip.compress(f"/?e=jane%40buyer.example&id={LEAD[:15]}".encode()))
    with sqlite3.connect(home / "events.db") as events:
        events.execute("create table event_logs (id integer primary key, event text)")
        events.executemany("insert into event_logs (event) values (?)", [[f'{{"rows": "{JANE}"}}'], ["nothing"]])
    for name, folder in (("LANDING", "landing"), ("WAREHOUSE", "warehouse")):
        monkeypatch.setenv(f"THROUGHLINE_{name}_DIR", str(tmp_path / folder))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setattr(forget, "_DBT_ARTIFACTS", (tmp_path / "target", ()))
    return Settings.from_environment()


def home_of(settings):
    return Path(os.environ["DAGSTER_HOME"])


def standing(settings):
    return traces([settings.warehouse_dir, home_of(settings)], HERS, "salt")


def rows(file, query):
    with connected(file, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_she_is_nowhere_and_the_rest_is_as_it_was(settings, capsys):
    build = settings.build_file
    joes = f"select * from raw_salesforce.lead where \"Id\" = '{JOES_LEAD}'"
    ranks = "select creation_rank from intermediate.int_identity__record_creations order by record_id"
    before = rows(build, joes), rows(build, ranks)
    assert standing(settings)
    assert main([JANE]) == 0
    assert standing(settings) == []
    assert (rows(build, joes), rows(build, ranks)) == before
    ((first, last, name, company, phone, shoe),) = rows(
        build,
        'select "FirstName", "LastName", "Name", "Company", "Phone", "Shoe__c" from raw_salesforce.lead '
        f"where \"Id\" <> '{JOES_LEAD}'",
    )
    assert (first, company, phone, shoe) == (None, "Buyer", None, None)
    assert last == name and last.startswith("erased")
    ((reason, record),) = rows(build, "select reason, record from audit.rejected_rows")
    assert record is None and "erased-" in reason
    ((sample,),) = rows(build, "select sample_rows::varchar from audit.check_results")
    assert "erased-" in sample and "Doe" not in sample
    said = capsys.readouterr().out
    assert "none of" in said and JANE not in said and "Doe" not in said


def test_what_is_derived_of_her_is_derived_of_the_pseudonyms(settings):
    main([JANE])
    ((person, record),) = rows(
        settings.build_file,
        "select person_id, identifier from intermediate.int_identity__person_identifiers "
        f"where identifier_type = 'salesforce_lead' and identifier <> '{JOES_LEAD}'",
    )
    ((derived,),) = rows(settings.build_file, f"select 'per_' || md5('salesforce_lead|{record}')")
    assert person == derived
    assert rows(settings.published_file, "select person_id from marts.dim_person") == [(derived,)]
    ((who, subject),) = rows(
        settings.build_file, 'select "WhoId", "Subject" from raw_salesforce.task where "Id" = \'00T1\''
    )
    assert who == record and subject.startswith("Call with erased") and "5550123" not in subject
    other = "Says jane.doe@other.example decides"
    assert rows(settings.build_file, 'select "Subject" from raw_salesforce.task where "Id" = \'00T2\'') == [(other,)]


def test_an_erasure_is_recorded_without_her(settings):
    main([JANE])
    assert rows(settings.build_file, "select erasure_number, people from audit.erasures") == [(1, 1)]
    ((hashes,),) = rows(settings.build_file, "select count(*) from audit.erased_values where length(value_hash) <> 64")
    assert hashes == 0
    ((number, content),) = rows(settings.published_file, "select erasure_number, content_hash from audit.publications")
    hashed = "select sum(hash(person_id, identifiers, email_hash, note))::varchar from marts.dim_person"
    assert (number, [(content,)]) == (1, rows(settings.published_file, hashed))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("", "no person is named"),
        ("nobody@buyer.example", "is no value of a person"),
        ("rep@us.example", "is a user of the CRM"),
        ("005A", "is a user of the CRM"),
        ("info@buyer.example", "is shared (shared_mailbox, 3 people)"),
        ("51", "write hubspot:contact:51"),
        ("52", "is no value of a person"),
    ],
)
def test_who_is_refused(settings, capsys, value, told):
    before = settings.build_file.read_bytes()
    assert main([value]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert settings.build_file.read_bytes()[:8] == before[:8] and standing(settings)
    assert not (settings.warehouse_dir / forget.FOLDER).exists()


def contacts(settings):
    query = (
        "select identifier from intermediate.int_identity__person_identifiers where identifier_type = '{}' order by 1"
    )
    return [identifier for (identifier,) in rows(settings.build_file, query.format("hubspot_contact"))]


def test_a_number_goes_by_its_whole_id_and_its_neighbour_after_it(settings):
    """The pseudonym of 510 begins as 51 does; when that is forgotten, it gets another one."""
    assert main(["hubspot:contact:510"]) == 0
    first, second, _ = contacts(settings)
    assert first == "hubspot:contact:51" and second.startswith("hubspot:contact:51") and second != "hubspot:contact:510"
    assert main(["hubspot:contact:51"]) == 0
    assert [one for one in contacts(settings) if one.startswith("hubspot:contact:51")] == ["hubspot:contact:511"]
    gone, another = ["hubspot:contact:51", "hubspot:contact:510"], ["hubspot:contact:511"]
    assert traces([settings.warehouse_dir], gone, "salt", another) == []
    assert rows(settings.build_file, "select count(*) from audit.erased_values where pseudonym like '%:51%'") == [(0,)]


@pytest.mark.parametrize(("content", "told"), [(None, "missing"), ("", "blank"), (b"\xff\n", "damaged")])
def test_without_the_key_of_earlier_erasures_nobody_is_erased(settings, capsys, content, told):
    assert main([JANE]) == 0
    key = settings.warehouse_dir / KEY_FILE
    key.unlink()
    if content is not None:
        key.write_bytes(content or b"")
    assert main([JOE]) == 2
    error = capsys.readouterr().err
    assert f"{KEY_FILE} is {told}" in error and error.count("\n") == 1
    assert key.exists() == (content is not None)
    assert rows(settings.build_file, "select count(*) from audit.erasures") == [(1,)]


def test_without_room_for_the_copies_nothing_is_begun(settings, capsys, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    assert main([JANE]) == 2
    error = capsys.readouterr().err
    assert "the disk has 1.0 kB left" in error and error.count("\n") == 1
    assert standing(settings) and not (settings.warehouse_dir / forget.FOLDER).exists()


def test_whoever_is_forgotten_is_not_forgotten_again(settings, capsys):
    main([JANE])
    assert main([LEAD[:15]]) == 2
    assert "is forgotten since" in capsys.readouterr().err


def test_a_neighbour_of_a_pseudonym_can_be_forgotten_too(settings):
    assert main([JANE]) == 0
    assert main([JOE]) == 0
    assert traces([settings.warehouse_dir, home_of(settings)], [*HERS, JOE, JOES_LEAD], "salt") == []
    assert rows(settings.build_file, "select erasure_number from audit.erasures order by all") == [(1,), (2,)]


STEPS = {
    "the build file is copied": (forget, "copy_without"),
    "the erasure is entered": (forget, "_remember"),
    "the fingerprints are others": (fingerprints, "renew_inputs"),
    "the published file is copied": (fingerprints, "renew_publication"),
    "everything is ready": (forget, "_prepare"),
    "the new files are in place": (files, "remove"),
    "the other files are mended": (files, "rewrite"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_nothing_half(settings, monkeypatch, step):
    module, name = STEPS[step]
    original = getattr(module, name)

    def dies(*arguments, **named):
        original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        monkeypatch.setattr(module, name, dies)
        main([JANE])
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    # What the next night does first.
    assert forget.finish(settings, home_of(settings))
    assert not (settings.warehouse_dir / forget.FOLDER).exists()
    is_done = rows(settings.build_file, "select count(*) from audit.erasures") == [(1,)]
    assert is_done == (list(STEPS).index(step) >= list(STEPS).index("everything is ready"))
    if not is_done:
        assert main([JANE]) == 0
    assert standing(settings) == []
    assert rows(settings.build_file, "select people from audit.erasures") == [(1,)]


def test_a_kill_between_the_two_files_is_finished(settings, monkeypatch):
    child = os.fork()
    if not child:
        original = Path.replace

        def dies(path, target):
            original(path, target)
            if Path(target) == settings.build_file:
                os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(Path, "replace", dies)
        main([JANE])
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert forget.finish(settings, home_of(settings))
    assert standing(settings) == []


def test_a_value_in_a_file_that_nobody_mends_is_told(settings, capsys):
    shutil.copy(settings.build_file, settings.warehouse_dir / "my copy.duckdb")
    assert main([JANE]) == 1
    assert "my copy.duckdb" in capsys.readouterr().out


def requested(settings, *people):
    reference = settings.reference_dir
    reference.mkdir(exist_ok=True)
    lines = ["person,requested_at", *(f"{person},2026-11-01" for person in people)]
    (reference / "erasures.csv").write_text("\n".join(lines) + "\n")
    return forget_requested(settings, home_of(settings))


@pytest.fixture
def own_tables(settings, tmp_path):
    return replace(settings, reference_dir=tmp_path / "reference")


def test_a_night_forgets_whom_the_table_names_and_says_nobody(own_tables):
    said = requested(own_tables, JANE, "later@buyer.example")
    assert standing(own_tables) == []
    assert said == [
        "Erasure 1: erasures.csv, row 1, is forgotten.",
        "erasures.csv: nobody is known by rows 2; they are looked for again every night",
    ]
    # The next night finds her forgotten.
    assert requested(own_tables, JANE) == []


def test_a_row_that_means_nobody_who_can_be_forgotten_stops_the_night_without_a_value(own_tables):
    with pytest.raises(CannotErase, match=r"^erasures.csv: row 1 is a user of the CRM") as refused:
        requested(own_tables, "rep@us.example")
    assert "rep@us" not in str(refused.value)


def test_the_table_in_the_warehouse_names_nobody(own_tables):
    requested(own_tables, JANE)
    with connected(own_tables.build_file) as connection:
        load_reference(connection, read_reference(own_tables.reference_dir))
        assert connection.execute("select person from reference.erasures").fetchall() == [(None,)]
