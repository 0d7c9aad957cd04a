"""Marks of loads and builds: which state of the warehouse a check looked at."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
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
    prepare_audit(connection)
    connection.execute("insert into audit.landed_files (file, content_hash) values ('lead.csv', 'a1')")
    first = builds.load_id(connection)
    assert builds.load_id(connection) == first
    connection.execute("insert into audit.landed_files (file, content_hash) values ('account.csv', 'b2')")
    assert builds.load_id(connection) != first


def test_the_last_build_counts_when_the_clock_was_put_back(connection, monkeypatch):
    class PutBack(datetime):
        moment = AS_OF

        @classmethod
        def now(cls, tz=None):
            cls.moment -= timedelta(hours=1)
            return cls.moment

    monkeypatch.setattr(builds, "datetime", PutBack)
    builds.finish_build(connection, builds.start_build(connection, "before", AS_OF))
    last = builds.start_build(connection, "after the clock was put back", AS_OF)
    assert builds.latest_build(connection) == builds.Build(last, "nothing loaded", finished=False)


def test_builds_of_an_older_warehouse_are_numbered_as_they_were_entered(connection):
    connection.execute(
        """
        create schema audit;
        create table audit.builds (
            build_id varchar, load_id varchar, run_id varchar, as_of timestamp, started_at timestamp,
            finished_at timestamp
        );
        insert into audit.builds values
            ('b', 'l', 'r', '2026-01-01', '2026-01-02', '2026-01-02'),
            ('a', 'l', 'r', '2026-01-01', '2026-01-01', '2026-01-01')
        """
    )
    assert builds.latest_build(connection) == builds.Build("a", "l", finished=True)
    third = builds.start_build(connection, "run", AS_OF)
    assert connection.execute("select build_id, build_number from audit.builds order by 2").fetchall() == [
        ("b", 1),
        ("a", 2),
        (third, 3),
    ]
