"""Paid campaigns of the two advertising networks and what they cost per day.

Clicks follow the visits that `web` gave each campaign; this module makes no visits itself.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from seeds.generator.world import PaidCampaign, World

# network, ad account, name, currency, active from and to as a share of the company's time, cost per click in cents
_CAMPAIGNS = (
    ("google_ads", "411-555-0100", "brand-search", "USD", 0.0, 1.0, 450),
    ("google_ads", "411-555-0100", "nonbrand-inventory", "USD", 0.0, 0.7, 1550),
    ("google_ads", "411-555-0100", "nonbrand-orchestration", "USD", 0.3, 1.0, 1775),
    ("google_ads", "411-555-0100", "competitor-terms", "USD", 0.5, 0.9, 2350),
    ("google_ads", "411-555-0177", "dach-inventory", "EUR", 0.2, 1.0, 1350),
    ("google_ads", "411-555-0177", "benelux-cutover", "EUR", 0.6, 1.0, 1200),
    ("linkedin_ads", "509900101", "ops-leaders", "USD", 0.0, 0.8, 2875),
    ("linkedin_ads", "509900101", "cutover-playbook", "USD", 0.4, 1.0, 2450),
    ("linkedin_ads", "509900202", "uk-operations", "GBP", 0.25, 1.0, 2225),
)


def build_campaigns(world: World) -> None:
    """Which campaigns exist and in which months they run."""
    months = world.plan.months
    for number, (network, account, name, currency, first, last, click) in enumerate(_CAMPAIGNS):
        world.paid_campaigns.append(
            PaidCampaign(
                network,
                account,
                f"{11_200_450_000 + world.plan.seed * 100 + number}",
                name,
                currency,
                int(first * months),
                max(int(first * months) + 1, round(last * months)),
                click,
            )
        )


def build_spend(world: World, visits_per_day: dict[str, np.ndarray], first_day: np.datetime64) -> dict[str, pa.Table]:
    """One row per day and active campaign and network. `visits_per_day` counts sessions per campaign name."""
    rng = world.np_rng("spend")
    starts = np.array([np.datetime64(world.plan.first_month) + month for month in range(world.plan.months + 1)])
    day_of_month = (starts.astype("datetime64[D]") - first_day).astype(np.int64)
    parts: dict[str, list[pa.Table]] = {}
    for campaign in world.paid_campaigns:
        first, last = day_of_month[campaign.first], day_of_month[min(campaign.last, world.plan.months)]
        days = np.arange(first, last)
        # Some clicks never arrive; how many goes with the company's size, or they would be most of a small one's.
        clicks = visits_per_day[campaign.name][days] + rng.poisson(2.2 * world.plan.size, len(days))
        cost = clicks * campaign.cost_per_click + rng.integers(0, 90, len(days)) * clicks
        impressions = clicks * rng.integers(35, 90, len(days)) + rng.integers(10, 300, len(days))
        parts.setdefault(campaign.network, []).append(
            pa.table(
                {
                    "date": pa.array((first_day + days).astype("datetime64[D]")),
                    "account_id": [campaign.ad_account] * len(days),
                    "campaign_id": [campaign.id] * len(days),
                    "campaign_name": [campaign.name] * len(days),
                    "currency": [campaign.currency] * len(days),
                    "cost": pa.array(cost, pa.int64()),
                    "impressions": pa.array(impressions, pa.int64()),
                    "clicks": pa.array(clicks, pa.int64()),
                }
            )
        )
    return {
        network: pa.concat_tables(tables).sort_by([("date", "ascending"), ("campaign_id", "ascending")])
        for network, tables in parts.items()
    }
