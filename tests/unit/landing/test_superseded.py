"""Raw as it stood at every publication can be put together again, whatever loads have removed or changed since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.publish import inputs
from tests.profiles import deep_but
from tests.unit.landing.conftest import Landing

# What publications know of a record: all but where it stands.
SAID = "* exclude (_row, _loaded_at, _delivery, _since)"
TABLES = ("raw_salesforce.campaign", "raw_google_ads.daily_spend", "raw_ga4.events")
OBJECTS = ("salesforce.Campaign", "google_ads.daily_spend", "ga4.events")


class Nights:
    """Loads, each followed by a publication; what raw held at each is kept here, too."""

    def __init__(self, landing: Landing) -> None:
        self.landing = landing
        self.raw: dict[int, dict[str, list[tuple]]] = {}
        self.ticks: dict[int, int] = {}

    def night(self, **options: object) -> None:
        self.landing.load(*OBJECTS, **options)
        number = len(self.raw) + 1
        connection = self.landing.connection
        inputs.keep(connection, number)
        connection.execute("delete from audit.publication_in_progress")
        connection.execute(
            "insert into audit.publication_in_progress select ?, 'P', null, false, now(), now(), '', '', '', '', '', "
            "'', '', '', tick, null from audit.raw_clock",
            [number],
        )
        connection.execute(
            "insert into audit.kept_publications by name select *, 'b' as build_id, true as is_published "
            "from audit.publication_in_progress"
        )
        ((self.ticks[number],),) = connection.execute("select tick from audit.raw_clock").fetchall()
        self.raw[number] = self.read(connection)

    @staticmethod
    def read(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
        return {table: connection.execute(f"select {SAID} from {table} order by all").fetchall() for table in TABLES}

    def restored(self, number: int, folder: Path) -> dict[str, list[tuple]]:
        file = folder / f"{number}.duckdb"
        self.landing.connection.execute(f"attach '{file}' as filled")
        self.landing.connection.execute("copy from database memory to filled")
        self.landing.connection.execute("detach filled")
        with duckdb.connect() as other:
            prepare_audit(other)
            other.execute(f"attach '{file}' as build (read_only)")
            inputs.restore(other, "build", number, self.ticks[number])
            return self.read(other)


@pytest.fixture
def nights(landing: Landing) -> Iterator[Nights]:
    yield Nights(landing)


def campaigns(names: dict[str, str], deleted: frozenset[str] = frozenset()) -> str:
    lines = [f"{key},{name},{'true' if key in deleted else ''}" for key, name in names.items()]
    return "\n".join(["Id,Name,_fivetran_deleted", *lines, ""])


def events(*names: str) -> str:
    return "".join(
        f'{{"event_date": "20260131", "event_timestamp": {1769850000000000 + n}, "event_name": "{name}", '
        f'"user_pseudo_id": "1.2"}}\n'
        for n, name in enumerate(names)
    )


def spend(*costs: str) -> str:
    lines = [f"2026-01-{n:02},a1,c1,Brand,EUR,{cost}" for n, cost in enumerate(costs, start=1)]
    return "\n".join(["date,account_id,campaign_id,campaign_name,currency,cost", *lines, ""])


def test_each_way_in_which_records_go(nights: Nights, tmp_path: Path) -> None:
    """Edited, gone from a snapshot and back, marked by a loader, a day's final events, another account's spelling, a
    column more, and raw rebuilt from what the folder still has."""
    landing = nights.landing
    snapshot = {"snapshot_objects": ["salesforce.Campaign"]}
    names = {f"C{n}": f"Name {n}" for n in range(9)}
    landing.put("salesforce/Campaign.csv", campaigns(names))
    landing.put("ga4/events_intraday_20260131.jsonl", events("page_view", "scroll"))
    landing.put("google_ads/daily_spend.csv", spend("1.00", "2.00"))
    nights.night(**snapshot)
    landing.put("salesforce/Campaign.csv", campaigns({**names, "C1": "Edited"} | {"C9": "New"}))
    nights.night(**snapshot)
    landing.put("salesforce/Campaign.csv", campaigns({k: v for k, v in names.items() if k != "C2"}))
    landing.put("ga4/events_20260131.jsonl", events("page_view", "purchase"))
    nights.night(**snapshot)
    landing.put("salesforce/Campaign.csv", campaigns(names, frozenset({"C3"})))
    landing.put(
        "google_ads/daily_spend.csv", spend("1.00", "2.50").replace("campaign_name", "device").replace("-", "/")
    )
    landing.put("google_ads/daily_spend.csv", spend("1.00", "2.50"))
    nights.night(**snapshot)
    nights.night()
    (landing.folder / "ga4/events_intraday_20260131.jsonl").unlink()
    landing.put(
        "salesforce/Campaign.csv",
        campaigns({"C1": "Only one"}).replace("Name,", "Name,More,").replace("one,", "one,x,"),
    )
    nights.night(full_refresh=True)
    assert {number: nights.restored(number, tmp_path) for number in nights.raw} == nights.raw


@pytest.mark.parametrize("seed", deep_but(2, range(6)))
def test_any_sequence_of_deliveries(nights: Nights, tmp_path: Path, seed: int) -> None:
    rng, landing = Random(seed), nights.landing
    names = {f"C{n}": f"Name {n}" for n in range(12)}
    landing.put("ga4/events_20260131.jsonl", events("page_view"))
    landing.put("google_ads/daily_spend.csv", spend("1.00"))
    landing.put("salesforce/Campaign.csv", campaigns(names))
    for number in range(6):
        nights.night(
            full_refresh=rng.random() < 0.15,
            snapshot_objects=["salesforce.Campaign"] if rng.random() < 0.6 else [],
        )
        for key in rng.sample(sorted(names), 2):
            names[key] = f"Name {rng.randrange(3)}"
        told = {key: name for key, name in names.items() if rng.random() < 0.9}
        gone = frozenset(rng.sample(sorted(told), rng.randrange(3)))
        landing.put(f"salesforce/Campaign/{rng.randrange(2)}.csv", campaigns(told, gone))
        (landing.folder / "salesforce/Campaign.csv").unlink(missing_ok=True)
        landing.put(
            "ga4/events_20260131.jsonl", events(*rng.choices(["page_view", "scroll", "purchase"], k=number + 1))
        )
        landing.put("google_ads/daily_spend.csv", spend(*(f"{rng.randrange(3)}.00" for _ in range(number + 1))))
    assert {number: nights.restored(number, tmp_path) for number in nights.raw} == nights.raw
