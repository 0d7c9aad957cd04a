"""The proof that a person stands nowhere: each way of standing somewhere is planted once, and must be seen."""

import gzip
import hashlib
import sqlite3

import duckdb
import pytest

from dagster_project.erasure.absence import AbsenceError, traces

JANE = "jane@example.com"
SALT = "of this warehouse"


def places(folder, *values, salt=SALT):
    return [(trace.file.name, trace.place) for trace in traces([folder], values or [JANE], salt)]


def build(folder, sql):
    with duckdb.connect(str(folder / "build.duckdb")) as connection:
        connection.execute(sql)


def test_a_folder_without_her_is_clean(tmp_path):
    build(tmp_path, "create table t as select 'joe@example.com' as email, 51 as id")
    (tmp_path / "night.log").write_text("joe@example.com")
    assert places(tmp_path) == []


@pytest.mark.parametrize(
    "written",
    [
        JANE,
        "Jane@Example.COM",
        "/thanks?email%3Djane%40example.com&x=1",
        "\\njane@example.com",
        hashlib.sha256(JANE.encode()).hexdigest(),
        hashlib.md5(JANE.encode()).hexdigest().upper(),
        hashlib.sha256(f"{SALT}|{JANE}".encode()).hexdigest(),
    ],
)
def test_each_spelling_is_seen_in_text_and_in_tables(tmp_path, written):
    (tmp_path / "night.log").write_text(f"a row: {written} was rejected")
    build(tmp_path, f"create schema raw; create table raw.t as select 1 as id, {{'of': ['{written}']}} as properties")
    assert {("build.duckdb", "raw.t.properties"), ("night.log", "bytes")} <= set(places(tmp_path))


def test_compressed_pages_that_bytes_do_not_show_are_read_as_tables(tmp_path):
    build(
        tmp_path,
        "create table t as select 'jane@' || if(i = 77777, 'example.com', i || '.org') as email from range(99999) r(i)",
    )
    (trace,) = [one for one in traces([tmp_path], [JANE]) if one.place == "main.t.email"]
    assert trace.rows == 1


def test_what_a_deleted_row_left_in_the_bytes_is_seen(tmp_path):
    with sqlite3.connect(tmp_path / "events.db") as connection:
        connection.execute("pragma secure_delete = off")
        connection.execute("create table t (body text)")
        connection.execute("insert into t values (?)", [f"said {JANE}"])
        connection.commit()
        assert places(tmp_path) == [("events.db", "bytes"), ("events.db", "t.body")]
        connection.execute("delete from t")
        connection.commit()
        assert places(tmp_path) == [("events.db", "bytes")]
        connection.execute("vacuum")
    connection.close()
    assert places(tmp_path) == []


def test_definitions_comments_names_and_packed_files_are_read(tmp_path):
    build(tmp_path, f"create view v as select '{JANE}' as x; create table t (a int); comment on column t.a is '{JANE}'")
    (tmp_path / f"{JANE}.txt").write_text("")
    (tmp_path / "old.log.gz").write_bytes(gzip.compress(JANE.encode()))
    duckdb.sql(f"select '{JANE}' as email").write_parquet(str(tmp_path / "part.parquet"))
    assert {
        ("build.duckdb", "duckdb_views.sql"),
        ("build.duckdb", "duckdb_columns.comment"),
        (f"{JANE}.txt", "name"),
        ("old.log.gz", "bytes"),
        ("part.parquet", "parquet.email"),
    } <= set(places(tmp_path))


def test_a_short_id_is_a_word_of_its_own(tmp_path):
    build(tmp_path, "create table t as select 512 as other, 51 as id, '/p?id%3D51' as url, 'a151' as text")
    assert places(tmp_path, "51") == [("build.duckdb", "main.t.id"), ("build.duckdb", "main.t.url")]


def test_a_value_across_two_chunks_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("dagster_project.erasure.absence._CHUNK_BYTES", 7)
    (tmp_path / "night.log").write_text(f"a row: {JANE}")
    assert places(tmp_path) == [("night.log", "bytes")]


def test_letters_beyond_ascii_are_seen_in_any_case(tmp_path):
    (tmp_path / "page.html").write_text("<b>ZOË MÜLLER</b>")
    build(tmp_path, "create table t as select 'Zoë MÜLLER' as name")
    assert ("page.html", "bytes") in places(tmp_path, "Zoë Müller")
    assert ("build.duckdb", "main.t.name") in places(tmp_path, "Zoë Müller")


@pytest.mark.parametrize("content", [b"PK\x03\x04...", b"SQLite format 3\x00 and no more", b"PAR1 broken"])
def test_what_can_not_be_looked_into_never_counts_as_clean(tmp_path, content):
    (tmp_path / "unknown").write_bytes(content)
    with pytest.raises(AbsenceError, match="unknown"):
        places(tmp_path)


def test_a_blank_value_or_a_missing_folder_proves_nothing(tmp_path):
    with pytest.raises(AbsenceError, match="blank"):
        traces([tmp_path], [" "])
    with pytest.raises(AbsenceError, match="no folder"):
        traces([tmp_path / "missing"], [JANE])


def test_in_bytes_a_value_of_somebody_else_that_holds_hers_is_no_trace(tmp_path):
    build(tmp_path, "create table t as select 'Runa Quillan' as name union all select 'Runa Quillan'")
    assert traces([tmp_path], ["Una Quillan"])
    assert traces([tmp_path], ["Una Quillan"], longer=["Runa Quillan"]) == []
    (tmp_path / "build.duckdb").unlink()
    build(tmp_path, "create table t as select 'Runa Quillan' as name union all select 'Una Quillan'")
    assert {trace.place for trace in traces([tmp_path], ["Una Quillan"], longer=["Runa Quillan"])} == {
        "bytes",
        "main.t.name",
    }


def test_thousands_of_values_are_looked_for_in_one_reading(tmp_path):
    build(tmp_path, "create table t as select 'person' || i || '@example.com' as email from range(3000) as r(i)")
    (tmp_path / "night.log").write_text("of person2999@example.com and 00Q5g000001aBcDEAU")
    values = [f"person{number}@example.com" for number in range(2999, 6000)]
    assert places(tmp_path, *values) == [("build.duckdb", "main.t.email"), ("night.log", "bytes")]


@pytest.mark.parametrize("other", ["joanna@example.com", "anna@example.community", "Joanna Doeson"])
def test_a_value_within_a_longer_word_is_no_trace_in_text(tmp_path, other):
    (tmp_path / "night.log").write_text(f"of {other}")
    assert places(tmp_path, "anna@example.com", "Anna Doe") == []
