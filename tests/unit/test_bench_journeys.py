"""The made-up journeys of the benchmarks are as many as asked for, and the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bench.journeys import write_journeys
from bench.models import settings_of, write_reference
from dagster_project.engine import connected
from tests.compiled_models import compiled_models


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connected(tmp_path / "throughline.duckdb") as connection:
        write_journeys(connection, 10_000)
        yield connection


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


def test_the_models_give_every_deal_s_amount_to_the_touches(connection, tmp_path):
    """What the models read of a touch changes; a benchmark that fails a month later is of no use."""
    write_reference(connection, settings_of(str(tmp_path)))
    rooms = ("stg_reference__attribution_models", "stg_reference__run_context", "int_journeys__", "int_attribution__")
    connection.execute("create schema staging")
    for model in compiled_models(True):
        if model.name.startswith(rooms):
            model.build(connection, is_first_night=True)
    credited = """
        select distinct sum(attributed_amount) from intermediate.int_attribution__credit group by model
    """
    amount = "select sum(amount) from intermediate.int_journeys__opportunities"
    assert connection.execute(credited).fetchall() == connection.execute(amount).fetchall()
