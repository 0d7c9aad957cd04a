"""Trust in metrics and targets: false alarms on clean companies, and planted ones found.

Each company is generated with a seed of its own and built by the project's models. A clean one has nothing planted that
the trust room looks for; its ordinary oddities (bots, kiosks, merged and deleted records, …) stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.measure import measure
from bench.options import Options
from bench.report import Figure
from seeds.generator import CASES, CompanyPlan, clock, generate, write
from tests.company import SHIPPED_REFERENCE_DIR, Folders
from tests.runs import Warehouse, build_marts

# The room alone, with what stands before it: attribution and the other reports cost half of a build.
ROOM = ("+path:models/intermediate/trust",)

KINDS = ("clean", "bought_traffic", "padded_sqls")

# The guards were tuned on companies 1 to 100; these haven't been seen.
FIRST_SEED = 1001

# Deals pushed, and deals made at a quarter's end and lost, are what target integrity is to find.
_CLEAN_CASES = tuple(case for case in CASES if case != "pushed_deals")


@dataclass(frozen=True)
class Alarms:
    """What was flagged of a company: `metric` or `metric/channel` of the trust report, metrics of the targets."""

    watched: frozenset[str]
    vain: frozenset[str]
    inflated: frozenset[tuple[str, str]]
    total_metrics: int
    channel_metrics: int
    target_metrics: int
    divergence_months: frozenset[tuple[str, str]]


def figures(options: Options) -> Iterator[Figure]:
    for kind in KINDS:
        count = options.companies if kind == "clean" else options.companies // 2
        done = measure(run, kind=kind, companies=count)
        yield Figure(
            "trust",
            f"{kind.replace('_', ' ')}: {done.details.pop('summary')}",
            done.seconds,
            done.peak_memory_mib,
            count,
            details=done.details,
        )


def random_plan(seed: int, kind: str) -> CompanyPlan:
    """A company of a random size, 300 to 1,200 leads in 15 to 24 months, with one month of the kind planted."""
    rng = Random(f"trust/{seed}")
    months = clock.month_names(f"202{rng.randint(1, 4)}-{rng.randint(1, 12):02d}", rng.randint(15, 24))
    leads = rng.randint(300, 1_200)
    planted = (months[rng.randint(6, len(months) - 2)],)
    return CompanyPlan(
        name=f"Company {seed}",
        domain=f"company{seed}.example",
        seed=seed,
        first_month=months[0],
        months=len(months),
        leads=leads,
        accounts=leads // 10,
        opportunities=leads // 6,
        page_views=15 * leads,
        cases=_CLEAN_CASES,
        bought_traffic_months=planted if kind == "bought_traffic" else (),
        padded_sql_months=planted if kind == "padded_sqls" else (),
        padded_sqls=max(20, leads // 20),
    )


def alarms_of(plan: CompanyPlan) -> Alarms:
    """Generate the company, build it, and read what the two reports flag."""
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder) / "landing"
        write(generate(plan), landing)
        company = Folders(landing, SHIPPED_REFERENCE_DIR, Path(folder) / "warehouse")
        built = build_marts(company, plan.as_of, select=ROOM)
        return read_alarms(built)


def read_alarms(built: Warehouse) -> Alarms:
    trust = built.rows("select metric, channel, verdict from intermediate.int_trust__verdicts")
    names = {(metric, channel): metric if channel == "total" else f"{metric}/{channel}" for metric, channel, _ in trust}
    targets = built.rows(
        "select metric, strftime(period_start, '%Y-%m'), verdict from intermediate.int_trust__target_results"
    )
    divergences = built.rows(
        "select metric, strftime(week_start + 3, '%Y-%m') from intermediate.int_trust__divergences"
        " where channel = 'total'"
    )
    return Alarms(
        watched=frozenset(names[metric, channel] for metric, channel, verdict in trust if verdict == "watch"),
        # Networks report sums, and the generator's visitors from organic social never say who they are: true alarms.
        vain=frozenset(
            names[metric, channel]
            for metric, channel, verdict in trust
            if verdict == "vanity" and not metric.startswith("ad_") and channel != "organic_social"
        ),
        inflated=frozenset((metric, month) for metric, month, verdict in targets if verdict == "inflated"),
        total_metrics=sum(channel == "total" for _, channel, _ in trust),
        channel_metrics=sum(channel != "total" for _, channel, _ in trust),
        target_metrics=len({metric for metric, _, _ in targets}),
        divergence_months=frozenset(divergences),
    )


def run(kind: str, companies: int) -> dict[str, Any]:
    """The verdicts on so many companies of the kind, counted."""
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + companies):
        plan = random_plan(seed, kind)
        found.append((plan, alarms_of(plan)))
    if kind == "clean":
        return _false_alarms([alarms for _, alarms in found])
    return _planted(kind, found)


def _false_alarms(found: list[Alarms]) -> dict[str, Any]:
    flagged = [alarms.watched | alarms.vain for alarms in found]
    metrics = sum(alarms.total_metrics for alarms in found)
    metrics_flagged = sum("/" not in name for names in flagged for name in names)
    channels = sum(alarms.channel_metrics for alarms in found)
    channels_flagged = sum("/" in name for names in flagged for name in names)
    targets = sum(alarms.target_metrics for alarms in found)
    targets_flagged = sum(len({metric for metric, _ in alarms.inflated}) for alarms in found)
    by_metric: dict[str, int] = {}
    for names in [*flagged, *({f"target {metric}" for metric, _ in alarms.inflated} for alarms in found)]:
        for name in names:
            by_metric[name] = by_metric.get(name, 0) + 1
    share = (metrics_flagged + targets_flagged) / (metrics + targets)
    return {
        "summary": f"{share:.1%} of {metrics + targets:,} company-metrics flagged",
        "share_flagged": share,
        "metrics": [metrics_flagged, metrics],
        "metrics_by_channel": [channels_flagged, channels],
        "targets": [targets_flagged, targets],
        "flagged": dict(sorted(by_metric.items())),
    }


def _planted(kind: str, found: list[tuple[CompanyPlan, Alarms]]) -> dict[str, Any]:
    """Found is what is named with its month: visits as diverging, or the month's SQL target as inflated."""
    if kind == "bought_traffic":
        hits = {
            plan.seed: ("visits", plan.bought_traffic_months[0]) in alarms.divergence_months for plan, alarms in found
        }
        also = sum(("visits", plan.bought_traffic_months[0]) in alarms.inflated for plan, alarms in found)
    else:
        hits = {plan.seed: ("sqls", plan.padded_sql_months[0]) in alarms.inflated for plan, alarms in found}
        also = sum("sqls" in alarms.watched for _, alarms in found)
    return {
        "summary": f"{sum(hits.values()) / len(hits):.1%} of {len(hits)} planted months found",
        "share_found": sum(hits.values()) / len(hits),
        "found_by_the_other_report_too": also,
        "missed_seeds": sorted(seed for seed, hit in hits.items() if not hit),
    }
