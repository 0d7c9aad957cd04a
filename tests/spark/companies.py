"""The companies that are built on both engines, from a few records to real ones; DuckDB's tables are the right answer.

What lives here: which companies, and what a build on Spark begins with. What doesn't: how rows are compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster_project.engine import connected
from dagster_project.spark import lake
from tests import olist, sample
from tests.company import Company
from tests.compiled_models import compiled_models
from tests.integration import (
    test_attribution_by_hand,
    test_hubspot,
    test_marketo,
    test_originator_attacks,
    test_web_dialects,
)
from tests.review import small_company
from tests.runs import build_marts

# Of a model; all others are what a build begins with.
MODELS = ("staging", "intermediate", "marts")


@dataclass(frozen=True)
class Night:
    """A night that DuckDB has built: its build file, and for a later night the file as the night before left it."""

    name: str
    file: Path
    night_before: Path | None = None
    has_many_records: bool = False

    def write_inputs(self, build: Path) -> None:
        """Fill the folder of a build on Spark with what it begins with."""
        lake.begin_build(build, MODELS)
        with connected(self.file, read_only=True) as connection:
            tables = [table for table in lake.tables_of(connection) if table[0] not in MODELS]
            lake.write_parquet(connection, tables, build / lake.INPUTS)
        if self.night_before:
            # What nights remember from one to the next.
            memory = [(model.schema, model.name) for model in compiled_models(True) if model.is_incremental]
            with connected(self.night_before, read_only=True) as connection:
                lake.write_parquet(connection, memory, build / lake.INPUTS)


def _small(home: Path) -> Iterator[Night]:
    yield Night("the small company", build_marts(small_company(Company(home)), "2024-04-10").file)


def _by_hand(home: Path) -> Iterator[Night]:
    company = test_attribution_by_hand.journeys(Company(home))
    yield Night("journeys worked out by hand", build_marts(company).file)


def _attacks(home: Path) -> Iterator[Night]:
    company = Company(home)
    test_originator_attacks.first_night(company)
    file = build_marts(company.deliver("2024-06-30"), test_originator_attacks.FIRST_NIGHT).file
    yield Night("attacks on originators, first night", file)
    before = shutil.copy(file, home / "night_before.duckdb")
    test_originator_attacks.second_night(company)
    file = build_marts(company.deliver("2024-07-31"), test_originator_attacks.SECOND_NIGHT, later_night=True).file
    yield Night("attacks on originators, second night", file, before)


def _hubspot(home: Path) -> Iterator[Night]:
    yield Night("HubSpot", test_hubspot.build(home, test_hubspot.small_account()).file)


def _marketo(home: Path) -> Iterator[Night]:
    yield Night("Salesforce and Marketo", test_marketo.both(home).file)


def _trackers(home: Path) -> Iterator[Night]:
    """The same visits by every tracker but Segment, which the others have."""
    company, visits = test_web_dialects.company(home), test_web_dialects.visits()
    visits.rudderstack(company)
    visits.ga4_json_lines(company)
    visits.snowplow(company)
    yield Night("RudderStack, GA4 and Snowplow", build_marts(company).file)


def _sample(home: Path) -> Iterator[Night]:
    yield Night("the sample", build_marts(sample.sample(home), sample.AS_OF).file, has_many_records=True)


def _olist(home: Path) -> Iterator[Night]:
    if olist.LANDING_DIR.exists():
        yield Night("Olist", build_marts(olist.olist(home), olist.AS_OF).file, has_many_records=True)


COMPANIES: dict[str, Callable[[Path], Iterator[Night]]] = {
    "small": _small,
    "by_hand": _by_hand,
    "attacks": _attacks,
    "hubspot": _hubspot,
    "marketo": _marketo,
    "trackers": _trackers,
    "sample": _sample,
    "olist": _olist,
}
