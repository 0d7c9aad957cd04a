"""Trust on generated companies with other seeds: planted months are found, a clean company raises nothing.

Two companies, to keep it cheap; `make bench` measures hundreds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cases.trust import Alarms, read_alarms
from seeds.generator import CompanyPlan, generate, small_plan, write
from tests.company import SHIPPED_REFERENCE_DIR, Folders
from tests.runs import build_marts

pytestmark = pytest.mark.slow


def alarms_of(plan: CompanyPlan, folder: Path) -> Alarms:
    company = Folders(folder / "landing", SHIPPED_REFERENCE_DIR, folder / "warehouse")
    write(generate(plan), company.landing_dir)
    return read_alarms(build_marts(company, plan.as_of))


def test_planted_months_are_found(tmp_path: Path) -> None:
    plan = small_plan(11, bought_traffic=True, padded_sqls=True)
    assert plan.bought_traffic_months != plan.padded_sql_months
    alarms = alarms_of(plan, tmp_path)
    assert ("visits", plan.bought_traffic_months[0]) in alarms.divergence_months
    assert ("visits", plan.bought_traffic_months[0]) in alarms.inflated
    assert ("sqls", plan.padded_sql_months[0]) in alarms.inflated


def test_a_clean_company_raises_nothing(tmp_path: Path) -> None:
    alarms = alarms_of(small_plan(12), tmp_path)
    assert alarms.total_metrics == 8
    assert alarms.watched | alarms.vain | alarms.inflated == set()
