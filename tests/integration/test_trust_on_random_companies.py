"""Trust on generated companies with other seeds: what is planted is found, a clean company raises nothing.

Three companies, to keep it cheap; `python -m bench --cases trust` measures hundreds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cases.trust import KINDS, ROOM, Alarms, alarms_of, build_generated, random_plan, read_alarms
from seeds.generator import Company, generate, write
from tests.company import SHIPPED_REFERENCE_DIR, Folders
from tests.runs import build_marts

pytestmark = pytest.mark.slow

CLEAN, TRAFFIC_AND_OPENS, BOTS_AND_SQLS = KINDS


def test_bought_traffic_and_padded_opens_are_found() -> None:
    plan = random_plan(103, TRAFFIC_AND_OPENS)
    alarms = alarms_of(plan)
    assert {("visits", "total"), ("email_opens", "total")} <= alarms.watched
    assert ("visits", plan.bought_traffic_months[0]) in alarms.watched_months
    assert ("visits", plan.bought_traffic_months[0]) in alarms.inflated
    assert ("email_opens", plan.padded_open_months[0]) in alarms.watched_months


@pytest.fixture(scope="module")
def padded() -> Company:
    return generate(random_plan(203, BOTS_AND_SQLS))


@pytest.fixture(scope="module")
def padded_alarms(padded: Company, tmp_path_factory: pytest.TempPathFactory) -> Alarms:
    return read_alarms(build_generated(padded, tmp_path_factory.mktemp("padded")))


def test_hidden_bots_and_padded_sqls_are_found(padded: Company, padded_alarms: Alarms) -> None:
    plan = padded.plan
    assert ("visits", "total") in padded_alarms.watched
    assert ("visits", plan.bot_visit_months[0]) in padded_alarms.watched_months
    assert ("visits", plan.bot_visit_months[0]) in padded_alarms.inflated
    assert ("sqls", plan.padded_sql_months[0]) in padded_alarms.inflated


def test_records_without_files_are_judged_as_landed_ones(
    padded: Company, padded_alarms: Alarms, tmp_path: Path
) -> None:
    landed = Folders(tmp_path / "landing", SHIPPED_REFERENCE_DIR, tmp_path / "warehouse")
    write(padded, landed.landing_dir)
    assert padded_alarms == read_alarms(build_marts(landed, padded.plan.as_of, select=ROOM))


def test_a_clean_company_raises_nothing() -> None:
    alarms = alarms_of(random_plan(2, CLEAN))
    assert alarms.rows > 50 and alarms.targets > 40
    assert alarms.watched | alarms.vain | alarms.inflated == set()
