"""Snowplow's events as warehouses unload them: copies of one event, and contexts in text or nested types."""

from __future__ import annotations

import json
from typing import Any

import pytest

ROBOTS = "contexts_com_iab_snowplow_spiders_and_robots_1"
AGENTS = "contexts_nl_basjes_yauaa_context_1"
COLUMNS = "event_id, collector_tstamp::varchar, is_robot, agent_class"


def event(event_id: str, collected: str = "2024-01-01 10:00:00", **fields: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event": "page_view",
        "collector_tstamp": collected,
        "domain_userid": "b1",
        "page_url": "https://x.example/",
        **fields,
    }


def put(landing, name: str, *events: dict[str, Any]) -> None:
    landing.put(f"snowplow/{name}", "".join(json.dumps(line) + "\n" for line in events))


@pytest.mark.parametrize("nights", [1, 2])
def test_of_an_event_that_was_collected_twice_the_first_stays(landing, nights: int) -> None:
    put(landing, "events/1.jsonl", event("E1", "2024-01-01 10:00:05"), event("E2"))
    if nights == 2:
        landing.load("snowplow.events")
    put(landing, "events/2.jsonl", event("E1", "2024-01-01 10:00:00"), event("E2", "2024-01-01 10:00:09"))
    landing.load("snowplow.events")
    assert landing.rows("select event_id, collector_tstamp::varchar from raw_snowplow.events order by all") == [
        ("E1", "2024-01-01 10:00:00"),
        ("E2", "2024-01-01 10:00:00"),
    ]


def test_the_enrichments_are_read_in_the_spelling_of_each_warehouse(landing) -> None:
    put(
        landing,
        "event.jsonl",
        event("E1", **{ROBOTS: [{"spiderOrRobot": True}], AGENTS: [{"agentClass": "Robot"}]}),
        event("E2", **{ROBOTS: json.dumps([{"spider_or_robot": False}]), AGENTS: '[{"agent_class":"Browser"}]'}),
        event("E3"),
    )
    landing.load("snowplow.events")
    assert landing.rows(f"select {COLUMNS} from raw_snowplow.events order by all") == [
        ("E1", "2024-01-01 10:00:00", True, "Robot"),
        ("E2", "2024-01-01 10:00:00", False, "Browser"),
        ("E3", "2024-01-01 10:00:00", None, None),
    ]


def test_the_enrichments_are_read_from_nested_parquet(landing) -> None:
    landing.put_parquet(
        "snowplow/atomic_events.parquet",
        "select 'E1' as event_id, 'page_view' as event, timestamp '2024-01-01 10:00:00' as collector_tstamp, "
        f"'b1' as domain_userid, '' as page_url, [{{'spider_or_robot': true}}] as {ROBOTS}, "
        f"[{{'agent_class': 'Robot'}}] as {AGENTS}, 7 as tr_total",
    )
    landing.load("snowplow.events")
    assert landing.rows(f"select {COLUMNS} from raw_snowplow.events") == [("E1", "2024-01-01 10:00:00", True, "Robot")]
    # What nobody lists is left out.
    assert landing.rows("select count(*) from duckdb_columns() where column_name in ('tr_total', 'useragent')") == [
        (1,)
    ]


def test_an_event_whose_contexts_are_no_json_is_a_reject(landing) -> None:
    put(landing, "events.jsonl", *[event(f"E{n}") for n in range(20)], event("E20", **{ROBOTS: '[{"spiderOr'}))
    landing.load("snowplow.events")
    assert landing.rows("select count(*) from raw_snowplow.events") == [(20,)]
    ((line, column, reason),) = landing.rejects()
    assert (line, column) == (21, ROBOTS)
    assert "is not JSON" in reason
