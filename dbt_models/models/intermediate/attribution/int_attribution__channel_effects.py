"""What each channel is worth to the data-driven models: Markov removal effects and Shapley values, with intervals.

Journeys were counted in SQL before, and opportunities are shared out in SQL after; dagster_project/solvers solves.
"""

import numpy as np

from dagster_project.solvers import markov, shapley
from dagster_project.transform.arrays import arrays, relation_of

TYPES = {
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
# Digits kept: more than anyone reads, fewer than another machine's linear algebra might change.
DIGITS = 12


def model(dbt, session):
    """dbt's entry point."""
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
    numbers = channels["channel_number"].tolist()
    names = dict(zip(numbers, channels["channel"].tolist(), strict=True))
    channels_of_bit = {}
    for number, bit in zip(numbers, channels["channel_bit"].tolist(), strict=True):
        channels_of_bit.setdefault(bit.bit_length() - 1, []).append(number)
    samples, seed = int(settings["bootstrap_samples"][0]), int(settings["bootstrap_seed"][0])
    rows = []
    for name, method, window_id in zip(learning["model"], learning["method"], learning["window_id"], strict=True):
        # Each model draws for itself: enabling another one doesn't change its intervals.
        random = np.random.default_rng([seed, *str(name).encode()])
        if method == "markov":
            learnt = markov.learn(of_window(transitions, window_id), samples, random)
        else:
            learnt = shapley.learn(method, of_window(coalitions, window_id), channels_of_bit, samples, random)
        rows += rows_of(name, learnt, names)
    return relation_of(session, TYPES, rows)


def of_window(counts, window_id):
    return {column: values[counts["window_id"] == window_id] for column, values in counts.items()}


def rows_of(name, learnt, names):
    """A row per channel; channels that were pooled have the same numbers."""
    for place, channels in enumerate(learnt.players):
        effects, shares, value_shares = learnt.worth
        rounded = np.round([effects[place], shares[place], *learnt.interval[:, place]], DIGITS)
        effect, share, lower, upper = rounded.tolist()
        player = " + ".join(names[channel] for channel in channels)
        for channel in channels:
            # The value share has all digits: it is multiplied by amounts that must come out to the cent.
            numbers = (effect, share, value_shares[place], lower, upper)
            yield (name, channel, channels[0], player, len(channels), *numbers)
