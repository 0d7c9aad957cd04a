"""Journeys, positions and every rule-based model, then the data-driven ones, over a million touches and ten million.

Measured are the models alone, from the start of the first to the end of the last, in the dbt process that builds them;
then what a reader asks of the long form, which is a view over what they left.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from bench.cases import attribution_models
from bench.journeys import write_journeys
from bench.measure import measure
from bench.models import run_models, settings_of, write_reference
from bench.options import Options
from bench.report import Figure

ROOMS = ["path:models/intermediate/journeys", "path:models/intermediate/attribution"]
# Of the same rooms, but no rule-based model; the last one unites both.
_DATA_DRIVEN = [
    *attribution_models.MODELS,
    "int_attribution__channel_shares",
    "int_attribution__data_driven_credit",
    "int_attribution__credit",
]
_LONG_FORM = ["fct_touchpoints", "fct_attribution", "fct_touch_eligibility", "explain_credit"]

QUESTIONS = {
    "won revenue by channel and model": (
        "select channel, model, sum(attributed_amount) from marts.fct_attribution where outcome = 'won' group by all"
    ),
    "one model by channel": (
        "select channel, sum(attributed_amount) from marts.fct_attribution"
        " where outcome = 'won' and model = 'w_shaped' group by all"
    ),
    "one deal in every model": "select * from marts.explain_credit where opportunity_id = 'deal1001'",
    "one deal explained": (
        "select * from marts.explain_credit where opportunity_id = 'deal1001' and model = 'w_shaped'"
        " order by touch_number"
    ),
    "weights of every deal and model": (
        "select opportunity_id, model, sum(weight), sum(attributed_amount) from marts.fct_attribution group by all"
    ),
}


def figures(options: Options) -> Iterator[Figure]:
    smallest: dict[str, float] = {}
    for touches in options.touches:
        scratch = str(options.scratch / f"attribution_{touches}")
        measure(prepare, scratch=scratch, touches=touches)
        for what, build in {
            "journeys, positions, 14 rule-based models": build_rule_based,
            "3 data-driven models": build_data_driven,
        }.items():
            built = measure(build, scratch=scratch)
            yield Figure(
                "attribution",
                what,
                built.seconds,
                built.peak_memory_mib,
                touches,
                built.seconds / smallest.setdefault(what, built.seconds),
                "the smallest",
                built.details,
            )
            yield from (Figure("attribution", model, seconds) for model, seconds in built.details["models"].items())
        for what, sql in QUESTIONS.items():
            asked = measure(ask, scratch=scratch, sql=sql)
            yield Figure("attribution", what, asked.seconds, asked.peak_memory_mib, asked.details["rows"])


def prepare(scratch: str, touches: int, crowd: int = 0) -> None:
    """Write the tables that the models read, and the views that read what they write."""
    from dagster_project.engine import connected

    settings = settings_of(scratch)
    settings.warehouse_dir.mkdir(parents=True)
    with connected(settings.build_file) as connection:
        write_reference(connection, settings)
        write_journeys(connection, touches, crowd)
    run_models(settings, ["stg_reference__attribution_models", "stg_reference__run_context"])


def build_rule_based(scratch: str) -> dict[str, Any]:
    return run_models(settings_of(scratch), ROOMS, _DATA_DRIVEN)


def build_data_driven(scratch: str) -> dict[str, Any]:
    settings = settings_of(scratch)
    built = run_models(settings, _DATA_DRIVEN)
    run_models(settings, _LONG_FORM)
    return built


def ask(scratch: str, sql: str) -> dict[str, Any]:
    from dagster_project.engine import connected

    with connected(settings_of(scratch).build_file, read_only=True) as connection:
        start = time.perf_counter()
        rows = len(connection.execute(sql).fetchall())
        return {"seconds": time.perf_counter() - start, "rows": rows}
