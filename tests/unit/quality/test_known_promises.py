"""Promises aren't asked again while what they read is the same, and are told as asking tells them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.engine import connected
from dagster_project.landing.catalog import catalog
from dagster_project.landing.loader import load_objects
from dagster_project.quality import known_promises, results
from dagster_project.quality.known_promises import KnownPromises, Marks
from dagster_project.quality.results import CheckResult
from dagster_project.quality.suites import SQL_TYPE, Expectation, Suite, load_suites, suites_as_of
from dagster_project.quality.validation import validate
from tests.company import Company
from tests.profiles import examples
from tests.runs import Warehouse

SEEN = "with known as (from staging.closed) select deal from {batch} anti join known using (deal)"
SOLD = "select deal from {batch} as deals where not exists (select 1 from staging.people where name = deals.owner)"
EVERY = ["past", "seen", "sold", "some", "unique"]
SUITES = [
    Suite(
        "marts.deals",
        "Deals.",
        ("deal",),
        (
            Expectation(
                "unique", "One row per deal.", "blocking", "expect_column_values_to_be_unique", {"column": "deal"}
            ),
            Expectation("sold", "Somebody sold it.", "blocking", SQL_TYPE, {}, SOLD),
            Expectation("seen", "It is seen.", "warn", SQL_TYPE, {}, SEEN),
            Expectation("past", "None is of tomorrow.", "warn", SQL_TYPE, {}, "from {batch} where closed > {as_of}"),
        ),
    ),
    Suite(
        "staging.people", "People.", (), (Expectation("some", "Some.", "warn", SQL_TYPE, {}, "from {batch} limit 0"),)
    ),
]
NOW = datetime(2026, 1, 31)
# What may happen between two nights, and which promises read it.
EDITS = {
    "insert into marts.deals values (3, 'ann', timestamp '2026-01-03')": ["past", "seen", "sold", "unique"],
    "insert into staging.people values ('joe')": ["sold", "some"],
    "update marts.deals set closed = closed - interval 1 day where deal = 1": ["past", "seen", "sold", "unique"],
    "insert into marts.deals select * from marts.deals where deal = 2": ["past", "seen", "sold", "unique"],
    "delete from staging.people where name = 'ann'": ["sold", "some"],
    "create or replace table marts.deals as from marts.deals order by deal desc": [],
    "alter table marts.deals alter deal type bigint": ["past", "seen", "sold", "unique"],
    "create or replace view staging.closed as select deal from marts.deals": ["seen"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return filled(tmp_path / "throughline.duckdb")


def filled(file: Path) -> Path:
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            create schema marts;
            create schema staging;
            create table staging.people as select 'ann' as name;
            create table marts.deals as
                select * from (values (1, 'ann', timestamp '2026-01-01'), (2, 'ann', timestamp '2026-01-02'))
                    as deals (deal, owner, closed);
            create view staging.closed as select deal, closed from marts.deals;
            """
        )
    return file


class Asked:
    """A night's promises: which were asked, and what is told of all."""

    def __init__(self, file: Path, suites: Sequence[Suite] = SUITES, as_of: datetime = NOW) -> None:
        with duckdb.connect(str(file)) as connection:
            known = KnownPromises(connection, suites_as_of(suites, as_of))
        outcome = validate(known.to_ask(), file)
        every = [*outcome, *known.found()]
        with duckdb.connect(str(file)) as connection:
            known.forget(connection)
            results.record(connection, every, run_id="run", checked_at=NOW, as_of=NOW, load_id="load", build_id="build")
            known.keep(connection, outcome)
        self.names = sorted(result.expectation for result in outcome)
        self.told = in_order(every)


def in_order(outcome: Sequence[CheckResult]) -> list[CheckResult]:
    """By table and name; sample rows as they are kept."""
    kept = [replace(r, sample_rows=json.loads(json.dumps(r.sample_rows, default=str))) for r in outcome]
    return sorted(kept, key=lambda result: (result.table_name, result.expectation))


def edit(file: Path, statement: str) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("broken", [False, True])
def test_what_was_found_is_told_again_without_asking(file: Path, broken: bool) -> None:
    if broken:
        edit(file, "insert into marts.deals values (1, 'nobody', timestamp '2026-03-01')")
    first, second = Asked(file), Asked(file)
    assert (first.names, second.names) == (EVERY, [])
    assert second.told == first.told
    assert {r.expectation for r in first.told if r.status == "failed"} == (
        {"past", "sold", "unique"} if broken else set()
    )


@pytest.mark.parametrize("statement", EDITS)
def test_who_reads_what_changed_is_asked(file: Path, statement: str) -> None:
    Asked(file)
    edit(file, statement)
    assert Asked(file).names == EDITS[statement]


def test_another_logical_time_asks_what_reads_it(file: Path) -> None:
    Asked(file)
    assert Asked(file, as_of=datetime(2026, 2, 1)).names == ["past"]


def test_another_query_other_arguments_and_other_code_are_asked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Asked(file)
    deals, people = SUITES
    unique, *_, past = deals.expectations
    other = Expectation("unique", unique.promise, unique.severity, unique.expect, {"column": "closed"})
    assert Asked(file, [Suite("marts.deals", "Deals.", ("deal",), (other, past)), people]).names == ["unique"]
    monkeypatch.setattr(known_promises, "_asked_by", lambda: "another version")
    assert Asked(file).names == EVERY


def test_one_that_cannot_be_asked_is_asked_every_night(file: Path) -> None:
    edit(file, "alter table staging.people rename to persons")
    for _ in range(2):
        night = Asked(file)
        assert {"sold", "some"} <= set(night.names)
        assert {r.expectation for r in night.told if r.status == "errored"} == {"sold", "some"}


def test_nothing_is_known_without_the_row_that_tells_it(file: Path) -> None:
    Asked(file)
    edit(file, "delete from audit.check_results where expectation = 'past'")
    assert Asked(file).names == ["past"]


def test_a_test_of_dbts_with_a_promises_name_tells_nothing_of_it(file: Path) -> None:
    first = Asked(file)
    of_dbt = "'dbt.singular' as expectation_type, 'failed' as status, check_number + 1 as check_number"
    edit(file, f"insert into audit.check_results select * replace ({of_dbt}) from audit.check_results")
    assert Asked(file).told == first.told


def test_a_night_that_is_killed_after_it_asked_leaves_nothing_known_of_it(file: Path) -> None:
    """Else an earlier mark would be taken for that of a later result."""
    Asked(file)
    edit(file, "insert into staging.people values ('joe')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KnownPromises, "keep", lambda *_: None)
        Asked(file)
    edit(file, "delete from staging.people where name = 'joe'")
    assert Asked(file).names == ["sold", "some"]


def test_a_full_refresh_asks_everything(company: Company, tmp_path: Path) -> None:
    file = filled(tmp_path / "throughline.duckdb")
    Asked(file)
    company.write()
    with duckdb.connect(str(file)) as connection:
        load_objects(connection, catalog().objects, company.landing_dir, NOW, full_refresh=True)
    assert Asked(file).names == EVERY


@pytest.mark.parametrize(
    "condition",
    [
        "closed > current_date",
        "closed > now()",
        "closed > get_current_timestamp()",
        "random() > 2",
        "deal in (select 5 from read_text('{file}'))",
        "deal in (select deal from staging.people tablesample 50%, (select 5 as deal))",
        "deal in (select 5 from duckdb_tables() where false)",
    ],
)
def test_what_hangs_on_more_than_rows_is_asked_every_night(file: Path, condition: str) -> None:
    query = "select deal from {batch} where " + condition.replace("{file}", str(file))
    suite = Suite("marts.deals", "Deals.", ("deal",), (Expectation("it", "It holds.", "warn", SQL_TYPE, {}, query),))
    for _ in range(2):
        night = Asked(file, [suite])
        assert (night.names, [result.status for result in night.told]) == (["it"], ["passed"])


def test_of_every_shipped_query_is_known_what_it_reads(built: Warehouse) -> None:
    with connected(built.file, read_only=True) as connection:
        marks = Marks(connection)
        for suite in suites_as_of(load_suites(), NOW):
            for expectation in suite.expectations:
                assert marks.of(suite, expectation), (suite.table, expectation.name)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return (tmp_path_factory.mktemp("sequence") / "throughline.duckdb" for _ in count())


@examples(10)
@given(nights=st.lists(st.lists(st.sampled_from(sorted(EDITS)), max_size=2), min_size=1, max_size=4))
def test_after_any_sequence_what_is_told_is_what_asking_everything_tells(files: Iterator[Path], nights) -> None:
    file = filled(next(files))
    for number, edits in enumerate(nights):
        for statement in edits:
            edit(file, statement)
        as_of = datetime(2026, 1, 1 + number)
        told = Asked(file, as_of=as_of).told
        assert told == in_order(validate(suites_as_of(SUITES, as_of), file))
