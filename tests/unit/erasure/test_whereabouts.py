"""`make whereabouts`: what it says, its exit codes, and that it leaves everything as it was."""

import hashlib

import duckdb
import pytest

from dagster_project.erasure.__main__ import main

JANE = "jane@example.com"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    for variable, name in (
        ("THROUGHLINE_LANDING_DIR", "landing"),
        ("THROUGHLINE_REFERENCE_DIR", "reference"),
        ("THROUGHLINE_WAREHOUSE_DIR", "warehouse"),
        ("DAGSTER_HOME", "home"),
    ):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.delenv("THROUGHLINE_EMAIL_SALT", raising=False)
    return tmp_path


def test_nowhere_is_0_and_nothing_is_made(kept, capsys):
    assert main([JANE]) == 0
    assert capsys.readouterr().out == "Found nowhere.\n"
    assert not any((kept / "warehouse").iterdir())


def test_each_place_is_told_and_the_warehouses_own_salt_is_known(kept, capsys):
    (kept / "warehouse" / "salt").write_text("s\n")
    hashed = hashlib.sha256(f"s|{JANE}".encode()).hexdigest()
    with duckdb.connect(str(kept / "warehouse" / "throughline.duckdb")) as connection:
        connection.execute(f"create schema marts; create table marts.dim_person as select '{hashed}' as email_hash")
    (kept / "home" / "events.log").write_text(JANE)
    assert main([JANE]) == 1
    told = capsys.readouterr().out
    assert "throughline.duckdb: marts.dim_person.email_hash, rows: 1" in told
    assert "events.log: bytes" in told


def test_landing_files_are_the_companys_own(kept):
    (kept / "landing" / "contacts.csv").write_text(JANE)
    assert main([JANE]) == 0


def test_without_a_value_or_with_a_file_of_no_use_it_can_not_tell(kept, capsys):
    assert main([""]) == 2
    (kept / "warehouse" / "old.zip").write_bytes(b"PK\x03\x04")
    assert main([JANE]) == 2
    assert "old.zip is packed (zip)" in capsys.readouterr().err
