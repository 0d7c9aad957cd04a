"""Currencies: the corporate one is USD, the others have a dated rate per month, in units per dollar.

Amounts themselves live with the deals; this module knows only rates and the rounding of a converted amount.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from seeds.generator import clock
from seeds.generator.world import World

CORPORATE = "USD"
_BASE = {"EUR": 0.92, "GBP": 0.79}


def build_rates(world: World) -> None:
    """A rate per currency and month, wandering a little around its base."""
    rng = world.rng("rates")
    for currency, base in _BASE.items():
        value, rates = base, []
        for _ in range(world.plan.months):
            value += 0.25 * (base - value) + base * rng.uniform(-0.018, 0.018)
            rates.append(f"{value:.6f}")
        world.rates[currency] = rates


def static_rate(world: World, currency: str) -> str:
    """The undated rate: the last month's."""
    return world.rates[currency][-1] if currency in world.rates else "1.000000"


def dated_rate(world: World, currency: str, moment: int) -> Decimal:
    """Units of `currency` per dollar on the day of the moment."""
    if currency == CORPORATE:
        return Decimal(1)
    months = clock.month_names(world.plan.first_month, world.plan.months)
    month = clock.month_of(moment)
    return Decimal(world.rates[currency][months.index(month) if month in months else -1])


def in_dollars(world: World, cents: int, currency: str, moment: int) -> Decimal:
    """An amount in dollars at the dated rate, half-up to the cent."""
    exact = Decimal(cents) / 100 / dated_rate(world, currency, moment)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
