"""Shapley values: what a channel adds, on average over the orders in which the channels may join.

A set of players is a number with a bit for each. Arrays may have leading dimensions (one entry per drawn sample); the
last one is sets or players.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import factorial
from typing import NamedTuple

import numpy as np

from dagster_project.solvers.shares import Learnt, Worth, bounds, chunks, positive_shares, quotient, signed_shares

# The game whose worth is a rate is solved over all sets of players: 2^17 of them times a thousand samples would take
# minutes.
MOST_PLAYERS = 16


class Cells(NamedTuple):
    """Journeys by the set of their players, a bit each, and the cents of the won ones."""

    masks: np.ndarray
    won: np.ndarray
    lost: np.ndarray
    won_cents: np.ndarray


def learn(
    method: str,
    rows: Mapping[str, np.ndarray],
    channels_of_bit: Mapping[int, list[int]],
    samples: int,
    random: np.random.Generator,
) -> Learnt:
    """The worth of each player from its journeys: columns channel_mask, won_journeys, lost_journeys, won_cents."""
    # Samples are drawn in the order of the cells.
    order = np.argsort(rows["channel_mask"])
    cells = Cells(
        rows["channel_mask"][order].astype(np.int64),
        rows["won_journeys"][order].astype(float),
        rows["lost_journeys"][order].astype(float),
        rows["won_cents"][order].astype(float),
    )
    present = int(np.bitwise_or.reduce(cells.masks))
    bits = [bit for bit in sorted(channels_of_bit) if present >> bit & 1]
    cells, players = pooled(cells, bits, MOST_PLAYERS if method == "shapley_rate" else len(bits))
    channels = [sorted(channel for bit in player for channel in channels_of_bit[bit]) for player in players]
    worth = game(method, cells.won, cells.lost, cells, len(players))
    interval = bounds(list(game_samples(method, cells, len(players), samples, random)), len(players))
    return Learnt(channels, worth, interval)


def members(masks: np.ndarray, players: int) -> np.ndarray:
    """Whether each set (row) holds each player (column), as 1 or 0."""
    return (masks[:, None] >> np.arange(players)) & 1


def shapley(won: np.ndarray, won_cents: np.ndarray, masks: np.ndarray, players: int) -> Worth:
    """v(S) = won journeys whose channels lie within S: a journey's worth is shared equally over its channels."""
    held = members(masks, players)
    portions = held / held.sum(axis=1, keepdims=True)
    effects = won @ portions
    return Worth(effects, positive_shares(effects), signed_shares(won_cents @ portions))


def shapley_rate(won: np.ndarray, lost: np.ndarray, masks: np.ndarray, players: int) -> Worth:
    """v(S) = won / closed among the journeys whose channels lie within S; 0 where there are none."""
    sets = 2**players
    won_within, lost_within = (within(spread(counts, masks, sets), players) for counts in (won, lost))
    rates = quotient(won_within, won_within + lost_within, otherwise=0)
    orders = [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    sizes = members(np.arange(sets // 2), players - 1).sum(axis=1) if players > 1 else np.zeros(1, dtype=int)
    weights = np.array(orders)[sizes]
    effects = np.stack([gains_of(rates, player) @ weights for player in range(players)], axis=-1)
    shares = positive_shares(effects)
    return Worth(effects, shares, shares)


def spread(counts: np.ndarray, masks: np.ndarray, sets: int) -> np.ndarray:
    """The counts at the place of their set, 0 elsewhere. No set comes twice."""
    full = np.zeros((*counts.shape[:-1], sets))
    full[..., masks] = counts
    return full


def within(counts: np.ndarray, players: int) -> np.ndarray:
    """For each set the sum over all its subsets."""
    for player in range(players):
        split = counts.reshape(*counts.shape[:-1], -1, 2, 2**player)
        split[..., 1, :] += split[..., 0, :]
    return counts


def gains_of(worths: np.ndarray, player: int) -> np.ndarray:
    """What each set without the player gains when it joins, in the order of the sets."""
    split = worths.reshape(*worths.shape[:-1], -1, 2, 2**player)
    return (split[..., 1, :] - split[..., 0, :]).reshape(*worths.shape[:-1], -1)


def game(method: str, won: np.ndarray, lost: np.ndarray, cells: Cells, players: int) -> Worth:
    if method == "shapley":
        return shapley(won, cells.won_cents, cells.masks, players)
    return shapley_rate(won, lost, cells.masks, players)


def game_samples(
    method: str, cells: Cells, players: int, samples: int, random: np.random.Generator
) -> Iterator[np.ndarray]:
    """Shares with the journeys drawn again: what counts of a journey is its set of channels and how it ended."""
    counts = np.concatenate([cells.won, cells.lost])
    journeys = int(counts.sum())
    numbers = 2 * len(counts) + (2**players * 4 if method == "shapley_rate" else 0)
    for drawn in chunks(samples, numbers):
        redrawn = random.multinomial(journeys, counts / journeys, size=drawn).astype(float)
        won, lost = np.split(redrawn, 2, axis=-1)
        yield game(method, won, lost, cells, players).shares


def pooled(cells: Cells, bits: list[int], most: int) -> tuple[Cells, list[list[int]]]:
    """The cells with a bit for each player, and the old bits of each player: the smallest share the last one."""
    journeys = cells.won + cells.lost
    sizes = {bit: int(journeys[cells.masks >> bit & 1 == 1].sum()) for bit in bits}
    largest = sorted(bits, key=lambda bit: (-sizes[bit], bit))
    apart = sorted(largest[: most - 1] if len(bits) > most else bits)
    players = [[bit] for bit in apart]
    if len(apart) < len(bits):
        players.append(sorted(set(bits) - set(apart)))
    masks = np.zeros_like(cells.masks)
    for player, old_bits in enumerate(players):
        for bit in old_bits:
            masks |= (cells.masks >> bit & 1) << player
    distinct, place = np.unique(masks, return_inverse=True)
    merged = (np.bincount(place, counts, len(distinct)) for counts in (cells.won, cells.lost, cells.won_cents))
    return Cells(distinct, *merged), players
