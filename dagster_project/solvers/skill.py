"""How well a metric tells next weeks' outcome, on weeks that the model hasn't seen.

Series are weekly and a few hundred weeks long, so NumPy's least squares do. What counts as skill enough for a verdict
is decided in rpt_metric_trust, not here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Leads become opportunities within weeks to a quarter; longer leads would cost each short series too many of its weeks.
LEADS = range(1, 14)
# A week's count is mostly noise; a month's mean is what a plan is made by.
SMOOTHED_WEEKS = 4
# The last 40 % of the weeks are held out: enough to judge by, and the lead is chosen on what is left.
TRAINING_SHARE = 0.6
# Fewer would let three coefficients fit the noise.
MIN_TRAINING_WEEKS = 26
MIN_HELD_OUT_WEEKS = 13


class Series(NamedTuple):
    """Units by week; the weeks are in order and no week comes twice."""

    weeks: np.ndarray
    units: np.ndarray


class Skill(NamedTuple):
    """The lead in weeks, the skill with its standard error, and the weeks it was judged on; None where too few."""

    lead_weeks: int | None
    skill: float | None
    error: float | None
    held_out_weeks: int


class Judgement(NamedTuple):
    """What a metric tells of pipeline, at its lead, and of revenue at the same lead."""

    lead_weeks: int | None
    pipeline_skill: float | None
    pipeline_skill_error: float | None
    revenue_skill: float | None
    held_out_weeks: int
    held_out_opportunities: int


def judge(metric: Series, opportunities: Series, revenue: Series) -> Judgement:
    """Lead and skill of one series, on the weeks that it shares with the opportunities."""
    weeks, places, deal_places = np.intersect1d(
        metric.weeks, opportunities.weeks, assume_unique=True, return_indices=True
    )
    units, deals = np.sqrt(metric.units[places]), opportunities.units[deal_places]
    found = skill_of(units, np.sqrt(deals))
    money = np.zeros(len(weeks))
    _, of_money, paid_places = np.intersect1d(weeks, revenue.weeks, assume_unique=True, return_indices=True)
    # Credit notes may outweigh a week's wins.
    money[of_money] = np.maximum(revenue.units[paid_places], 0)
    of_revenue = skill_of(units, np.sqrt(money), found.lead_weeks)
    return Judgement(
        lead_weeks=found.lead_weeks,
        pipeline_skill=found.skill,
        pipeline_skill_error=found.error,
        revenue_skill=of_revenue.skill,
        held_out_weeks=found.held_out_weeks,
        held_out_opportunities=int(deals[len(deals) - found.held_out_weeks :].sum()),
    )


def skill_of(metric: np.ndarray, outcome: np.ndarray, lead: int | None = None) -> Skill:
    """The metric's skill at a lead; a lead of None is chosen on the weeks before the held-out ones.

    Skill is 1 - squared error with the metric / squared error without it. Both models know the trend and the outcome's
    own last four weeks, so that two things which merely grow together show none. Square roots make a week's noise the
    same for small and large counts.
    """
    first = max(LEADS) + SMOOTHED_WEEKS
    usable = len(outcome) - first
    split = first + int(usable * TRAINING_SHARE)
    held_out = max(0, len(outcome) - split)
    if split - first < MIN_TRAINING_WEEKS or held_out < MIN_HELD_OUT_WEEKS:
        return Skill(None, None, None, 0)
    # A series that is mostly nothing, such as a source that once appeared, has no ups and downs to learn from.
    if min(np.mean(metric[first:split] > 0), np.mean(metric[split:] > 0)) < 0.5:
        return Skill(None, None, None, 0)
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
        return Skill(lead, 0.0, 0.0, held_out)
    gain = (worse - better) / worse.mean()
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    return Skill(lead, round(float(gain.mean()), 4), round(float(error), 4), held_out)


def _trailing_mean(values: np.ndarray) -> np.ndarray:
    """Mean of the four weeks up to and including each week."""
    sums = np.cumsum(np.concatenate([np.zeros(1), values]))
    means = np.full(len(values), np.nan)
    means[SMOOTHED_WEEKS - 1 :] = (sums[SMOOTHED_WEEKS:] - sums[:-SMOOTHED_WEEKS]) / SMOOTHED_WEEKS
    return means


def _lagged(values: np.ndarray, weeks: int) -> np.ndarray:
    return np.concatenate([np.full(weeks, np.nan), values[:-weeks]])


def _features(outcome: np.ndarray) -> np.ndarray:
    count = len(outcome)
    return np.column_stack([np.ones(count), np.arange(count) / 52, _lagged(_trailing_mean(outcome), 1)])


def _with(features: np.ndarray, metric: np.ndarray, lead: int) -> np.ndarray:
    return np.column_stack([features, _lagged(_trailing_mean(metric), lead)])


def _errors(features: np.ndarray, outcome: np.ndarray, first: int, start: int, stop: int) -> np.ndarray:
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
