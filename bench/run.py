"""`make bench`: runs the cases and writes their figures to `bench/results/`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.cases import (
    attribution,
    attribution_models,
    identity,
    loading,
    nightly,
    publications,
    scaling,
    spark,
    trust,
    web_loading,
    year,
)
from bench.options import Options
from bench.report import Figure, markdown, write_report
from dagster_project.settings import PROJECT_ROOT

CASES = {
    "loading": loading.figures,
    "web_loading": web_loading.figures,
    "identity": identity.figures,
    "attribution": attribution.figures,
    "attribution_models": attribution_models.figures,
    "nightly": nightly.figures,
    "scaling": scaling.figures,
    "publications": publications.figures,
    "trust": trust.figures,
    "year": year.figures,
    "spark": spark.figures,
}

# What needs an environment of its own: only run when it is named.
ELSEWHERE = {"spark"}

# Ten million page views are a few years of a mid-sized B2B site: enough that constant costs no longer show.
DEFAULT_PAGE_VIEWS = 10_000_000

# As many events, of GA4 and of Snowplow each: a month of a large site.
DEFAULT_WEB_EVENTS = 10_000_000

# Ten million identifiers are a million leads with 100,000 deals, and eight million cookies: few companies have as
# many. Against a tenth of it the figures show whether time grows with the number or faster.
DEFAULT_IDENTIFIERS = (1_000_000, 10_000_000)

# With a deal for every 33 touches, as in the sample.
DEFAULT_TOUCHES = (1_000_000, 10_000_000)

# About 100,000 and a million touches; ten million are `--cases scaling --scales 240`, for a machine with time.
DEFAULT_SCALES = (2.4, 24)

# A million journeys are more closed deals than any B2B company has: what takes half a second here is never the wait.
DEFAULT_JOURNEYS = 1_000_000

# Two hundred clean companies tell a share of false alarms of 5 % to within 3 points, and two hundred planted ones.
DEFAULT_COMPANIES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--page-views", type=int, default=DEFAULT_PAGE_VIEWS, help="size of the loading case")
    parser.add_argument(
        "--web-events", type=int, default=DEFAULT_WEB_EVENTS, help="events of each tracker in the web loading case"
    )
    parser.add_argument(
        "--identifiers", type=int, nargs="+", default=DEFAULT_IDENTIFIERS, help="sizes of the identity case"
    )
    parser.add_argument("--touches", type=int, nargs="+", default=DEFAULT_TOUCHES, help="sizes of the attribution case")
    parser.add_argument(
        "--scales",
        type=float,
        nargs="+",
        default=DEFAULT_SCALES,
        help="sizes of the scaling and publications cases, times the sample",
    )
    parser.add_argument("--journeys", type=int, default=DEFAULT_JOURNEYS, help="size of the attribution models case")
    parser.add_argument("--companies", type=int, default=DEFAULT_COMPANIES, help="clean companies of the trust case")
    parser.add_argument(
        "--cases",
        nargs="+",
        choices=sorted(CASES),
        default=[case for case in CASES if case not in ELSEWHERE],
        help="which cases to run",
    )
    parser.add_argument("--output", type=Path, default=PROJECT_ROOT / "bench" / "results", help="where figures go")
    given = parser.parse_args(arguments)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        options = Options(
            page_views=given.page_views,
            identifiers=tuple(given.identifiers),
            touches=tuple(given.touches),
            scales=tuple(given.scales),
            journeys=given.journeys,
            companies=given.companies,
            scratch=Path(scratch),
            web_events=given.web_events,
        )
        for case in given.cases:
            print(f"{case} …", flush=True)
            figures += CASES[case](options)
    json_file, markdown_file = write_report(given.output, figures)
    print(f"\n{markdown(figures)}\nWritten to {json_file} and {markdown_file}.")
    return 0
