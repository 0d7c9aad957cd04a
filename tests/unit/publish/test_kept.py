"""A publication is kept if it was published, whenever the run was killed; and it is named by its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.publish import kept

AS_OF = datetime(2024, 3, 1)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build file whose models hold one opportunity."""
    with connected(tmp_path / "build.duckdb") as connection:
        prepare_audit(connection)
        connection.execute("create schema intermediate; create schema reference; create schema raw_finance")
        connection.execute("create table raw_finance.invoices (invoice_id varchar, _file varchar, _row bigint)")
        connection.execute("create table reference.teams (team varchar)")
        for model, table in kept._STATES.items():
            connection.execute(
                f"create table intermediate.{model} as select * exclude (valid_from, valid_to) from audit.{table}"
            )
        connection.execute("create table intermediate.int_publications__bridge as from audit.kept_restatements")
        connection.execute(
            "create table intermediate.int_publications__pair as "
            "select 'EUR' as reporting_currency, 'linear' as report_model, 1::bigint as creation_run"
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
    tables = [*kept._STATES.values(), "kept_publications", "kept_restatements"]
    return {table: connection.execute(f"from audit.{table} order by all").fetchall() for table in tables}


def publish(connection: duckdb.DuckDBPyConnection, build_id: str) -> None:
    kept.begin(connection, AS_OF)
    kept.prepare(connection, build_id)
    kept.confirm(connection, build_id)


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
    "edit", ["insert into raw_finance.invoices values ('I2', 'a file', 2)", "insert into reference.teams values ('x')"]
)
def test_other_inputs_are_another_publication(build, edit: str) -> None:
    publish(build, "monday")
    build.execute(edit)
    publish(build, "tuesday")
    assert build.execute("select count(distinct publication_id) from audit.kept_publications").fetchone() == (2,)


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


def test_the_fingerprints_of_the_project_cover_its_rules() -> None:
    whole = kept._source_fingerprint(kept._DEFINITIONS)
    assert whole != kept._source_fingerprint(kept._DEFINITIONS[1:])
    assert kept._source_fingerprint((("docs", (".nothing",)),)) == kept._digest([])
