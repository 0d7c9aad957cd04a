"""Markov and Shapley from landing files to published credit, by hand, and credit of any journeys against fractions.

What the effects are is tested in `unit/attribution`; here stands what becomes of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.company import Company
from tests.compiled_models import compiled_models
from tests.profiles import examples
from tests.runs import Warehouse, build_marts

# The journeys of the definitions: channels in order, amounts of the won deals, how many were lost.
DEFINED = [
    ("AB", ["100.00", "200.00"], 1),
    ("A", ["80.00"], 3),
    ("BAC", ["120.00"], 0),
    ("CCA", [], 2),
    ("B", ["50.00"], 2),
    ("ABAC", ["200.00"], 1),
    ("C", [], 4),
]
DATA_DRIVEN = ("markov", "shapley", "shapley_rate")


class World:
    """Deals with journeys of web visits through the channels A, B, C …; each deal has an account and a person."""

    def __init__(self, folder: Path) -> None:
        self.company = Company(folder)
        self.company.user("marketer", department="Marketing")
        for priority, channel in enumerate("ABCD"):
            self.company.first_reference_row("channel_rules", priority=priority, source=channel, channel=channel)
        self.deals = 0

    def deal(self, channels: str, amount: str, **closed: str) -> str:
        """A visit a day through each channel, in February; the deal is opened in March."""
        self.deals += 1
        deal = f"O{self.deals:03}"
        account, contact, email = f"A{deal}", f"C{deal}", f"{deal}@customer-{deal}.example"
        self.company.account(account, created="2024-01-01")
        self.company.contact(contact, account=account, created="2024-01-01", email=email)
        self.company.opportunity(deal, account=account, created="2024-03-01", amount=amount, **closed)
        for day, channel in enumerate(channels, start=1):
            self.company.page_view(deal, f"2024-02-{day:02} 09:00", source=channel, medium="web")
        if channels:
            self.company.identify(deal, "2024-02-01 09:00", email=email)
        return deal

    def defined(self) -> World:
        for channels, amounts, lost in DEFINED:
            for amount in amounts:
                self.deal(channels, amount, won="2024-06-01")
            for _ in range(lost):
                self.deal(channels, "10.00", lost="2024-06-01")
        return self


# ---------------------------------------------------------------- by hand


@dataclass(frozen=True)
class Built:
    warehouse: Warehouse
    open_deal: str
    unknown_channel: str
    without_touch: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The defined journeys, an open deal, one through a channel that nothing was learnt of, and one without a touch.

    `markov_recent` learns through a window of its own: of a deal opened on the 1st of March, touches from the 27th of
    February on, of which there are none.
    """
    world = World(tmp_path_factory.mktemp("world")).defined()
    world.company.model("markov_recent", "markov", lookback_days="3")
    open_deal = world.deal("BAA", "100.00")
    unknown_channel = world.deal("DD", "0.01")
    without_touch = world.deal("", "77.00")
    return Built(build_marts(world.company), open_deal, unknown_channel, without_touch)


def test_channels_are_worth_what_the_definitions_say(built):
    found = {
        (model, channel): (round(conversions, 6), value)
        for model, channel, conversions, value in built.warehouse.rows(
            "select model, channel, conversions, value from marts.rpt_data_driven_channels "
            "where model <> 'shapley_rate'"
        )
    }
    assert found == {
        ("markov", "A"): (2.188000, Decimal("251.26")),
        ("markov", "B"): (2.215350, Decimal("258.43")),
        ("markov", "C"): (1.596649, Decimal("240.31")),
        # 336.67, 306.67 and 106.67 would be a cent more than 750.00: the thirds of a cent are alike, C comes last.
        ("shapley", "A"): (2.666667, Decimal("336.67")),
        ("shapley", "B"): (2.666667, Decimal("306.67")),
        ("shapley", "C"): (0.666667, Decimal("106.66")),
    }


def test_learnt_journeys_are_counted(built):
    assert built.warehouse.rows(
        "select model, refusal_reason, closed_deals, closed_journeys, won_journeys, won_amount, channels "
        "from marts.rpt_data_driven_models order by model"
    ) == [
        ("markov", None, 19, 19, 6, Decimal("750.00"), 3),
        ("markov_recent", "no closed deal has a touch", 19, 0, 0, Decimal("0.00"), 0),
        ("shapley", None, 19, 19, 6, Decimal("750.00"), 3),
        ("shapley_rate", None, 19, 19, 6, Decimal("750.00"), 3),
    ]


def test_transitions_and_coalitions_are_published(built):
    assert built.warehouse.rows(
        "select transition_type, from_channel, to_channel, transitions, won_amount "
        "from marts.fct_channel_transitions order by all"
    ) == [
        ("between", "A", "B", 5, Decimal("0.00")),
        ("between", "A", "C", 3, Decimal("0.00")),
        ("between", "B", "A", 3, Decimal("0.00")),
        ("between", "C", "A", 2, Decimal("0.00")),
        ("first", None, "A", 9, Decimal("0.00")),
        ("first", None, "B", 4, Decimal("0.00")),
        ("first", None, "C", 6, Decimal("0.00")),
        ("lost", "A", None, 5, Decimal("0.00")),
        ("lost", "B", None, 3, Decimal("0.00")),
        ("lost", "C", None, 5, Decimal("0.00")),
        ("won", "A", None, 1, Decimal("80.00")),
        ("won", "B", None, 3, Decimal("350.00")),
        ("won", "C", None, 2, Decimal("320.00")),
    ]
    assert built.warehouse.rows(
        "select coalition, won_journeys, lost_journeys, won_amount "
        "from marts.fct_channel_coalitions where model = 'shapley' order by all"
    ) == [
        ("A", 1, 3, Decimal("80.00")),
        ("A + B", 2, 1, Decimal("300.00")),
        ("A + B + C", 2, 1, Decimal("320.00")),
        ("A + C", 0, 2, Decimal("0.00")),
        ("B", 1, 2, Decimal("50.00")),
        ("C", 0, 4, Decimal("0.00")),
    ]


def credit(built: Built, deal: str, model: str) -> list[tuple]:
    return built.warehouse.rows(
        "select channel, credit_status, attributed_amount from marts.fct_attribution "
        "left join marts.fct_touchpoints using (touchpoint_id, channel) "
        f"where opportunity_id = '{deal}' and model = '{model}' order by occurred_at"
    )


def test_an_open_deal_is_shared_in_proportion_to_removal_effects(built):
    """B 9/16 against A 5/9 is 81 to 80: 50.31 to B and 49.69 to A's two touches, the odd cent to one of these."""
    channels, statuses, amounts = zip(*credit(built, built.open_deal, "markov"), strict=True)
    assert (channels, set(statuses)) == (("B", "A", "A"), {"credited"})
    assert (amounts[0], *sorted(amounts[1:])) == (Decimal("50.31"), Decimal("24.84"), Decimal("24.85"))


def test_an_open_deal_is_shared_equally_over_its_channels_by_shapley(built):
    assert credit(built, built.open_deal, "shapley") == [
        ("B", "credited", Decimal("50.00")),
        ("A", "credited", Decimal("25.00")),
        ("A", "credited", Decimal("25.00")),
    ]


@pytest.mark.parametrize("model", DATA_DRIVEN)
def test_a_channel_that_nothing_was_learnt_of_keeps_its_own_journeys(built, model):
    assert sorted(amount for _, _, amount in credit(built, built.unknown_channel, model)) == [0, Decimal("0.01")]


@pytest.mark.parametrize("model", DATA_DRIVEN)
def test_a_deal_without_a_touch_is_unattributed(built, model):
    assert credit(built, built.without_touch, model) == [(None, "unattributed", Decimal("77.00"))]


def test_a_refused_model_credits_nobody_and_loses_nothing(built):
    assert built.warehouse.rows(
        "select distinct credit_status from marts.fct_attribution where model = 'markov_recent'"
    ) == [("unattributed",)]
    assert built.warehouse.rows("select distinct difference from marts.rpt_reconciliation") == [(0,)]


def test_every_deal_sums_to_its_amount(built):
    assert (
        built.warehouse.rows(
            "select opportunity_id, model from marts.fct_attribution "
            "inner join marts.fct_opportunities using (opportunity_id) "
            "group by opportunity_id, model, amount "
            "having sum(attributed_amount) <> amount or abs(sum(weight) - 1) > 1e-9"
        )
        == []
    )
    assert built.warehouse.value("select count(distinct (opportunity_id, model)) from marts.fct_attribution") == 22 * 18


def test_what_there_is_too_little_of_is_said(tmp_path):
    """Nine lost deals through one channel: none was won. The other models go on."""
    world = World(tmp_path)
    for _ in range(9):
        world.deal("A", "10.00", lost="2024-06-01")
    warehouse = build_marts(world.company)
    assert warehouse.rows("select model, refusal_reason from marts.rpt_data_driven_models order by model") == [
        (model, "none of the closed journeys was won") for model in DATA_DRIVEN
    ]
    assert warehouse.value("select count(*) from marts.rpt_data_driven_channels") == 0
    assert warehouse.rows("select distinct difference from marts.rpt_reconciliation") == [(0,)]
    assert warehouse.rows("select distinct credit_status from marts.fct_attribution where model = 'linear'") == [
        ("credited",)
    ]


# ---------------------------------------------------------------- any journeys, against fractions


@dataclass(frozen=True)
class Deal:
    """An amount in cents, and the channels of the touches in the order of their touchpoint ids."""

    cents: int
    channels: Sequence[int]


CENTS = st.one_of(st.sampled_from([0, 1, -1, 100]), st.integers(-(10**12), 10**12))
DEALS = st.lists(
    st.builds(
        Deal, CENTS, st.one_of(st.lists(st.integers(1, 5), max_size=8), st.lists(st.integers(1, 3), min_size=40))
    ),
    min_size=1,
    max_size=30,
)
# Shares in thousandths of four channels; nothing was learnt of the fifth. In shapley_rate 2 and 4 were pooled.
SHARES = st.lists(st.sampled_from([0, 1, 125, 250, 333, 500]), min_size=4, max_size=4)


def expected(deal: Deal, thousandths: Sequence[int], method: str) -> list[int]:
    """Cents per touch: exact shares, whole cents, and the spare ones by largest remainder, ties to the lowest id."""

    def player(channel: int) -> int:
        return 2 if method == "shapley_rate" and channel == 4 else channel

    learnt = dict(enumerate(thousandths, start=1))
    players = Counter(player(channel) for channel in deal.channels)
    units = {one: learnt.get(one, 0) for one in players}
    if method == "shapley" or not any(units.values()):
        units = dict.fromkeys(players, 1)
    exact = [
        Fraction(abs(deal.cents) * units[player(channel)], sum(units.values()) * players[player(channel)])
        for channel in deal.channels
    ]
    cents = [int(share) for share in exact]
    queue = sorted(range(len(exact)), key=lambda touch: (cents[touch] - exact[touch], touch))
    for touch in queue[: abs(deal.cents) - sum(cents)]:
        cents[touch] += 1
    return [-amount if deal.cents < 0 else amount for amount in cents]


def test_the_cents_of_any_journeys_are_exact(tmp_path):
    """Against fractions: amounts of any sign and size, shares of nothing, pooled channels, long journeys."""
    models = {model.name: model for model in compiled_models(True)}
    connection = duckdb.connect(str(tmp_path / "throughline.duckdb"))
    connection.execute("create schema intermediate")

    query = (
        f"select list_extract({list(DATA_DRIVEN)}, model_key), opportunity_key, touch_key, weight,"
        " whole_cents + rounding_cents from intermediate.int_attribution__data_driven_credit"
    )

    @examples(30)
    @given(DEALS, SHARES)
    def check(deals: list[Deal], thousandths: list[int]) -> None:
        _write(connection, deals, thousandths)
        for name in ("int_attribution__channel_shares", "int_attribution__data_driven_credit"):
            models[name].build(connection, is_first_night=True)
        found: dict[tuple[str, int], dict[int | None, int]] = {}
        weights: Counter[tuple[str, int]] = Counter()
        for method, key, touch, weight, cents in connection.execute(query).fetchall():
            found.setdefault((method, key), {})[touch] = int(cents)
            weights[method, key] += weight
        first_touch = 1
        for key, deal in enumerate(deals, start=1):
            touches = range(first_touch, first_touch + len(deal.channels))
            first_touch = touches.stop
            for method in DATA_DRIVEN:
                cents = expected(deal, thousandths, method)
                assert found[method, key] == (dict(zip(touches, cents, strict=True)) or {None: deal.cents})
                assert weights[method, key] == pytest.approx(1, abs=1e-9)

    check()
    # Ten thousand touches and an amount of ten digits.
    check.hypothesis.inner_test([Deal(-(10**12) + 5_003, [1, 2, 3] * 3_333 + [5])], [333, 250, 125, 1])
    connection.close()


def _write(connection: duckdb.DuckDBPyConnection, deals: Sequence[Deal], thousandths: Sequence[int]) -> None:
    """The tables that the model reads; every touch is of one deal, so that its key can tell its rank."""
    touches = [(key, channel) for key, deal in enumerate(deals, start=1) for channel in deal.channels]
    keys = list(range(1, len(touches) + 1))
    ranks = [rank for deal in deals for rank in range(1, len(deal.channels) + 1)]
    none = [False] * len(touches)
    effects = [(method, place, share) for method in DATA_DRIVEN for place, share in enumerate(thousandths, start=1)]
    pooled = {("shapley_rate", 4): (2, thousandths[1])}
    tables = {
        "int_attribution__learning": pa.table(
            {
                "model": DATA_DRIVEN,
                "model_key": range(1, 4),
                "method": DATA_DRIVEN,
                "window_id": [1] * 3,
                "refusal_reason": [None] * 3,
            }
        ),
        "int_attribution__channels": pa.table({"channel_number": range(1, 6), "channel": list("ABCDE")}),
        "int_attribution__channel_effects": pa.table(
            {
                "model": [method for method, _, _ in effects],
                "channel_number": [place for _, place, _ in effects],
                "player_number": [pooled.get((method, place), (place, 0))[0] for method, place, _ in effects],
                "share": [pooled.get((method, place), (0, share))[1] / 1000 for method, place, share in effects],
            }
        ),
        "int_journeys__opportunities": pa.table(
            {
                "opportunity_key": range(1, len(deals) + 1),
                "opportunity_id": [f"deal{key}" for key in range(1, len(deals) + 1)],
                "amount": pa.array([Decimal(deal.cents).scaleb(-2) for deal in deals], pa.decimal128(18, 2)),
            }
        ),
        "int_journeys__positions": pa.table(
            {
                "window_id": pa.array([1] * len(touches), pa.int32()),
                "opportunity_key": pa.array([key for key, _ in touches], pa.int64()),
                "touch_key": pa.array(keys, pa.int64()),
                "channel_number": pa.array([channel for _, channel in touches], pa.int16()),
                "id_rank": pa.array(ranks, pa.int32()),
                "is_first_touch": pa.array(none, pa.bool_()),
                "is_lead_creation": pa.array(none, pa.bool_()),
                "is_opportunity_creation": pa.array(none, pa.bool_()),
                "is_close": pa.array(none, pa.bool_()),
            }
        ),
    }
    for name, table in tables.items():
        connection.register("given", table)
        connection.execute(f"create or replace table intermediate.{name} as from given")
        connection.unregister("given")
