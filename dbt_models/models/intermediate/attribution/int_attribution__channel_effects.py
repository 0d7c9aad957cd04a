"""What each channel is worth to the data-driven models: Markov removal effects and Shapley values, with intervals.

What lives here: the solves on small matrices, and the random draws behind the intervals. What doesn't: counting
journeys, which SQL has done before, and sharing out a deal, which SQL does after. Arrays may have leading dimensions
(one entry per drawn sample); the last ones are channels. Counts and cents are whole numbers, which floats hold exactly,
so that the order of the rows changes nothing.
"""

from collections.abc import Iterator
from math import factorial
from typing import Any, NamedTuple

import numpy as np

# The states of int_attribution__channel_transitions that are no channels.
START, WON = 0, -1
# Beyond this many players a game isn't solved: 2^17 sets times a thousand samples would take minutes.
MOST_PLAYERS = 16
# The middle 95 % of the samples.
INTERVAL = (0.025, 0.975)
# Digits kept: more than anyone reads, fewer than another machine's linear algebra might change.
DIGITS = 12
# Numbers held at once while drawing samples: 64 MiB.
MOST_NUMBERS = 2**23


class Worth(NamedTuple):
    """What a model learnt of its channels: its own measure, the shares of the won journeys, and of their amount."""

    effects: np.ndarray
    shares: np.ndarray
    value_shares: np.ndarray


class Chain(NamedTuple):
    """Counts over journeys: start to channel, channel to channel, channel to the end, channel to won in cents."""

    starts: np.ndarray
    steps: np.ndarray
    won: np.ndarray
    lost: np.ndarray
    won_cents: np.ndarray


class Cells(NamedTuple):
    """Journeys by the set of their players, a bit each, and the cents of the won ones."""

    masks: np.ndarray
    won: np.ndarray
    lost: np.ndarray
    won_cents: np.ndarray


# ---------------------------------------------------------------- Markov


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


def block_counts(rows: dict[str, np.ndarray], channels: np.ndarray) -> np.ndarray:
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


# ---------------------------------------------------------------- Shapley


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


# ---------------------------------------------------------------- shares, samples and rows


def quotient(dividend: np.ndarray, divisor: np.ndarray, otherwise: float = np.nan) -> np.ndarray:
    dividend, divisor = np.broadcast_arrays(dividend, divisor)
    return np.divide(dividend, divisor, out=np.full(dividend.shape, float(otherwise)), where=divisor != 0)


def positive_shares(effects: np.ndarray) -> np.ndarray:
    """Shares that sum to 1. A channel that harms has none: credit can't be taken away from a deal that was won."""
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


def bounds(samples: list[np.ndarray], channels: int) -> np.ndarray:
    """Lower and upper bound per channel; samples without a won journey, which have no shares, are left out."""
    shares = np.concatenate(samples) if samples else np.empty((0, channels))
    shares = shares[~np.isnan(shares).any(axis=1)]
    return np.quantile(shares, INTERVAL, axis=0) if len(shares) else np.full((2, channels), np.nan)


def rows_of(
    model: str, players: list[list[int]], names: dict[int, str], worth: Worth, interval: np.ndarray
) -> list[dict[str, Any]]:
    """A row per channel; channels that were pooled have the same numbers."""
    rows = []
    for place, channels in enumerate(players):
        effect, share, lower, upper = np.round(
            [worth.effects[place], worth.shares[place], *interval[:, place]], DIGITS
        ).tolist()
        rows += [
            {
                "model": model,
                "channel_number": channel,
                "player_number": channels[0],
                "player": " + ".join(names[channel] for channel in channels),
                "pooled_channels": len(channels),
                "effect": effect,
                "share": share,
                # All digits: it is multiplied by amounts that must come out to the cent.
                "value_share": worth.value_shares[place],
                "share_lower": lower,
                "share_upper": upper,
            }
            for channel in channels
        ]
    return rows


COLUMNS = {
    "model": "varchar",
    "channel_number": "integer",
    "player_number": "integer",
    "player": "varchar",
    "pooled_channels": "integer",
    "effect": "double",
    "share": "double",
    "value_share": "double",
    "share_lower": "double",
    "share_upper": "double",
}


# ---------------------------------------------------------------- the dbt model


def learn_markov(
    model: str, rows: dict[str, np.ndarray], names: dict[int, str], samples: int, random: np.random.Generator
) -> list[dict[str, Any]]:
    states = np.concatenate([rows["from_state"], rows["to_state"]])
    channels = np.unique(states[states > START])
    blocks = block_counts(rows, channels)
    worth = markov(chain_of(blocks.sum(axis=0), len(channels)))
    interval = bounds(list(markov_samples(blocks, len(channels), samples, random)), len(channels))
    return rows_of(model, [[int(channel)] for channel in channels], names, worth, interval)


def learn_game(
    model: str,
    method: str,
    rows: dict[str, np.ndarray],
    channels_of_bit: dict[int, list[int]],
    names: dict[int, str],
    samples: int,
    random: np.random.Generator,
) -> list[dict[str, Any]]:
    # Samples are drawn in the order of the cells.
    order = np.argsort(rows["channel_mask"])
    cells = Cells(
        rows["channel_mask"][order].astype(np.int64),
        rows["won_journeys"][order].astype(float),
        rows["lost_journeys"][order].astype(float),
        rows["won_cents"][order].astype(float),
    )
    present = int(np.bitwise_or.reduce(cells.masks))
    bits = [bit for bit in channels_of_bit if present >> bit & 1]
    cells, players = pooled(cells, bits, MOST_PLAYERS if method == "shapley_rate" else len(bits))
    channels = [sorted(channel for bit in player for channel in channels_of_bit[bit]) for player in players]
    worth = game(method, cells.won, cells.lost, cells, len(players))
    interval = bounds(list(game_samples(method, cells, len(players), samples, random)), len(players))
    return rows_of(model, channels, names, worth, interval)


def model(dbt: Any, session: Any) -> Any:
    dbt.config(materialized="table")
    settings = arrays(dbt.ref("stg_reference__run_context"), "bootstrap_samples, bootstrap_seed")
    learning = arrays(
        dbt.ref("int_attribution__learning").filter("refusal_reason is null").order("model"), "model, method, window_id"
    )
    channels = arrays(
        dbt.ref("int_attribution__channels").order("channel_number"), "channel_number, channel, channel_bit"
    )
    won_cents = "cast(won_amount * 100 as bigint) as won_cents"
    transitions = arrays(
        dbt.ref("int_attribution__channel_transitions"),
        f"window_id, block, from_state, to_state, transitions, {won_cents}",
    )
    coalitions = arrays(
        dbt.ref("int_attribution__channel_coalitions"),
        f"window_id, channel_mask, won_journeys, lost_journeys, {won_cents}",
    )
    counted_in = {"markov": transitions, "shapley": coalitions, "shapley_rate": coalitions}
    numbers = channels["channel_number"].tolist()
    names = dict(zip(numbers, channels["channel"].tolist(), strict=True))
    channels_of_bit: dict[int, list[int]] = {}
    for number, bit in zip(numbers, channels["channel_bit"].tolist(), strict=True):
        channels_of_bit.setdefault(bit.bit_length() - 1, []).append(number)
    samples, seed = int(settings["bootstrap_samples"][0]), int(settings["bootstrap_seed"][0])
    rows: list[dict[str, Any]] = []
    for name, method, window_id in zip(learning["model"], learning["method"], learning["window_id"], strict=True):
        counts = counted_in[method]
        counts = {column: values[counts["window_id"] == window_id] for column, values in counts.items()}
        # Each model draws for itself: enabling another one doesn't change its intervals.
        random = np.random.default_rng([seed, *str(name).encode()])
        if method == "markov":
            rows += learn_markov(name, counts, names, samples, random)
        else:
            rows += learn_game(name, method, counts, dict(sorted(channels_of_bit.items())), names, samples, random)
    return relation_of(session, rows)


def arrays(relation: Any, columns: str) -> dict[str, np.ndarray]:
    return {name: np.asarray(values) for name, values in relation.project(columns).fetchnumpy().items()}


def relation_of(session: Any, rows: list[dict[str, Any]]) -> Any:
    """The rows, handed over as NumPy's columns: Arrow and DataFrames would load pandas. NaN stands for null."""
    columns = {  # noqa: F841 - DuckDB finds it by its name
        name: np.array([row[name] for row in rows], np.str_ if kind == "varchar" else np.float64)
        for name, kind in COLUMNS.items()
    }
    values = [
        f"cast({name if kind == 'varchar' else f'case when not isnan({name}) then {name} end'} as {kind}) as {name}"
        for name, kind in COLUMNS.items()
    ]
    return session.query(f"select {', '.join(values)} from columns")
