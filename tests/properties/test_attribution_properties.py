"""What holds for the credit of any journey: sums in every model, and each share in every rule-based one.

Each example is a landing folder with dozens of deals, one of them with 10,000 touches. Expected credit is worked out
here again from the definitions, touch by touch in exact fractions, without any of the shortcuts that the models take.
"""

from __future__ import annotations

import csv
import random
import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.company import Company, Folders
from tests.profiles import examples
from tests.runs import Warehouse, build_marts
from tests.shuffling import shuffle_landing

pytestmark = pytest.mark.slow

AS_OF = datetime(2024, 12, 31, 23, 59, 59)
AMOUNTS = ["0.01", "0.02", "0.07", "100.00", "99.99", "0.00", "-100.00", "-0.01", "1234567890.12", "9999999999.99"]
# What they learn has an oracle of its own, in integration/test_data_driven_credit.py.
DATA_DRIVEN = {"markov", "shapley", "shapley_rate"}
POSITIONS = ("first_touch", "lead_creation", "opportunity_creation", "close")
READ = ("fct_attribution", "fct_touchpoints", "fct_touch_eligibility")
NAMES = dict(zip(POSITIONS, ("FT", "LC", "OC", "CW"), strict=True))


@dataclass(frozen=True)
class Touch:
    record_id: str
    at: datetime
    is_direct: bool = False
    is_call: bool = False


@dataclass(frozen=True)
class Deal:
    name: str
    person_created: datetime
    created: datetime
    closed: datetime | None
    is_dated: bool
    outcome: str
    amount: Decimal
    touches: list[Touch] = field(default_factory=list)


@dataclass(frozen=True)
class Model:
    shares: dict[str, Fraction]
    method: str = "positions"
    lookback_days: int = 0
    anchor: str = "opportunity_created"
    with_sales: bool = False
    half_life_days: Decimal = Decimal(7)


OWN_ROWS = [
    {"model": "recent", "method": "positions", "first_touch": "12.5", "lead_creation": "20", "close": "33.3",
     "middle": "34.2", "lookback_days": "30", "lookback_anchor": "close"},
    {"model": "with_sales", "method": "positions", "first_touch": "50", "middle": "50",
     "include_sales_activity": "true"},
    {"model": "before_deal", "method": "time_decay", "half_life_days": "0.5", "lookback_days": "20",
     "lookback_anchor": "opportunity_created"},
]  # fmt: skip


@cache
def models() -> dict[str, Model]:
    """The shipped models with the rows added here, as the reference tables say them."""
    with (Path(__file__).parents[2] / "seeds" / "reference" / "attribution_models.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["enabled"] == "true"]
    return {
        row["model"]: Model(
            shares={part: Fraction(row.get(part) or 0) for part in (*POSITIONS, "middle")},
            method=row["method"],
            lookback_days=int(row.get("lookback_days") or 0),
            anchor=row.get("lookback_anchor") or "opportunity_created",
            with_sales=row.get("include_sales_activity") == "true",
            half_life_days=Decimal(row.get("half_life_days") or 7),
        )
        for row in [*rows, *OWN_ROWS]
    }


# ---------------------------------------------------------------- worlds


@st.composite
def worlds(draw: st.DrawFn) -> list[Deal]:
    # A seed, not Hypothesis's own numbers: 10,000 touches are more than it can draw one by one.
    rng = random.Random(draw(st.integers(0, 2**32)))
    return [_deal(rng, number, rng.choice([0, 1, 1, 2, 3, 4, 5, 9, 30])) for number in range(60)] + [
        _deal(rng, 60, 10_000)
    ]


def _deal(rng: random.Random, number: int, touches: int) -> Deal:
    outcome = rng.choice(["won", "won", "lost", "open"])
    is_dated = rng.random() < 0.5
    day = datetime(2024, 5, rng.randint(2, 30))
    closed = None if outcome == "open" else day.replace(hour=12)
    if closed and is_dated:
        closed = day + timedelta(days=1) - timedelta(microseconds=1)
    return Deal(
        name=f"d{number}",
        person_created=_moment(rng, 3),
        created=_moment(rng, 4),
        closed=closed,
        is_dated=is_dated or outcome == "open",
        outcome=outcome,
        amount=Decimal(rng.choice(AMOUNTS)),
        touches=[_touch(rng, f"d{number}t{index}", closed) for index in range(touches)],
    )


def _touch(rng: random.Random, record_id: str, closed: datetime | None) -> Touch:
    # Some touch the very moment of the close.
    at = closed.replace(microsecond=0) if closed and rng.random() < 0.05 else _moment(rng, rng.randint(1, 6))
    return Touch(record_id, at, is_direct=rng.random() < 0.3, is_call=rng.random() < 0.1)


def _moment(rng: random.Random, month: int) -> datetime:
    return datetime(2024, month, rng.randint(1, 28), rng.choice([9, 9, 12, 17]))


def write(deals: list[Deal], folder: Path) -> Company:
    company = Company(folder)
    _append(company.reference_dir / "attribution_models.csv", [{**row, "enabled": "true"} for row in OWN_ROWS])
    _append(
        company.reference_dir / "channel_rules.csv", [{"priority": "0", "campaign_type": "Drct", "channel": "direct"}]
    )
    company.user("rep", department="Sales")
    for deal in deals:
        company.account(deal.name, created="2024-01-01")
        person = company.contact(f"{deal.name}p", account=deal.name, created=str(deal.person_created))
        closing = {deal.outcome: str(deal.closed)} if deal.closed else {}
        company.opportunity(deal.name, account=deal.name, created=str(deal.created), amount=str(deal.amount), **closing)
        if not deal.is_dated:
            stage = "Closed Won" if deal.outcome == "won" else "Closed Lost"
            company.stage(deal.name, stage, at=str(deal.closed))
        for touch in deal.touches:
            if touch.is_call:
                company.call(person, at=str(touch.at), by="rep", Id=touch.record_id, Subject=touch.record_id)
            else:
                # A campaign each: two responses to one campaign on one day are one act.
                kind = "Drct" if touch.is_direct else "Event"
                campaign = company.campaign(f"campaign-{touch.record_id}", kind=kind)
                company.response(campaign, contact=person, at=str(touch.at), Id=touch.record_id)
    company.write()
    return company


def _append(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open(newline="") as lines:
        header = next(csv.reader(lines))
    with file.open("a", newline="") as lines:
        csv.DictWriter(lines, header, restval="").writerows(rows)


# ---------------------------------------------------------------- what is expected

# A part of the credit: the touch (none: unattributed) and whether it waits for the close.
Part = tuple[str | None, bool]


def journey(deal: Deal, model: Model, ids: dict[str, str]) -> list[Touch]:
    """The touches the model looks at, in order."""
    anchor = deal.created if model.anchor == "opportunity_created" else deal.closed or AS_OF
    start = anchor - timedelta(days=model.lookback_days) if model.lookback_days else datetime.min
    end = deal.closed or AS_OF
    seen = [touch for touch in deal.touches if start <= touch.at <= end and (model.with_sales or not touch.is_call)]
    return sorted(seen, key=lambda touch: (touch.at, ids[touch.record_id]))


def holders(deal: Deal, model: Model, touches: list[Touch]) -> dict[str, Touch]:
    """Which touch holds each position that exists."""

    def last_by(moment: datetime) -> Touch | None:
        return next((touch for touch in reversed(touches) if touch.at <= moment), None)

    close = touches[-1] if touches else None
    if model.method == "last_non_direct":
        close = next((touch for touch in reversed(touches) if not touch.is_direct), close)
    found = (touches[0] if touches else None, last_by(deal.person_created), last_by(deal.created), close)
    return {position: touch for position, touch in zip(POSITIONS, found, strict=True) if touch}


def weights(deal: Deal, model: Model, touches: list[Touch]) -> dict[Part, Fraction]:
    if not touches:
        return {(None, False): Fraction(1)}
    if model.method == "time_decay":
        return _decayed(deal, model, touches)
    held = {position: touch for position, touch in holders(deal, model, touches).items() if model.shares[position]}
    middle = [touch for touch in touches if touch not in held.values()] if model.shares["middle"] else []
    positions = sum(model.shares[position] for position in POSITIONS)
    if positions and not held:
        return {(None, False): Fraction(1)}
    # What has no touch goes to the positions that exist, in proportion.
    pool = positions + (0 if middle else model.shares["middle"])
    existing = sum(model.shares[position] for position in held)
    found: dict[Part, Fraction] = {}
    for position, touch in held.items():
        part = (touch.record_id, position == "close" and deal.outcome == "open")
        found[part] = found.get(part, Fraction(0)) + pool * model.shares[position] / existing / 100
    for touch in middle:
        found[(touch.record_id, False)] = model.shares["middle"] / len(middle) / 100
    return found


def _decayed(deal: Deal, model: Model, touches: list[Touch]) -> dict[Part, Fraction]:
    is_by_day = deal.is_dated and deal.closed is not None
    with localcontext() as context:
        context.prec = 60
        decay = {}
        for touch in touches:
            if is_by_day:
                age = Decimal((touches[-1].at.date() - touch.at.date()).days)
            else:
                age = Decimal((touches[-1].at - touch.at) // timedelta(microseconds=1)) / 86_400_000_000
            decay[(touch.record_id, False)] = Decimal(2) ** (-age / model.half_life_days)
        total = sum(decay.values())
        return {part: Fraction(value / total) for part, value in decay.items()}


def rounded(amount: Decimal, shares: dict[Part, Fraction], ids: dict[str, str]) -> dict[Part, Decimal]:
    """Largest remainder; ties to the lowest touchpoint id, then to what is settled."""
    cents = int(abs(amount) * 100)
    whole = {part: int(cents * share) for part, share in shares.items()}
    queue = sorted(shares, key=lambda part: (whole[part] - cents * shares[part], ids.get(part[0] or "", ""), part[1]))
    for part in queue[: cents - sum(whole.values())]:
        whole[part] += 1
    return {part: Decimal(value).scaleb(-2).copy_sign(amount) for part, value in whole.items()}


# ---------------------------------------------------------------- what is found


def touchpoint_ids(built: Warehouse) -> dict[str, str]:
    return dict(built.rows("select source_record_id, touchpoint_id from marts.fct_touchpoints"))


def credit(built: Warehouse) -> dict[tuple[str, str], dict[Part, tuple[float, Decimal]]]:
    found: dict[tuple[str, str], dict[Part, tuple[float, Decimal]]] = {}
    for deal, model, record, status, weight, amount in built.rows(
        "select opportunity_id, model, source_record_id, credit_status, weight, attributed_amount"
        " from marts.fct_attribution as credit left join marts.fct_touchpoints as touches"
        " on credit.touchpoint_id = touches.touchpoint_id"
    ):
        assert (record is None) == (status == "unattributed")
        parts = found.setdefault((deal, model), {})
        assert (record, status == "pending") not in parts
        parts[(record, status == "pending")] = (weight, amount)
    return found


@examples(2)
@given(worlds())
def test_credit_is_what_the_definitions_say(deals: list[Deal]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        built = build_marts(write(deals, Path(folder)), only=READ)
        ids = touchpoint_ids(built)
        found = credit(built)
        statuses = built.rows(
            "select opportunity_id, source_record_id, status from marts.fct_touch_eligibility as eligibility"
            " inner join marts.fct_touchpoints as touches on eligibility.touchpoint_id = touches.touchpoint_id"
            " order by all"
        )

    assert set(found) == {(deal.name, model) for deal in deals for model in models()}
    for deal in deals:
        for name, model in models().items():
            touches = journey(deal, model, ids)
            got = found[deal.name, name]
            assert sum(amount for _, amount in got.values()) == deal.amount, (deal, name)
            assert abs(sum(weight for weight, _ in got.values()) - 1) < 1e-9, (deal, name)
            assert {part for part in got if part[0]} <= {(t.record_id, w) for t in touches for w in (False, True)}
            if model.method in DATA_DRIVEN:
                continue
            shares = weights(deal, model, touches)
            assert set(got) == set(shares), (deal, name)
            assert all(abs(got[part][0] - float(share)) < 1e-9 for part, share in shares.items()), (deal, name)
            expected = rounded(deal.amount, shares, ids)
            # A power of two with a broken exponent is known to 16 digits, which may move a cent from touch to touch.
            slack = Decimal("0.01") if model.method == "time_decay" else 0
            assert all(abs(got[part][1] - amount) <= slack for part, amount in expected.items()), (deal, name)

    assert statuses == sorted(
        (deal.name, touch.record_id, _status(deal, touch)) for deal in deals for touch in deal.touches
    )


def _status(deal: Deal, touch: Touch) -> str:
    if touch.is_call:
        return "sales_activity"
    return "after_close" if deal.closed and touch.at > deal.closed else "eligible"


@examples(1)
@given(worlds(), st.integers(0, 2**32))
def test_rows_in_any_order_touches_after_the_close_and_a_larger_amount_change_no_share(
    deals: list[Deal], seed: int
) -> None:
    deals = deals[:-1]
    late = [
        replace(
            deal,
            amount=deal.amount * 7,
            touches=deal.touches + ([Touch(f"{deal.name}late", datetime(2024, 7, 1, 9))] if deal.closed else []),
        )
        for deal in deals
    ]
    with tempfile.TemporaryDirectory() as folder:
        before = credit(build_marts(write(deals, Path(folder) / "before"), only=READ))
        after = write(late, Path(folder) / "after")
        shuffled = Path(folder) / "shuffled"
        shuffle_landing(after.landing_dir, shuffled, random.Random(seed))
        changed = credit(build_marts(Folders(shuffled, after.reference_dir, after.warehouse_dir), only=READ))

    assert set(before) == set(changed)
    for key, parts in before.items():
        assert {part: weight for part, (weight, _) in parts.items()} == {
            part: weight for part, (weight, _) in changed[key].items()
        }
        # Seven times an amount that was rounded by less than a cent, rounded by less than a cent.
        assert all(abs(changed[key][part][1] - 7 * amount) < Decimal("0.08") for part, (_, amount) in parts.items())
