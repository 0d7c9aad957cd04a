"""Marks of loads and builds: which state of the warehouse a check looked at."""

from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.quality import builds

AS_OF = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def test_without_a_build_there_is_none(connection):
    assert builds.latest_build(connection) is None


def test_the_last_build_counts(connection):
    builds.finish_build(connection, builds.start_build(connection, "monday", AS_OF))
    second = builds.start_build(connection, "tuesday", AS_OF)
    builds.finish_build(connection, second)
    assert builds.latest_build(connection) == builds.Build(second, "nothing loaded", finished=True)


def test_a_build_that_broke_off_is_not_finished(connection):
    builds.finish_build(connection, builds.start_build(connection, "monday", AS_OF))
    begun = builds.start_build(connection, "tuesday", AS_OF)
    assert builds.latest_build(connection) == builds.Build(begun, "nothing loaded", finished=False)


def test_a_load_is_known_by_its_files(connection):
    connection.execute(
        "create schema audit; create table audit.landed_files as select 'lead.csv' as file, 'a1' as hash"
    )
    first = builds.load_id(connection)
    assert builds.load_id(connection) == first
    connection.execute("insert into audit.landed_files values ('account.csv', 'b2')")
    assert builds.load_id(connection) != first
