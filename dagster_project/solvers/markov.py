"""Markov's removal effects: how much less is won when a channel is taken out of the chain of channels.

Arrays may have leading dimensions (one entry per drawn sample); the last ones are channels. Counts and cents are whole
numbers, which floats hold exactly, so that the order of the rows changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from dagster_project.solvers.shares import Learnt, Worth, bounds, chunks, positive_shares, quotient, signed_shares

# The states that are no channels; those have numbers from 1.
START, WON = 0, -1


class Chain(NamedTuple):
    """Counts over journeys: start to channel, channel to channel, channel to the end, channel to won in cents."""

    starts: np.ndarray
    steps: np.ndarray
    won: np.ndarray
    lost: np.ndarray
    won_cents: np.ndarray


def learn(rows: Mapping[str, np.ndarray], samples: int, random: np.random.Generator) -> Learnt:
    """The worth of each channel from the transitions: columns block, from_state, to_state, transitions, won_cents."""
    states = np.concatenate([rows["from_state"], rows["to_state"]])
    channels = np.unique(states[states > START])
    blocks = block_counts(rows, channels)
    worth = markov(chain_of(blocks.sum(axis=0), len(channels)))
    interval = bounds(list(markov_samples(blocks, len(channels), samples, random)), len(channels))
    return Learnt([[int(channel)] for channel in channels], worth, interval)


def removal_effects(chain: Chain, gains: np.ndarray) -> np.ndarray:
    """1 - P without the channel / P, where P is what a journey gains on average: `gains` are those of a last touch.

    What a removal loses are the journeys that come by: the probability of ever reaching the channel times what is
    gained from there on. One inverse gives both, for all channels, instead of a smaller matrix for each.
    """
    leaving = chain.steps.sum(axis=-1) + chain.won + chain.lost
    leaving = np.where(leaving == 0, 1, leaving)
    visits = np.linalg.inv(np.eye(leaving.shape[-1]) - chain.steps / leaving[..., None])
    first = chain.starts / chain.starts.sum(axis=-1, keepdims=True)
    visited = (first[..., None, :] @ visits)[..., 0, :]
    gained_from = (visits @ (gains / leaving)[..., None])[..., 0]
    gained = (visited * gains / leaving).sum(axis=-1, keepdims=True)
    reached = visited / np.diagonal(visits, axis1=-2, axis2=-1)
    return quotient(reached * gained_from, gained)


def markov(chain: Chain) -> Worth:
    """Removal effects and their shares; by value, a win counts with the mean amount of the wins that ended there."""
    effects = removal_effects(chain, chain.won)
    value_effects = removal_effects(chain, chain.won_cents)
    return Worth(effects, positive_shares(effects), signed_shares(value_effects))


def chain_of(blocks: np.ndarray, states: int) -> Chain:
    """The chain whose counts lie in a row, as `block_counts` writes them."""
    sizes = np.cumsum([states, states * states, states, states])
    starts, steps, won, lost, won_cents = np.split(blocks, sizes, axis=-1)
    return Chain(starts, steps.reshape(*blocks.shape[:-1], states, states), won, lost, won_cents)


def block_counts(rows: Mapping[str, np.ndarray], channels: np.ndarray) -> np.ndarray:
    """The transitions as one row of counts per block of journeys; `channels` are the sorted channel numbers."""
    states = len(channels)
    _, block = np.unique(rows["block"], return_inverse=True)
    from_state, to_state = rows["from_state"], rows["to_state"]
    from_place, to_place = np.searchsorted(channels, from_state), np.searchsorted(channels, to_state)
    after_steps = states + states * states
    column = np.where(
        from_state == START,
        to_place,
        np.where(
            to_state > START,
            states + from_place * states + to_place,
            after_steps + np.where(to_state == WON, 0, states) + from_place,
        ),
    )
    width = after_steps + 3 * states
    height = int(block.max()) + 1
    counts = np.bincount(block * width + column, rows["transitions"], height * width)
    is_won = to_state == WON
    cents = rows["won_cents"][is_won]
    counts += np.bincount((block * width + after_steps + 2 * states + from_place)[is_won], cents, height * width)
    return counts.reshape(height, width)


def markov_samples(blocks: np.ndarray, states: int, samples: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Shares with the blocks of journeys drawn again, as many as there are, each as often as chance has it."""
    height = len(blocks)
    for drawn in chunks(samples, states * states + height):
        weights = random.multinomial(height, np.full(height, 1 / height), size=drawn)
        yield markov(chain_of(weights.astype(float) @ blocks, states)).shares
