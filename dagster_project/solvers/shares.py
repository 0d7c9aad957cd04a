"""What the data-driven models have in common: shares of effects, random samples of them, and intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# The middle 95 % of the samples.
INTERVAL = (0.025, 0.975)
# Numbers held at once while drawing samples: 64 MiB.
MOST_NUMBERS = 2**23


class Worth(NamedTuple):
    """What a model learnt of its channels: its own measure, the shares of the won journeys, and of their amount."""

    effects: np.ndarray
    shares: np.ndarray
    value_shares: np.ndarray


class Learnt(NamedTuple):
    """The worth of each player, and the lower and upper bound of its share; a player is one channel or several."""

    players: list[list[int]]
    worth: Worth
    interval: np.ndarray


def quotient(dividend: np.ndarray, divisor: np.ndarray, otherwise: float = np.nan) -> np.ndarray:
    dividend, divisor = np.broadcast_arrays(dividend, divisor)
    return np.divide(dividend, divisor, out=np.full(dividend.shape, float(otherwise)), where=divisor != 0)


def positive_shares(effects: np.ndarray) -> np.ndarray:
    """Shares that sum to 1. A channel that harms has none: credit can't be taken from an opportunity that was won."""
    positive = np.maximum(effects, 0)
    return quotient(positive, positive.sum(axis=-1, keepdims=True))


def signed_shares(effects: np.ndarray) -> np.ndarray:
    """Shares of an amount, in which credit notes may make a channel's negative; none where the amounts cancel out."""
    total = effects.sum(axis=-1, keepdims=True)
    return quotient(effects, np.where(np.abs(total) > 1e-9 * np.abs(effects).sum(axis=-1, keepdims=True), total, 0))


def chunks(samples: int, numbers: int) -> Iterator[int]:
    """The samples in portions that fit into memory, when one takes that many numbers."""
    most = max(1, MOST_NUMBERS // max(1, numbers))
    for start in range(0, samples, most):
        yield min(most, samples - start)


def bounds(samples: list[np.ndarray], players: int) -> np.ndarray:
    """Lower and upper bound per player; samples without a won journey, which have no shares, are left out."""
    shares = np.concatenate(samples) if samples else np.empty((0, players))
    shares = shares[~np.isnan(shares).any(axis=1)]
    return np.quantile(shares, INTERVAL, axis=0) if len(shares) else np.full((2, players), np.nan)
