"""A build file of an earlier release goes on with its whole history; one of a later release is left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.audit import schema
from dagster_project.audit.schema import VERSION, AuditTooNew, prepare_audit
from dagster_project.landing.catalog import LandingObject, catalog
from dagster_project.landing.loader import load_objects
from dagster_project.quality import builds
from dagster_project.warehouse import Warehouse

# The first release: its audit tables had neither versions nor numbers.
FIRST_RELEASE = """
create schema audit;
create table audit.landed_files (
    source_system varchar, object varchar, file varchar, bytes bigint, mtime_ns bigint, content_hash varchar,
    loader_version varchar, rows bigint, rejected bigint, duplicates bigint, exact_duplicates bigint,
    recoded_lines bigint, delivery bigint, loaded_at timestamp
);
create table audit.rejected_rows (
    source_system varchar, object varchar, file varchar, line bigint, column_name varchar, reason varchar,
    record varchar, rejected_at timestamp
);
create table audit.landing_folder (landing_dir varchar, is_sample boolean, loaded_at timestamp);
create table audit.builds (
    build_id varchar not null, load_id varchar not null, run_id varchar not null, as_of timestamp not null,
    started_at timestamp not null, finished_at timestamp
);
create table audit.check_results (
    run_id varchar not null, checked_at timestamp not null, as_of timestamp not null, layer varchar not null,
    table_name varchar not null, expectation varchar not null, expectation_type varchar not null, column_name varchar,
    promise varchar not null, severity varchar not null, status varchar not null, checked_rows bigint,
    unexpected_count bigint, sample_rows json, message varchar, load_id varchar not null, build_id varchar,
    data_docs_page varchar
);
create table audit.publications (
    published_at timestamp not null, as_of timestamp not null, run_id varchar not null, build_id varchar not null,
    table_name varchar not null, row_count bigint not null, content_hash varchar not null
);
create schema raw_finance;
create table raw_finance.invoices (
    invoice_id varchar, account_id varchar, opportunity_id varchar, invoiced_at timestamp, amount decimal(28, 6),
    currency varchar, _file varchar, _row bigint, _loaded_at timestamp, _delivery bigint, _deleted_at timestamp
);
"""

# Two nights of it. The clock was put back before the second, so that only the order of entry tells which was the later.
TWO_NIGHTS = """
insert into audit.landed_files values
    ('finance', 'invoices', 'finance/invoices/january.csv', 91, 1, 'gone since', '1-abc', 1, 1, 0, 0, 0, 1,
        '2026-02-02'),
    ('finance', 'invoices', 'finance/invoices/march.csv', $bytes, $mtime_ns, $content_hash, '1-abc', 1, 0, 0, 0, 0, 2,
        '2026-02-01');
insert into audit.rejected_rows values
    ('finance', 'invoices', 'finance/invoices/january.csv', 3, 'amount', 'amount: ''x'' is not a plain number', 'I2,x',
        '2026-02-02');
insert into audit.landing_folder values ($landing_dir, false, '2026-02-01');
insert into audit.builds values
    ('monday', 'files', 'run 1', '2026-02-02', '2026-02-02', '2026-02-02'),
    ('tuesday', 'files', 'run 2', '2026-02-03', '2026-02-01', null);
insert into audit.check_results values
    ('run 1', '2026-02-02', '2026-02-02', 'marts', 'marts.dim_user', 'holds', 'type', null, 'It holds.', 'blocking',
        'failed', 7, 2, '[{"user_id": "U1"}]', null, 'files', 'monday', 'a page'),
    ('run 2', '2026-02-01', '2026-02-03', 'marts', 'marts.dim_user', 'holds', 'type', null, 'It holds.', 'blocking',
        'passed', 7, 0, null, null, 'files', 'tuesday', 'a page');
insert into audit.publications values
    ('2026-02-02', '2026-02-02', 'run 1', 'monday', 'marts.dim_user', 7, '123'),
    ('2026-02-02', '2026-02-02', 'run 1', 'monday', 'marts.dim_date', 31, '456'),
    ('2026-02-01', '2026-02-03', 'run 2', 'tuesday', 'marts.dim_user', 8, '789');
insert into raw_finance.invoices values
    ('I1', 'A1', null, '2026-01-31', 10, 'EUR', 'finance/invoices/january.csv', 1, '2026-02-02', 1, null),
    ('I3', 'A1', null, '2026-03-31', 30, 'EUR', 'finance/invoices/march.csv', 1, '2026-02-01', 2, null);
"""

MARCH = "invoice_id,account_id,opportunity_id,invoiced_at,amount,currency\nI3,A1,,2026-03-31,30.00,EUR\n"
TABLES = ("builds", "check_results", "deliveries", "landed_files", "landed_values", "publications", "rejected_rows")


@pytest.fixture
def march(tmp_path: Path) -> Path:
    """The file that still lies in the landing folder."""
    file = tmp_path / "landing" / "finance" / "invoices" / "march.csv"
    file.parent.mkdir(parents=True)
    file.write_text(MARCH)
    return file


@pytest.fixture
def first_release(tmp_path: Path, march: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build file as the first release left it after two nights."""
    values = {
        "bytes": march.stat().st_size,
        "mtime_ns": march.stat().st_mtime_ns,
        "content_hash": hashlib.blake2b(march.read_bytes(), digest_size=16).hexdigest(),
        "landing_dir": str(march.parents[2]),
    }
    with duckdb.connect(str(tmp_path / "throughline.duckdb")) as connection:
        connection.execute(FIRST_RELEASE)
        for statement in TWO_NIGHTS.split(";\n"):
            if statement:
                connection.execute(statement, {name: values[name] for name in values if f"${name}" in statement})
        yield connection


def invoices() -> LandingObject:
    found = catalog().find_object("finance", "invoices")
    assert found is not None
    return found


def load(connection: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    load_objects(connection, [invoices()], landing_dir, datetime(2026, 4, 1), log=lambda text: None)


def shape(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    return connection.execute(
        "select table_name, column_index, column_name, data_type, is_nullable, comment from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'audit' order by all"
    ).fetchall()


def test_history_is_kept(first_release, march):
    load(first_release, march.parents[2])
    asked = {
        "select build_id, build_number, finished_at is null from audit.builds order by 2": [
            ("monday", 1, False),
            ("tuesday", 2, True),
        ],
        "select run_id, check_number, status, sample_rows from audit.check_results order by 2": [
            ("run 1", 1, "failed", '[{"user_id": "U1"}]'),
            ("run 2", 2, "passed", None),
        ],
        "select run_id, publication_number, table_name, content_hash from audit.publications order by all": [
            ("run 1", 1, "marts.dim_date", "456"),
            ("run 1", 1, "marts.dim_user", "123"),
            ("run 2", 2, "marts.dim_user", "789"),
        ],
        # The file that is gone keeps its entry and its reject; the other one was read again by the newer loader.
        "select file, loaded_at::date::varchar, rows, rejected, delivered from audit.landed_files order by all": [
            ("finance/invoices/january.csv", "2026-02-02", 1, 1, None),
            ("finance/invoices/march.csv", "2026-04-01", 1, 0, 1),
        ],
        "select file, line, record from audit.rejected_rows": [("finance/invoices/january.csv", 3, "I2,x")],
        # It wasn't delivered again.
        "select file, loaded_at::date::varchar from audit.deliveries order by all": [
            ("finance/invoices/january.csv", "2026-02-02"),
            ("finance/invoices/march.csv", "2026-02-01"),
        ],
        "select invoice_id, amount::integer from raw_finance.invoices order by all": [("I1", 10), ("I3", 30)],
        "from audit.schema_version": [(VERSION,)],
    }
    assert {query: first_release.execute(query).fetchall() for query in asked} == asked


def test_the_next_entries_take_the_next_numbers(first_release):
    builds.start_build(first_release, "run 3", datetime(2026, 1, 1))
    assert first_release.execute("select run_id from audit.builds where build_number = 3").fetchall() == [("run 3",)]


def test_an_upgraded_file_has_the_shape_of_a_new_one(first_release):
    prepare_audit(first_release)
    with duckdb.connect() as new:
        prepare_audit(new)
        assert shape(first_release) == shape(new)
        assert {table for table, *_ in shape(new)} == {
            *TABLES,
            "erased_values",
            "erasures",
            "kept_credit",
            "kept_figures",
            "kept_inputs",
            "kept_memories",
            "kept_mqls",
            "kept_opportunities",
            "kept_publications",
            "kept_restatements",
            "kept_seals",
            "kept_shapes",
            "kept_spend",
            "kept_target_results",
            "kept_targets",
            "known_nodes",
            "known_promises",
            "landed_columns",
            "landing_coverage",
            "landing_folder",
            "publication_in_progress",
            "raw_clock",
            "schema_version",
        }


def test_a_step_that_fails_leaves_the_file_at_the_version_before(first_release, monkeypatch):
    def broken(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("alter table audit.builds add column half boolean")
        raise OSError("disk full")

    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, broken))
    monkeypatch.setattr(schema, "VERSION", VERSION + 1)
    with pytest.raises(OSError, match="disk full"):
        prepare_audit(first_release)
    assert schema.version_of(first_release) == VERSION
    assert "half" not in {name for _, _, name, *_ in shape(first_release)}


def test_only_the_steps_that_a_file_lacks_are_taken(first_release, monkeypatch):
    prepare_audit(first_release)
    taken = []
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, lambda connection: taken.append("next")))
    monkeypatch.setattr(schema, "VERSION", VERSION + 1)
    prepare_audit(first_release)
    prepare_audit(first_release)
    assert taken == ["next"]
    assert schema.version_of(first_release) == VERSION + 1


def test_a_file_of_a_later_release_is_left_alone(first_release, tmp_path):
    prepare_audit(first_release)
    first_release.execute(f"update audit.schema_version set version = {VERSION + 1}")
    before = shape(first_release)
    with pytest.raises(AuditTooNew) as stopped:
        prepare_audit(first_release)
    assert str(stopped.value) == (
        f"{tmp_path / 'throughline.duckdb'}: its schema audit has version {VERSION + 1}, expected at most {VERSION}: "
        "a later release of Throughline has written the file; run that release, or set THROUGHLINE_WAREHOUSE_DIR to "
        "another folder"
    )
    assert shape(first_release) == before


def test_a_run_on_a_file_of_a_later_release_stops_before_it_writes(tmp_path, monkeypatch):
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path))
    with duckdb.connect(str(tmp_path / "throughline.duckdb")) as connection:
        prepare_audit(connection)
        connection.execute(f"update audit.schema_version set version = {VERSION + 1}")

    @dg.op
    def write(warehouse: Warehouse) -> None:
        with warehouse.connect() as connection:
            connection.execute("create table written (nothing integer)")

    @dg.job(resource_defs={"warehouse": Warehouse()})
    def night() -> None:
        write()

    with pytest.raises(dg.Failure, match=r"stopped before touching anything: .* a later release of Throughline"):
        night.execute_in_process()
    with duckdb.connect(str(tmp_path / "throughline.duckdb"), read_only=True) as connection:
        assert connection.execute("select 1 from duckdb_tables() where table_name = 'written'").fetchall() == []
