"""A publication is kept if it was published, whenever the run was killed; and it is named by its inputs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.publish import kept
from dagster_project.publish.publisher import publish as publish_file
from dagster_project.reference.tables import SETTINGS, TABLES_BY_NAME
from dagster_project.settings import PROJECT_ROOT

AS_OF = datetime(2024, 3, 1)


# A run that dies, or whose machine stops, just after the function of that name has done its work for the nth time.
KILLED = """
import os, signal, sys
from pathlib import Path
from dagster_project.publish import kept, publisher
from tests.unit.publish.test_kept import a_night

def dies_after(module, name, turn):
    original, turns = getattr(module, name), []
    def replaced(*arguments):
        original(*arguments)
        turns.append(name)
        if len(turns) == turn:
            os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, replaced)

dies_after({"kept": kept, "publisher": publisher}[sys.argv[3]], sys.argv[4], int(sys.argv[5]))
a_night(Path(sys.argv[1]), Path(sys.argv[2]), "tuesday", "20.00")
"""


@pytest.fixture
def build(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build file whose models hold one figure."""
    with connected(tmp_path / "build.duckdb") as connection:
        prepare_audit(connection)
        connection.execute("create schema intermediate; create schema reference; create schema raw_finance")
        connection.execute("create table raw_finance.invoices (invoice_id varchar, _file varchar, _row bigint)")
        connection.execute("create table reference.teams (team varchar)")
        for model, table in kept.STATES.items():
            connection.execute(
                f"create table intermediate.{model} as select * exclude (valid_from, valid_to) from audit.{table}"
            )
        connection.execute("create table intermediate.int_publications__bridge as from audit.kept_restatements")
        connection.execute(
            "create table intermediate.int_publications__pair as "
            "select 'EUR' as reporting_currency, 'linear' as report_model, 1::bigint as creation_run"
        )
        connection.execute(
            "create table intermediate.int_sealing__sealed_months as "
            "select month, sealed_at, publication_number, 'sealed' as status from audit.kept_seals"
        )
        worth(connection, "10.00")
        yield connection


def worth(connection: duckdb.DuckDBPyConnection, amount: str) -> None:
    """What the models say: won revenue, by an invoice that landed."""
    connection.execute("delete from intermediate.int_publications__figures")
    connection.execute(
        f"insert into intermediate.int_publications__figures values ('won_revenue', '2024-03-01', '', '', {amount})"
    )
    connection.execute(f"insert into raw_finance.invoices values ('{amount}', 'a file', 1)")


def states(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    """Everything that is kept."""
    tables = [*kept.STATES.values(), "kept_publications", "kept_restatements", "kept_seals"]
    return {table: connection.execute(f"from audit.{table} order by all").fetchall() for table in tables}


def publish(connection: duckdb.DuckDBPyConnection, build_id: str) -> None:
    kept.begin(connection, AS_OF)
    kept.prepare(connection, build_id)
    kept.confirm(connection, build_id)


def a_night(build_file: Path, published: Path, build_id: str, amount: str) -> None:
    """What a night does about publications, as it does it, with what the models say in between."""
    with connected(build_file) as connection:
        kept.settle(connection, published)
        worth(connection, amount)
        kept.begin(connection, AS_OF)
    publish_file(
        build_file,
        published,
        marts={kept.MART},
        run_id=build_id,
        as_of=AS_OF.replace(tzinfo=UTC),
        build_id=build_id,
        salt="salt",
    )


def published_file(folder: Path, *builds: str) -> Path:
    """A published file that names these builds."""
    file = folder / "published.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema audit; create table audit.publications (build_id varchar)")
        for build_id in builds:
            connection.execute("insert into audit.publications values (?)", [build_id])
    return file


@pytest.mark.parametrize("is_published", [True, False])
def test_a_killed_run_leaves_a_whole_publication_or_none(build, tmp_path: Path, is_published: bool) -> None:
    publish(build, "monday")
    before = states(build)
    worth(build, "20.00")
    kept.begin(build, AS_OF)
    kept.prepare(build, "tuesday")
    # Killed here, before or after the file was replaced.
    kept.settle(build, published_file(tmp_path, "monday", *(["tuesday"] if is_published else [])))
    if is_published:
        versions = build.execute("select amount::integer, valid_from, valid_to from audit.kept_figures order by 2")
        assert versions.fetchall() == [(10, 1, 2), (20, 2, None)]
        assert build.execute("select count(*) from audit.kept_publications where is_published").fetchone() == (2,)
    else:
        assert states(build) == before


def test_a_run_killed_within_keeping_leaves_nothing(build, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(build, "monday")
    before = states(build)
    worth(build, "20.00")
    kept.begin(build, AS_OF)
    build.execute("drop table intermediate.int_publications__bridge")
    with pytest.raises(duckdb.CatalogException):
        kept.prepare(build, "tuesday")
    assert states(build) == before


def test_what_stays_is_kept_once(build) -> None:
    publish(build, "monday")
    worth(build, "10.00")
    publish(build, "tuesday")
    assert build.execute("select amount::integer, valid_from, valid_to from audit.kept_figures").fetchall() == [
        (10, 1, None)
    ]
    numbers = build.execute("select publication_number, previous_number from audit.kept_publications order by 1")
    assert numbers.fetchall() == [(1, None), (2, 1)]


def test_rows_in_another_file_and_order_are_the_same_publication(build) -> None:
    worth(build, "30.00")
    publish(build, "monday")
    build.execute("create or replace table raw_finance.invoices as from raw_finance.invoices order by invoice_id desc")
    build.execute("update raw_finance.invoices set _file = 'another', _row = 7")
    publish(build, "tuesday")
    assert build.execute("select build_id from audit.kept_publications").fetchall() == [("monday",)]


@pytest.mark.parametrize(
    ("module", "killed_after", "turn", "is_published"),
    [
        # Within the transaction that keeps the publication: three of five states are ended and begun.
        ("kept", "add_versions", 3, False),
        ("kept", "prepare", 1, False),
        # The new file is flushed; then the folder in which it has taken the place of the old one.
        ("publisher", "sync", 1, False),
        ("publisher", "sync", 2, True),
        # Into the new file; then into the build file.
        ("publisher", "_add_publication", 2, True),
        ("kept", "confirm", 1, True),
    ],
)
def test_a_killed_process_leaves_a_whole_publication_or_none(
    tmp_path: Path, build: duckdb.DuckDBPyConnection, module: str, killed_after: str, turn: int, is_published: bool
) -> None:
    build.execute("create schema marts; create table marts.dim_publication as select 'P' as publication_id")
    build.execute("create table reference.run_context as select 'EUR' as reporting_currency")
    build.close()
    file, published = tmp_path / "build.duckdb", tmp_path / "published" / "throughline.duckdb"
    a_night(file, published, "monday", "10.00")
    command = [sys.executable, "-c", KILLED, str(file), str(published), module, killed_after, str(turn)]
    killed = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-3000:]
    with duckdb.connect(str(published), read_only=True) as connection:
        (latest,) = connection.execute(
            "select arg_max(build_id, publication_number) from audit.publications"
        ).fetchone()
    assert latest == ("tuesday" if is_published else "monday")
    # The next night works with what was really published, and is the next publication after that.
    a_night(file, published, "wednesday", "30.00")
    with connected(file) as connection:
        kept_builds = connection.execute("select build_id, is_published from audit.kept_publications order by 1, 2")
        assert kept_builds.fetchall() == [
            (name, True) for name in ("monday", *(["tuesday"] if is_published else []), "wednesday")
        ]
        versions = connection.execute("select amount::integer, valid_from, valid_to from audit.kept_figures order by 2")
        assert versions.fetchall() == (
            [(10, 1, 2), (20, 2, 3), (30, 3, None)] if is_published else [(10, 1, 2), (30, 2, None)]
        )


@pytest.mark.parametrize(
    "edit", ["insert into raw_finance.invoices values ('I2', 'a file', 2)", "insert into reference.teams values ('x')"]
)
def test_other_inputs_are_another_publication(build, edit: str) -> None:
    publish(build, "monday")
    build.execute(edit)
    publish(build, "tuesday")
    assert build.execute("select count(distinct publication_id) from audit.kept_publications").fetchone() == (2,)


def test_records_are_known_since_the_first_publication_of_them(build) -> None:
    moments = [datetime(2024, 3, day) for day in (1, 2, 3)]
    for number, moment in enumerate(moments):
        if number == 2:
            worth(build, "20.00")
        kept.begin(build, moment)
        kept.prepare(build, f"build {number}")
        kept.confirm(build, f"build {number}")
    known = build.execute("select known_until from audit.kept_publications order by publication_number").fetchall()
    assert known == [(moments[0],), (moments[0],), (moments[2],)]


def test_a_company_is_not_compared_with_the_sample(build) -> None:
    build.execute("insert into audit.landing_folder values ('sample', true, '2024-01-01')")
    publish(build, "monday")
    build.execute("update audit.landing_folder set is_sample = false")
    worth(build, "20.00")
    publish(build, "tuesday")
    assert build.execute("select previous_number from audit.kept_publications order by all").fetchall() == [
        (None,),
        (None,),
    ]


@pytest.mark.parametrize(
    ("edit", "moved"),
    [
        ("insert into reference.teams values ('x')", set()),
        ("insert into reference.free_email_domains values ('x')", {"people"}),
        ("insert into reference.own_domains values ('x')", {"touch"}),
        ("insert into reference.settings values ('email_max_records', '5')", {"people"}),
        ("insert into reference.settings values ('timezone', 'Asia/Tokyo')", {"touch"}),
        ("insert into reference.settings values ('report_model', 'linear')", set()),
    ],
)
def test_which_rules_an_edit_is_of(build, edit: str, moved: set[str]) -> None:
    build.execute(
        "create table reference.settings (key varchar, value varchar);"
        "create table reference.free_email_domains (domain varchar);"
        "create table reference.own_domains (domain varchar)"
    )
    query = "select people_reference_fingerprint, touch_reference_fingerprint from audit.publication_in_progress"
    kept.begin(build, AS_OF)
    before = build.execute(query).fetchone()
    build.execute(edit)
    kept.begin(build, AS_OF)
    after = build.execute(query).fetchone()
    assert {part for part, old, new in zip(("people", "touch"), before, after, strict=True) if old != new} == moved


def test_what_makes_people_and_touches_is_there_by_its_name() -> None:
    for rules in (kept._PEOPLE, kept._TOUCHES):
        assert rules.tables <= TABLES_BY_NAME.keys()
        assert rules.settings <= {setting.key for setting in SETTINGS}
        assert all((PROJECT_ROOT / place).is_dir() for place, _ in rules.places)


def test_a_file_of_before_builds_had_ids_settles_nothing(build, tmp_path: Path) -> None:
    kept.begin(build, AS_OF)
    kept.prepare(build, "monday")
    file = tmp_path / "old.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema audit; create table audit.publications (published_at timestamp)")
    kept.settle(build, file)
    assert build.execute("select count(*) from audit.kept_publications").fetchone() == (0,)


def test_the_fingerprints_of_the_project_cover_its_rules() -> None:
    whole = kept._source_fingerprint(kept._DEFINITIONS)
    assert whole != kept._source_fingerprint(kept._DEFINITIONS[1:])
    assert kept._source_fingerprint((("docs", (".nothing",)),)) == kept.digest([])
