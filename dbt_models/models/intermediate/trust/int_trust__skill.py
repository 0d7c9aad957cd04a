"""How well a metric tells next weeks' pipeline, on weeks that the model hasn't seen.

One row per metric and channel. The numbers are small (a series is a few hundred weeks), so NumPy's least squares do.
What counts as skill enough for a verdict is decided in rpt_metric_trust, not here.
"""

import numpy as np

# Leads become deals within weeks to a quarter; longer leads would cost each short series too many of its weeks.
LEADS = range(1, 14)
# A week's count is mostly noise; a month's mean is what a plan is made by.
SMOOTHED_WEEKS = 4
# The last 40 % of the weeks are held out: enough to judge by, and the lead is chosen on what is left.
TRAINING_SHARE = 0.6
# Fewer would let three coefficients fit the noise.
MIN_TRAINING_WEEKS = 26
MIN_HELD_OUT_WEEKS = 13

FIELDS = {
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
    weeks = dbt.ref("int_trust__metric_weeks")
    rows = weeks.order("metric, channel, week_start").project("metric, channel, week_start, units").fetchall()
    series = {}
    for metric, channel, week, units in rows:
        series.setdefault((metric, channel), {})[week] = float(units)
    opportunities = series.get(("opportunities", "total"), {})
    revenue = series.get(("won_amount", "total"), {})
    found = [
        {"metric": metric, "channel": channel, **judge(values, opportunities, revenue)}
        for (metric, channel), values in sorted(series.items())
        if metric not in ("opportunities", "won_amount")
    ]
    return relation_of(session, found)


def relation_of(session, rows):
    """The rows, handed over as NumPy's columns: Arrow and DataFrames would load pandas. NaN stands for null."""
    columns = {  # noqa: F841 - DuckDB finds it by its name
        name: np.array([row[name] for row in rows], np.str_ if kind == "varchar" else np.float64)
        for name, kind in FIELDS.items()
    }
    values = [
        f"cast({name if kind == 'varchar' else f'case when not isnan({name}) then {name} end'} as {kind}) as {name}"
        for name, kind in FIELDS.items()
    ]
    return session.query(f"select {', '.join(values)} from columns")


def judge(values, opportunities, revenue):
    """Lead and skill of one series, by week; nulls where there are too few weeks."""
    weeks = sorted(set(values) & set(opportunities))
    metric = np.sqrt(np.array([values[week] for week in weeks]))
    deals = np.array([opportunities[week] for week in weeks])
    lead, skill, error, held_out = skill_of(metric, np.sqrt(deals))
    money = np.sqrt(np.maximum([revenue.get(week, 0.0) for week in weeks], 0.0))
    _, revenue_skill, _, _ = skill_of(metric, money, lead)
    return {
        "lead_weeks": lead,
        "pipeline_skill": skill,
        "pipeline_skill_error": error,
        "revenue_skill": revenue_skill,
        "held_out_weeks": held_out,
        "held_out_opportunities": int(deals[len(deals) - held_out :].sum()),
    }


def skill_of(metric, outcome, lead=None):
    """(lead, skill, its standard error, held-out weeks); a lead of None is chosen on the weeks before the held-out.

    Skill is 1 - squared error with the metric / squared error without it. Both models know the trend and the outcome's
    own last four weeks, so that two things which merely grow together show none. Square roots make a week's noise the
    same for small and large counts.
    """
    first = max(LEADS) + SMOOTHED_WEEKS
    usable = len(outcome) - first
    split = first + int(usable * TRAINING_SHARE)
    held_out = max(0, len(outcome) - split)
    if split - first < MIN_TRAINING_WEEKS or held_out < MIN_HELD_OUT_WEEKS:
        return None, None, None, 0
    # A series that is mostly nothing, such as a source that once appeared, has no ups and downs to learn from.
    if min(np.mean(metric[first:split] > 0), np.mean(metric[split:] > 0)) < 0.5:
        return None, None, None, 0
    without = _features(outcome)
    if lead is None:
        inner = first + (split - first) * 2 // 3
        errors = [
            np.sum(_errors(_with(without, metric, lead_weeks), outcome, first, inner, split) ** 2)
            for lead_weeks in LEADS
        ]
        lead = LEADS[int(np.argmin(np.round(errors, 9)))]
    worse = _errors(without, outcome, first, split, len(outcome)) ** 2
    better = _errors(_with(without, metric, lead), outcome, first, split, len(outcome)) ** 2
    if worse.mean() == 0:
        return lead, 0.0, 0.0, held_out
    gain = (worse - better) / worse.mean()
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    return lead, round(float(gain.mean()), 4), round(float(error), 4), held_out


def _trailing_mean(values):
    """Mean of the four weeks up to and including each week."""
    sums = np.cumsum(np.concatenate([np.zeros(1), values]))
    means = np.full(len(values), np.nan)
    means[SMOOTHED_WEEKS - 1 :] = (sums[SMOOTHED_WEEKS:] - sums[:-SMOOTHED_WEEKS]) / SMOOTHED_WEEKS
    return means


def _lagged(values, weeks):
    return np.concatenate([np.full(weeks, np.nan), values[:-weeks]])


def _features(outcome):
    count = len(outcome)
    return np.column_stack([np.ones(count), np.arange(count) / 52, _lagged(_trailing_mean(outcome), 1)])


def _with(features, metric, lead):
    return np.column_stack([features, _lagged(_trailing_mean(metric), lead)])


def _errors(features, outcome, first, start, stop):
    """Error of each week's prediction by a model that was fitted on the weeks before it only (rolling origin).

    The normal equations of all origins at once: running sums over the weeks, one small system per origin.
    """
    rows, known = features[first:stop], outcome[first:stop]
    products = np.cumsum(rows[:, :, None] * rows[:, None, :], axis=0)
    moments = np.cumsum(rows * known[:, None], axis=0)
    origins = slice(start - first - 1, stop - first - 1)
    inverses = np.linalg.pinv(products[origins], rcond=1e-10, hermitian=True)
    coefficients = (inverses @ moments[origins, :, None])[:, :, 0]
    return outcome[start:stop] - np.sum(features[start:stop] * coefficients, axis=1)
