"""How well each metric tells next weeks' pipeline; what skill is stands in dagster_project/solvers/skill.py."""

from itertools import pairwise

from dagster_project.solvers.skill import Series, judge
from dagster_project.transform.arrays import arrays, relation_of

TYPES = {
    "metric": "varchar",
    "channel": "varchar",
    "lead_weeks": "bigint",
    "pipeline_skill": "double",
    "pipeline_skill_error": "double",
    "revenue_skill": "double",
    "held_out_weeks": "bigint",
    "held_out_opportunities": "bigint",
}


def model(dbt, session):
    """dbt's entry point."""
    dbt.config(materialized="table")
    weeks = dbt.ref("int_trust__metric_weeks").order("metric, channel, week_start")
    rows = arrays(weeks, "metric, channel, week_start, cast(units as double) as units")
    names = list(zip(rows["metric"].tolist(), rows["channel"].tolist(), strict=True))
    # Each series is one stretch of the ordered rows.
    starts = [place for place, name in enumerate(names) if place == 0 or name != names[place - 1]]
    series = {
        names[start]: Series(rows["week_start"][start:stop], rows["units"][start:stop])
        for start, stop in pairwise([*starts, len(names)])
    }
    nothing = Series(rows["week_start"][:0], rows["units"][:0])
    opportunities = series.get(("opportunities", "total"), nothing)
    revenue = series.get(("won_amount", "total"), nothing)
    judged = [
        (*name, *judge(values, opportunities, revenue))
        for name, values in series.items()
        if name[0] not in ("opportunities", "won_amount")
    ]
    return relation_of(session, TYPES, judged)
