"""The skill of a metric: found where it runs ahead of the deals, at its lead, and not where two series merely grow."""

from __future__ import annotations

import numpy as np
import pytest

from dagster_project.solvers import skill

WEEKS = 150


def wandering(rng: np.random.Generator) -> np.ndarray:
    """A metric's weekly counts around 300, whose level drifts away and comes back."""
    level = np.zeros(WEEKS)
    for week in range(1, WEEKS):
        level[week] = 0.85 * level[week - 1] + 0.15 * rng.normal()
    return rng.poisson(300 * np.exp(level)).astype(float)


def test_a_metric_that_deals_follow_has_skill_at_its_lead():
    """Deals are a tenth of the metric's mean five to eight weeks before: a month's mean, five weeks ahead."""
    rng = np.random.default_rng(2)
    for _ in range(6):
        metric = wandering(rng)
        level = np.array([metric[max(0, week - 8) : max(1, week - 4)].mean() for week in range(WEEKS)])
        lead, found, error, held_out = skill.skill_of(np.sqrt(metric), np.sqrt(rng.poisson(level / 10)))
        assert held_out == 54
        assert abs(lead - 5) <= 1
        assert found >= 0.2
        assert found >= 1.645 * error


def test_what_merely_grows_together_has_none():
    """Both grow by the same trend: one such series in fifty is lucky, one in twenty would be too many."""
    rng = np.random.default_rng(2)
    trend = np.linspace(1, 2, WEEKS)
    lucky = 0
    for _ in range(200):
        metric, deals = rng.poisson(200 * trend), rng.poisson(6 * trend)
        _, found, error, _ = skill.skill_of(np.sqrt(metric), np.sqrt(deals))
        lucky += found > 0 and found >= 1.645 * error
    assert lucky <= 10


def test_the_lead_is_chosen_without_the_held_out_weeks():
    rng = np.random.default_rng(3)
    for _ in range(20):
        metric, deals = np.sqrt(wandering(rng)), np.sqrt(rng.poisson(6, WEEKS))
        lead, _, _, held_out = skill.skill_of(metric, deals)
        other_end = np.concatenate([deals[:-held_out], np.sqrt(rng.poisson(60, held_out))])
        assert skill.skill_of(metric, other_end)[0] == lead


def test_a_prediction_uses_earlier_weeks_only():
    """Rolling origin, told by least squares on its own: each week from a fit on the weeks before it."""
    rng = np.random.default_rng(4)
    features = np.column_stack([np.ones(40), np.arange(40) / 52, rng.normal(size=40)])
    outcome = rng.normal(size=40)
    expected = [
        outcome[week] - features[week] @ np.linalg.lstsq(features[5:week], outcome[5:week], rcond=None)[0]
        for week in range(30, 40)
    ]
    assert skill._errors(features, outcome, 5, 30, 40) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "deals"),
    [
        (np.full(60, 10.0), np.full(60, 3.0)),  # a year and two months: too few weeks
        (np.where(np.arange(WEEKS) == 100, 400.0, 0.0), np.full(WEEKS, 3.0)),  # a source that appeared once
    ],
)
def test_too_little_says_nothing(metric, deals):
    assert skill.skill_of(metric, deals) == (None, None, None, 0)
