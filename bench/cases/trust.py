"""Trust in metrics and targets: false alarms on clean companies, and planted ones found.

Each company is generated with a seed of its own and built by the project's models. A clean one has nothing planted that
the trust room looks for; its ordinary oddities (bots, kiosks, merged and deleted records, …) stay. The records go into
the raw tables as they were generated, without files: loading a small company would take as long as all its models.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.measure import measure
from bench.options import Options
from bench.report import Figure
from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected, identifier
from dagster_project.landing.catalog import catalog
from dagster_project.landing.raw_tables import ensure_tables
from dagster_project.publish import kept
from dagster_project.reference.loader import load_reference, write_run_context
from dagster_project.reference.validate import read_reference
from dagster_project.settings import Settings
from seeds.generator import CASES, Company, CompanyPlan, clock, generate
from tests.company import SHIPPED_REFERENCE_DIR, Folders
from tests.compiled_models import build_models
from tests.runs import Warehouse, throughline_environment

# The room alone, with what stands before it: attribution and the other reports cost half of a build.
ROOM = ("+path:models/intermediate/trust",)

# What a company has planted: two things that touch different metrics, so that one company shows both.
KINDS = ("clean", "bought_traffic_and_padded_opens", "hidden_bots_and_padded_sqls")

# The rules were tuned on companies below 300; these haven't been seen. Of each kind others, so that no two are alike.
FIRST_SEEDS = dict(zip(KINDS, (5001, 5201, 5301), strict=True))

# Deals pushed, and deals made at a quarter's end and lost, are what target integrity is to find.
_CLEAN_CASES = tuple(case for case in CASES if case != "pushed_deals")


@dataclass(frozen=True)
class Alarms:
    """What was flagged of a company: (metric, channel) of the trust report, (metric, month) of the targets.

    `watched_months` are the months in which a metric in total had a burst, or diverged clearly enough for `watch`.
    """

    rows: int
    decided: int
    watched: frozenset[tuple[str, str]]
    vain: frozenset[tuple[str, str]]
    watched_months: frozenset[tuple[str, str]]
    targets: int
    inflated: frozenset[tuple[str, str]]

    @property
    def flagged(self) -> bool:
        return bool(self.watched | self.vain | self.inflated)


def figures(options: Options) -> Iterator[Figure]:
    for kind in KINDS:
        # Of a share of nine in ten seventy companies tell it to within seven points.
        count = options.companies if kind == "clean" else options.companies * 7 // 20
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
    """A company of a random size, 300 to 1,200 leads in 15 to 24 months; what is planted has a month of its own."""
    rng = Random(f"trust/{seed}")
    months = clock.month_names(f"202{rng.randint(1, 4)}-{rng.randint(1, 12):02d}", rng.randint(15, 24))
    leads = rng.randint(300, 1_200)
    # Before the seventh month there is no half year to say what is usual.
    visits_month, other_month = ((months[rng.randint(6, len(months) - 2)],) for _ in range(2))
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
        mails=True,
        bought_traffic_months=visits_month if kind == "bought_traffic_and_padded_opens" else (),
        padded_open_months=other_month if kind == "bought_traffic_and_padded_opens" else (),
        bot_visit_months=visits_month if kind == "hidden_bots_and_padded_sqls" else (),
        padded_sql_months=other_month if kind == "hidden_bots_and_padded_sqls" else (),
        padded_sqls=max(20, leads // 20),
    )


def alarms_of(plan: CompanyPlan) -> Alarms:
    """Generate the company, build it, and read what the two reports flag."""
    with tempfile.TemporaryDirectory() as folder:
        return read_alarms(build_generated(generate(plan), Path(folder)))


def build_generated(made: Company, folder: Path) -> Warehouse:
    """The trust room of a generated company whose records stand in raw without having been files."""
    company = Folders(folder / "landing", SHIPPED_REFERENCE_DIR, folder / "warehouse")
    company.landing_dir.mkdir()
    with throughline_environment(company, made.plan.as_of):
        settings = Settings.from_environment()
        reference = read_reference(settings.reference_dir)
    settings.warehouse_dir.mkdir(parents=True)
    with connected(settings.build_file) as connection:
        # The tables are small: a second thread costs more than it saves.
        connection.execute("set threads = 1")
        prepare_audit(connection)
        load_reference(connection, reference)
        ensure_tables(connection, catalog().objects)
        for (source, name), table in made.tables.items():
            landing_object = catalog().find_object(source, name)
            assert landing_object is not None, (source, name)
            known = {column.name for column in landing_object.columns}
            columns = ", ".join(identifier(column) for column in table.column_names if column in known)
            connection.register("generated", table)
            connection.execute(
                f"insert into {identifier(landing_object.schema)}.{identifier(landing_object.snake_name)} by name "
                f"select {columns}, 'generated' as _file, row_number() over () as _row from generated"
            )
            connection.unregister("generated")
        write_run_context(connection, reference, settings)
        kept.begin(connection, settings.as_of)
        build_models(connection, select=ROOM)
    return Warehouse(settings.build_file)


def read_alarms(built: Warehouse) -> Alarms:
    trust = built.rows("select metric, channel, verdict from intermediate.int_trust__verdicts")
    targets = built.rows(
        "select metric, strftime(period_start, '%Y-%m'), verdict from intermediate.int_trust__target_results"
    )
    watched_months = built.rows(
        """
        select metric, strftime(week_start + 3, '%Y-%m')
        from intermediate.int_trust__divergences
        where channel = 'total' and deviations >= 7
        union
        select metric, strftime(month, '%Y-%m')
        from intermediate.int_trust__bursts
        """
    )
    return Alarms(
        rows=len(trust),
        decided=sum(verdict != "too_little_data" for _, _, verdict in trust),
        watched=frozenset((metric, channel) for metric, channel, verdict in trust if verdict == "watch"),
        # Networks report sums, and the generator's visitors from organic social never say who they are: true alarms.
        vain=frozenset(
            (metric, channel)
            for metric, channel, verdict in trust
            if verdict == "vanity" and not metric.startswith("ad_") and channel != "organic_social"
        ),
        watched_months=frozenset(watched_months),
        targets=len(targets),
        inflated=frozenset((metric, month) for metric, month, verdict in targets if verdict == "inflated"),
    )


def run(kind: str, companies: int) -> dict[str, Any]:
    """The verdicts on so many companies of the kind, counted."""
    first = FIRST_SEEDS[kind]
    found = []
    for seed in range(first, first + companies):
        plan = random_plan(seed, kind)
        found.append((plan, alarms_of(plan)))
    return _false_alarms([alarms for _, alarms in found]) if kind == "clean" else _planted(found)


def _false_alarms(found: list[Alarms]) -> dict[str, Any]:
    companies = sum(alarms.flagged for alarms in found)
    rows = sum(alarms.rows for alarms in found)
    rows_flagged = sum(len(alarms.watched | alarms.vain) for alarms in found)
    targets = sum(alarms.targets for alarms in found)
    targets_flagged = sum(len(alarms.inflated) for alarms in found)
    names: Counter[str] = Counter()
    for alarms in found:
        names.update("/".join(row) for row in alarms.watched | alarms.vain)
        names.update(f"target {metric}" for metric, _ in alarms.inflated)
    return {
        "summary": f"{companies} of {len(found)} companies flagged, {rows_flagged} of {rows:,} rows, "
        f"{targets_flagged} of {targets:,} targets",
        "companies": [companies, len(found)],
        "rows": [rows_flagged, rows],
        "rows_with_a_verdict": [sum(alarms.decided for alarms in found), rows],
        "targets": [targets_flagged, targets],
        "flagged": dict(sorted(names.items())),
    }


def _planted(found: list[tuple[CompanyPlan, Alarms]]) -> dict[str, Any]:
    """Found is what is named with its month, by the report that is to name it."""
    details: dict[str, Any] = {}
    for thing, months_of, is_found in _PLANTED:
        hits = {plan.seed: is_found(alarms, months_of(plan)[0]) for plan, alarms in found if months_of(plan)}
        if hits:
            details[thing] = {
                "found": [sum(hits.values()), len(hits)],
                "missed_seeds": sorted(seed for seed, hit in hits.items() if not hit),
            }
    summary = "; ".join(
        f"{thing} {'{} of {}'.format(*detail['found'])} months found" for thing, detail in details.items()
    )
    return {"summary": summary, **details}


def _watched(metric: str) -> Callable[[Alarms, str], bool]:
    return lambda alarms, month: (metric, "total") in alarms.watched and (metric, month) in alarms.watched_months


def _inflated(metric: str) -> Callable[[Alarms, str], bool]:
    return lambda alarms, month: (metric, month) in alarms.inflated


_PLANTED: tuple[tuple[str, Callable[[CompanyPlan], tuple[str, ...]], Callable[[Alarms, str], bool]], ...] = (
    ("bought traffic, visits watched", lambda plan: plan.bought_traffic_months, _watched("visits")),
    ("bought traffic, target inflated", lambda plan: plan.bought_traffic_months, _inflated("visits")),
    ("hidden bots, visits watched", lambda plan: plan.bot_visit_months, _watched("visits")),
    ("hidden bots, target inflated", lambda plan: plan.bot_visit_months, _inflated("visits")),
    ("padded opens, opens watched", lambda plan: plan.padded_open_months, _watched("email_opens")),
    ("padded SQLs, target inflated", lambda plan: plan.padded_sql_months, _inflated("sqls")),
)
