"""The rules of `int_attribution__channel_effects`: removal effects, Shapley values, pooling, intervals.

The model is run as dbt runs it, on counts that are made here from journeys in plain Python. What it must find is either
written in the definitions or solved in this file with fractions, by another way: channels are really taken out of the
chain, and players really join in every order.
"""

from __future__ import annotations

import importlib.util
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise, permutations
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.transform.project import DBT_PROJECT_DIR
from tests.profiles import examples

MODEL_FILE = DBT_PROJECT_DIR / "models" / "intermediate" / "attribution" / "int_attribution__channel_effects.py"
METHODS = ("markov", "shapley", "shapley_rate")


@dataclass(frozen=True)
class Journey:
    """The channels of a closed deal in the order of time, a letter each, and how it ended; cents of a won one."""

    channels: str
    is_won: bool
    cents: int = 0


def journeys(*rows: tuple[str, int, int, int]) -> list[Journey]:
    """From (channels, won, amount of the won together, lost)."""
    made = []
    for channels, won, amount, lost in rows:
        made += [Journey(channels, True, amount * 100 // won) for _ in range(won)]
        made += [Journey(channels, False) for _ in range(lost)]
    return made


# The journeys of the definitions, with what they are worth there.
DEFINED = journeys(
    ("AB", 2, 300, 1),
    ("A", 1, 80, 3),
    ("BAC", 1, 120, 0),
    ("CCA", 0, 0, 2),
    ("B", 1, 50, 2),
    ("ABAC", 1, 200, 1),
    ("C", 0, 0, 4),
)


@cache
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODEL_FILE.stem, MODEL_FILE)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


class Dbt:
    """What dbt hands to a Python model, with tables given by a test."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables

    def config(self, **_: Any) -> None: ...

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        return connection().from_arrow(self._tables[name])


def learn(
    learnt: Sequence[Journey],
    methods: Sequence[str] = METHODS,
    *,
    samples: int = 0,
    seed: int = 1,
    with_self_transitions: bool = False,
) -> dict[tuple[str, str], dict[str, Any]]:
    """What the model says of each method and channel."""
    names = sorted({channel for journey in learnt for channel in journey.channels})
    number = {name: place for place, name in enumerate(names, start=1)}
    transitions: Counter[tuple[int, int, int]] = Counter()
    amounts: Counter[tuple[int, int, int]] = Counter()
    coalitions: dict[int, list[int]] = {}
    for block, journey in enumerate(learnt):
        states = [0, *(number[channel] for channel in journey.channels), -1 if journey.is_won else -2]
        for step in pairwise(states):
            if with_self_transitions or step[0] != step[1]:
                transitions[block, *step] += 1
        amounts[block, states[-2], -1] += journey.cents
        cell = coalitions.setdefault(sum(1 << (number[c] - 1) for c in set(journey.channels)), [0, 0, 0])
        cell[0 if journey.is_won else 1] += 1
        cell[2] += journey.cents
    cells = [
        {
            "window_id": 1,
            "channel_mask": mask,
            "won_journeys": won,
            "lost_journeys": lost,
            "won_amount": cents / 100,
        }
        for mask, (won, lost, cents) in coalitions.items()
    ]
    steps = [
        {
            "window_id": 1,
            "block": key[0],
            "from_state": key[1],
            "to_state": key[2],
            "transitions": count,
            "won_amount": amounts[key] / 100 if key[2] == -1 else 0.0,
        }
        for key, count in transitions.items()
    ]
    tables = {
        "stg_reference__run_context": [{"bootstrap_samples": samples, "bootstrap_seed": seed}],
        "int_attribution__learning": [
            {"model": f"my_{method}", "method": method, "window_id": 1, "refusal_reason": refusal}
            for method in METHODS
            for refusal in [None if method in methods else "refused"]
        ],
        "int_attribution__channels": [
            {"channel_number": number[name], "channel": name, "channel_bit": 1 << (number[name] - 1)} for name in names
        ],
        "int_attribution__channel_transitions": steps,
        "int_attribution__channel_coalitions": cells,
    }
    refs = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    result = module().model(Dbt(refs), connection())
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
    channel = {place: name for name, place in number.items()}
    return {(row["model"].removeprefix("my_"), channel[row["channel_number"]]): row for row in rows}


def column(learnt: Mapping[tuple[str, str], Mapping[str, Any]], method: str, name: str) -> dict[str, float]:
    return {channel: row[name] for (of_method, channel), row in learnt.items() if of_method == method}


def near(expected: Mapping[str, Fraction | float]) -> Any:
    return pytest.approx({channel: float(number) for channel, number in expected.items()}, abs=1e-9, rel=1e-9)


# ---------------------------------------------------------------- the same by another way, exactly


def exact_win_value(learnt: Sequence[Journey], without: str = "", by_value: bool = False) -> Fraction:
    """P of the chain, or what a journey is worth, with a channel's row and column deleted: its mass is lost.

    Gaussian elimination: a state is worth what a last touch gains, plus what the next states are worth.
    """
    leaving: Counter[str] = Counter()
    steps: Counter[tuple[str, str]] = Counter()
    gains: Counter[str] = Counter()
    for journey in learnt:
        path = "^" + journey.channels
        for here, there in pairwise(path):
            if here != there:
                steps[here, there] += 1
                leaving[here] += 1
        leaving[path[-1]] += 1
        gains[path[-1]] += (journey.cents if by_value else 1) if journey.is_won else 0
    states = sorted(state for state in leaving if state != without)
    equations = [
        [Fraction(here == there) - Fraction(steps[here, there], leaving[here]) for there in states]
        + [Fraction(gains[here], leaving[here])]
        for here in states
    ]
    for pivot in range(len(states)):
        best = next(row for row in range(pivot, len(states)) if equations[row][pivot] != 0)
        equations[pivot], equations[best] = equations[best], equations[pivot]
        equations[pivot] = [cell / equations[pivot][pivot] for cell in equations[pivot]]
        for row in range(len(states)):
            if row != pivot and equations[row][pivot] != 0:
                factor = equations[row][pivot]
                equations[row] = [a - factor * b for a, b in zip(equations[row], equations[pivot], strict=True)]
    return equations[states.index("^")][-1]


def exact_removal_effects(learnt: Sequence[Journey], by_value: bool = False) -> dict[str, Fraction]:
    whole = exact_win_value(learnt, by_value=by_value)
    channels = {channel for journey in learnt for channel in journey.channels}
    return {channel: 1 - exact_win_value(learnt, channel, by_value) / whole for channel in channels}


def exact_shapley(learnt: Sequence[Journey], method: str, by_value: bool = False) -> dict[str, Fraction]:
    """What each channel adds when the channels join in every order, on average."""

    def worth(players: frozenset[str]) -> Fraction:
        inside = [journey for journey in learnt if set(journey.channels) <= players]
        won = sum(journey.cents if by_value else 1 for journey in inside if journey.is_won)
        if method == "shapley":
            return Fraction(won)
        return Fraction(won, len(inside)) if inside else Fraction(0)

    channels = sorted({channel for journey in learnt for channel in journey.channels})
    added: dict[str, Fraction] = dict.fromkeys(channels, Fraction(0))
    for order in permutations(channels):
        for place, channel in enumerate(order):
            added[channel] += worth(frozenset(order[: place + 1])) - worth(frozenset(order[:place]))
    return {channel: total / math.factorial(len(channels)) for channel, total in added.items()}


def shares(effects: Mapping[str, Fraction]) -> dict[str, Fraction]:
    positive = {channel: max(effect, Fraction(0)) for channel, effect in effects.items()}
    return {channel: effect / sum(positive.values()) for channel, effect in positive.items()}


# ---------------------------------------------------------------- the vectors of the definitions


@pytest.fixture(scope="module")
def defined() -> dict[tuple[str, str], dict[str, Any]]:
    return learn(DEFINED, samples=400)


def test_markov_removal_effects(defined):
    assert column(defined, "markov", "effect") == near({"A": 5 / 9, "B": 9 / 16, "C": 15 / 37})


def test_markov_conversions(defined):
    conversions = {channel: 6 * share for channel, share in column(defined, "markov", "share").items()}
    assert conversions == pytest.approx({"A": 2.188000, "B": 2.215350, "C": 1.596649}, abs=1e-6)


def test_markov_by_value(defined):
    values = {channel: 750 * share for channel, share in column(defined, "markov", "value_share").items()}
    assert values == pytest.approx({"A": 251.256514, "B": 258.435271, "C": 240.308215}, abs=1e-6)


def test_markov_without_lost_journeys():
    won = journeys(("ABABBA", 1, 1, 0), ("ABBAA", 1, 1, 0), ("AA", 1, 1, 0))
    conversions = {channel: 3 * share for channel, share in column(learn(won), "markov", "share").items()}
    assert conversions == near({"A": 2, "B": 1})


def test_shapley_is_a_journey_shared_equally_over_its_channels(defined):
    assert column(defined, "shapley", "effect") == near({"A": 8 / 3, "B": 8 / 3, "C": 2 / 3})
    values = {channel: 750 * share for channel, share in column(defined, "shapley", "value_share").items()}
    assert values == pytest.approx({"A": 336.67, "B": 306.67, "C": 106.67}, abs=0.005)


def test_shapley_rate_sums_to_the_win_rate(defined):
    effects = column(defined, "shapley_rate", "effect")
    assert effects == near(exact_shapley(DEFINED, "shapley_rate"))
    assert sum(effects.values()) == pytest.approx(6 / 19, abs=1e-9)


def test_a_channel_that_harms_has_no_share(defined):
    assert defined["shapley_rate", "C"]["effect"] < 0
    assert column(defined, "shapley_rate", "share") == near(shares(exact_shapley(DEFINED, "shapley_rate")))
    assert defined["shapley_rate", "C"]["share"] == 0


# ---------------------------------------------------------------- any journeys

JOURNEYS = st.lists(
    st.builds(
        lambda channels, is_won, cents: Journey(channels, is_won, cents if is_won else 0),
        st.text("ABCDE", min_size=1, max_size=7),
        st.booleans(),
        st.integers(1, 10**9),
    ),
    min_size=2,
    max_size=25,
).filter(lambda learnt: any(journey.is_won for journey in learnt))


@examples(25)
@given(JOURNEYS)
def test_any_journeys_give_the_exact_solution(learnt):
    found = learn(learnt)
    effects = exact_removal_effects(learnt)
    assert column(found, "markov", "effect") == near(effects)
    assert column(found, "markov", "share") == near(shares(effects))
    assert column(found, "markov", "value_share") == near(shares(exact_removal_effects(learnt, by_value=True)))
    assert column(found, "shapley", "effect") == near(exact_shapley(learnt, "shapley"))
    assert column(found, "shapley", "value_share") == near(shares(exact_shapley(learnt, "shapley", by_value=True)))
    assert column(found, "shapley_rate", "effect") == near(exact_shapley(learnt, "shapley_rate"))
    for method in METHODS:
        assert sum(column(found, method, "share").values()) == pytest.approx(1, abs=1e-9)


@examples(25)
@given(JOURNEYS)
def test_the_chain_wins_as_often_as_was_observed(learnt):
    """P is the observed win rate: what every channel's removal effect and Shapley value is measured against."""
    won = sum(journey.is_won for journey in learnt)
    rate = Fraction(won, len(learnt))
    assert exact_win_value(learnt) == rate
    found = learn(learnt, ["shapley", "shapley_rate"])
    assert sum(column(found, "shapley_rate", "effect").values()) == pytest.approx(float(rate), abs=1e-9)
    assert sum(column(found, "shapley", "effect").values()) == pytest.approx(won, abs=1e-9)


@examples(20)
@given(JOURNEYS)
def test_self_transitions_left_in_or_out_change_nothing(learnt):
    left_in = learn(learnt, ["markov"], with_self_transitions=True)
    for number in ("effect", "value_share"):
        assert column(left_in, "markov", number) == near(column(learn(learnt, ["markov"]), "markov", number))


@examples(15)
@given(JOURNEYS, st.integers(2, 1000), st.randoms())
def test_neither_scaled_amounts_nor_the_order_of_the_journeys_move_a_share(learnt, factor, random):
    scaled = [Journey(journey.channels, journey.is_won, journey.cents * factor) for journey in learnt]
    random.shuffle(scaled)
    before, after = learn(learnt), learn(scaled)
    for method in METHODS:
        assert column(after, method, "share") == column(before, method, "share")
        assert column(after, method, "value_share") == near(column(before, method, "value_share"))


# ---------------------------------------------------------------- edges


def test_one_channel_has_everything():
    found = learn(journeys(("AA", 3, 30, 2)), samples=50)
    for method in METHODS:
        row = found[method, "A"]
        assert (row["share"], row["value_share"], row["share_lower"], row["share_upper"]) == (1, 1, 1, 1)
    assert found["shapley_rate", "A"]["effect"] == pytest.approx(0.6)


def test_amounts_that_cancel_out_have_no_shares():
    learnt = [Journey("A", True, 500), Journey("B", True, -500)]
    found = learn(learnt)
    assert {row["value_share"] for (method, _), row in found.items() if method != "shapley_rate"} == {None}
    assert found["shapley", "A"]["share"] == 0.5


def test_a_refused_model_learns_nothing():
    assert {method for method, _ in learn(DEFINED, ["shapley"])} == {"shapley"}
    assert learn(DEFINED, []) == {}


def test_beyond_sixteen_channels_the_smallest_are_pooled_and_named():
    """Eighteen channels, each alone once won, and all but three of them also in a lost journey of their own."""
    letters = "ABCDEFGHIJKLMNOPQR"
    learnt = [Journey(letter, True, 100) for letter in letters]
    learnt += [Journey(letter, False) for letter in letters if letter not in "BKQ"]
    found = learn(learnt, ["shapley_rate", "shapley"])
    pooled = {
        channel: row
        for (method, channel), row in found.items()
        if method == "shapley_rate" and row["player"] != channel
    }
    assert set(pooled) == {"B", "K", "Q"}
    assert {(row["player"], row["pooled_channels"]) for row in pooled.values()} == {("B + K + Q", 3)}
    renamed = [Journey("Z" if j.channels in "BKQ" else j.channels, j.is_won, j.cents) for j in learnt]
    assert found["shapley_rate", "K"]["effect"] == learn(renamed)["shapley_rate", "Z"]["effect"]
    assert {row["pooled_channels"] for (method, _), row in found.items() if method == "shapley"} == {1}


def test_sixteen_channels_are_solved_exactly():
    letters = "ABCDEFGHIJKLMNOP"
    learnt = [Journey(letter, True, 100) for letter in letters] + [Journey(letters, False)]
    effects = column(learn(learnt, ["shapley_rate"]), "shapley_rate", "effect")
    # All are alike, and together they win 16 of 17.
    assert effects == near(dict.fromkeys(letters, Fraction(1, 17)))


# ---------------------------------------------------------------- intervals


def test_intervals_are_the_same_every_time_and_move_with_the_seed(defined):
    assert learn(DEFINED, samples=400) == defined
    assert learn(list(reversed(DEFINED)), ["shapley"], samples=400)["shapley", "A"] == defined["shapley", "A"]
    assert column(learn(DEFINED, samples=400, seed=2), "markov", "share_lower") != column(
        defined, "markov", "share_lower"
    )


def test_a_model_draws_for_itself(defined):
    assert column(learn(DEFINED, ["shapley"], samples=400), "shapley", "share_upper") == column(
        defined, "shapley", "share_upper"
    )


def test_without_samples_there_are_no_intervals():
    assert {row["share_lower"] for row in learn(DEFINED).values()} == {None}


def test_more_journeys_make_narrower_intervals(defined):
    """Twenty-five times the journeys: about a fifth of the width, by the law of the square root."""
    many = learn(DEFINED * 25, samples=400)
    for method in ("markov", "shapley"):
        for channel in "ABC":
            few_row, many_row = defined[method, channel], many[method, channel]
            assert few_row["share_lower"] <= few_row["share"] <= few_row["share_upper"]
            narrowed = (many_row["share_upper"] - many_row["share_lower"]) / (
                few_row["share_upper"] - few_row["share_lower"]
            )
            assert 0.12 < narrowed < 0.3


def test_intervals_cover_what_chance_does():
    """Half the wins through each of two channels: a channel's share is a binomial's, whose spread is known."""
    learnt = [Journey("A", True, 100)] * 200 + [Journey("B", True, 100)] * 200
    found = learn(learnt, samples=1000)
    expected = 1.96 * math.sqrt(0.25 / 400)
    for method in ("markov", "shapley"):
        row = found[method, "A"]
        assert row["share_upper"] - 0.5 == pytest.approx(expected, rel=0.15)
        assert 0.5 - row["share_lower"] == pytest.approx(expected, rel=0.15)
