"""The metrics that dbt declares, asked of MetricFlow on the sample, say what plain SQL on the marts says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.runs import Night

# Metrics and what they are asked by, with the same question in SQL: the groups' columns first, then the metrics'.
QUESTIONS: list[tuple[list[str], list[str], str]] = [
    (
        ["won_revenue", "won_opportunities"],
        ["metric_time__month", "opportunity__originator_team"],
        """
        select date_trunc('month', close_date), originator_team, sum(amount) filter (where is_won),
            count(*) filter (where is_won)
        from marts.fct_opportunities group by all
        """,
    ),
    (
        ["marketing_originated_revenue", "sales_originated_revenue", "partner_originated_revenue"],
        ["metric_time__month"],
        """
        select month, nullif(marketing_originated, 0), nullif(sales_originated, 0), nullif(partner_originated, 0)
        from marts.rpt_revenue_scorecard
        where marketing_originated + sales_originated + partner_originated <> 0
        """,
    ),
    (
        ["won_revenue"],
        ["account__industry"],
        """
        select industry, sum(amount)
        from marts.fct_opportunities left join marts.dim_account using (account_id) where is_won group by all
        """,
    ),
    (
        ["win_rate"],
        ["opportunity__opportunity_type"],
        """
        select opportunity_type, count(*) filter (where is_won) / count(*) filter (where is_closed)
        from marts.fct_opportunities group by all
        """,
    ),
    (["open_pipeline"], [], "select sum(amount) from marts.fct_opportunities where outcome = 'open'"),
    (
        ["pipeline_created", "churned_revenue", "nrr", "grr"],
        ["metric_time__month"],
        "select month, pipeline_created, churned_amount, nrr, grr from marts.rpt_revenue_scorecard",
    ),
    (
        ["acceptance_rate", "velocity_per_day"],
        ["metric_time__month"],
        "select cohort_month, acceptance_rate, velocity_per_day from marts.rpt_pipeline_velocity_total",
    ),
    (
        ["inquiry_to_mql_conversion"],
        ["metric_time__month"],
        """
        select cohort_month, conversion_rate from marts.rpt_stage_conversion
        where from_stage = 'inquiry' and to_stage = 'mql'
        """,
    ),
    (
        ["mql_to_won_conversion"],
        [],
        """
        select sum(converted) / sum(people) from marts.rpt_stage_conversion
        where from_stage = 'mql' and to_stage = 'won'
        """,
    ),
    (
        ["roas_w_shaped", "cac_w_shaped", "credited_revenue_w_shaped"],
        ["metric_time__month", "channel_return__channel"],
        """
        select month, channel, case when cost > 0 then won_amount / cost end,
            case when customers > 0 then cost / customers end, won_amount
        from marts.rpt_channel_roi where model = 'w_shaped'
        """,
    ),
    (
        # Every model hands out the same revenue, and all of it.
        ["won_revenue", "credited_revenue_markov", "credited_revenue_last_touch", "credited_revenue_linear"],
        [],
        "select a, a, a, a from (select sum(amount) as a from marts.fct_opportunities where is_won)",
    ),
    (
        ["content_revenue_time_decay", "content_mqls_first_touch"],
        ["content_piece__topic"],
        """
        select topic, sum(attributed_amount) filter (where model = 'time_decay'),
            sum(mql_credit) filter (where model = 'first_touch')
        from marts.rpt_content_effectiveness group by all
        """,
    ),
]


@pytest.fixture(scope="module")
def answered(sample_night: Night) -> dict[str, Any]:
    """What MetricFlow answers to all questions, in one process: most of its time is its start."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.metricflow_queries", str(sample_night.build.file)],
        input=json.dumps([[metrics, group_by] for metrics, group_by, _ in QUESTIONS]),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_metricflow_finds_nothing_wrong_with_them(answered: dict[str, Any]) -> None:
    assert answered["issues"] == []


@pytest.mark.parametrize("number", range(len(QUESTIONS)), ids=lambda number: QUESTIONS[number][0][0])
def test_a_metric_says_what_the_marts_say(answered: dict[str, Any], sample_night: Night, number: int) -> None:
    metrics, group_by, sql = QUESTIONS[number]
    found = answered["answers"][number]
    assert sorted(found["columns"]) == sorted([*group_by, *metrics])
    order = [found["columns"].index(name) for name in (*group_by, *metrics)]
    groups = len(group_by)
    said = keyed(([row[position] for position in order] for row in found["rows"]), groups)
    expected = keyed(sample_night.rows(sql), groups)
    assert said.keys() == expected.keys()
    assert said
    for key, values in expected.items():
        # MetricFlow hands out floating point; a rate of the marts has six decimals.
        assert said[key] == pytest.approx(values, abs=1.5e-2 if max(map(abs, values)) > 10 else 2e-6), key


def keyed(rows: Any, groups: int) -> dict[tuple[str, ...], list[float]]:
    """The metrics of each group; nothing counts as 0, and a group of nothing else is none."""
    found = {
        tuple(str(value)[:10] if value is not None else "" for value in row[:groups]): [
            float(value) if value is not None else 0.0 for value in row[groups:]
        ]
        for row in rows
    }
    return {key: values for key, values in found.items() if any(values)}
