"""The made-up journeys of the benchmarks are as many as asked for, and the same every time."""

from __future__ import annotations

import duckdb
import pytest

from bench.journeys import write_journeys


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    write_journeys(connection, 10_000)
    return connection


def test_three_deals_for_a_hundred_touches(connection):
    assert connection.execute("select count(*) from intermediate.int_touchpoints__touches").fetchone() == (10_000,)
    assert connection.execute("select count(*) from intermediate.int_revenue__opportunities").fetchone() == (300,)
    # Nobody's touch is wasted: every person is of an account, and every account has a deal.
    unknown = """
        select count(*) from intermediate.int_touchpoints__touches as touches
        left join intermediate.int_identity__person_accounts as people on touches.person_id = people.person_id
        left join intermediate.int_revenue__opportunities as deals on people.account_id = deals.account_id
        where deals.opportunity_id is null
    """
    assert connection.execute(unknown).fetchone() == (0,)


def test_they_are_the_same_every_time(connection):
    connection.execute("create table first as from intermediate.int_touchpoints__touches")
    write_journeys(connection, 10_000)
    assert connection.execute("from intermediate.int_touchpoints__touches except all from first").fetchall() == []
