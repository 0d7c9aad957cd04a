"""The field in which a tracker's hits tell of consent: GA4's own, and the one that the company's setting names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.landing.conftest import Landing

PAGES = "id,anonymous_id,timestamp,url"
PAGE = "2024-01-01T10:00:00Z,https://x.example/"


def name_field(landing: Landing, setting: str) -> None:
    landing.connection.execute("create schema if not exists reference")
    landing.connection.execute(
        f"create or replace table reference.settings as select 'consent_fields' as key, '{setting}' as value"
    )


def told(landing: Landing, table: str) -> list[tuple[Any, ...]]:
    return landing.rows(f"select throughline_consent from {table} order by 1")


def test_a_header_is_matched_however_its_words_are_joined(landing: Landing) -> None:
    name_field(landing, "segment=context_consent_Analytics")
    landing.put("segment/pages.csv", f"{PAGES},context.consent.analytics\nv1,b1,{PAGE},None\nv2,b1,{PAGE},\n")
    landing.load("segment.pages")
    # A word that stands for nothing elsewhere may mean a refusal here.
    assert told(landing, "raw_segment.pages") == [("None",), (None,)]


@pytest.mark.parametrize("field", ["context.consent.denied", "context.consent[0].denied"])
def test_a_path_leads_into_json(landing: Landing, field: str) -> None:
    name_field(landing, f"rudderstack={field}")
    consent: dict[str, Any] = {"denied": ["C0002"]}
    page = dict(zip(PAGES.split(","), ["v1", "b1", *PAGE.split(",")], strict=True))
    page["context"] = {"consent": [consent] if "[0]" in field else consent}
    landing.put("rudderstack/pages.jsonl", json.dumps(page) + "\n")
    landing.load("rudderstack.pages")
    assert told(landing, "raw_rudderstack.pages") == [('["C0002"]',)]


def test_a_boolean_of_parquet_is_a_word(landing: Landing) -> None:
    name_field(landing, "snowplow=consented")
    landing.put_parquet(
        "snowplow/events.parquet",
        "select 'E1' as event_id, 'page_view' as event, timestamp '2024-01-01' as collector_tstamp, "
        "'b1' as domain_userid, 'https://x.example/' as page_url, false as consented",
    )
    landing.load("snowplow.events")
    assert told(landing, "raw_snowplow.events") == [("false",)]


def test_no_column_is_taken_for_it_that_nobody_named(landing: Landing) -> None:
    """Not even one of that name: what it says may be something else."""
    landing.put("segment/pages.csv", f"{PAGES},consent\nv1,b1,{PAGE},no\n")
    landing.load("segment.pages")
    assert landing.rows("select consent, throughline_consent from raw_segment.pages") == [("no", None)]


def test_files_are_read_again_when_another_field_is_named(landing: Landing) -> None:
    landing.put("segment/pages.csv", f"{PAGES},consent\nv1,b1,{PAGE},no\n")
    landing.load("segment.pages")
    name_field(landing, "segment=consent")
    assert [len(result.files_read) for result in landing.load("segment.pages").values()] == [1]
    assert told(landing, "raw_segment.pages") == [("no",)]
    assert [len(result.files_read) for result in landing.load("segment.pages").values()] == [0]


def test_ga4_tells_by_itself(landing: Landing) -> None:
    event = {"event_date": "20240101", "event_timestamp": "1704103200000000", "event_name": "page_view"}
    told_by_ga4 = [{"privacy_info": {"analytics_storage": "No"}}, {"privacy_info": None}, {}]
    lines = [json.dumps({**event, "stream_id": str(n), **told}) for n, told in enumerate(told_by_ga4, start=1)]
    landing.put("ga4/events_20240101.jsonl", "\n".join(lines) + "\n")
    landing.load("ga4.events")
    assert landing.rows("select stream_id, analytics_storage from raw_ga4.events order by 1") == [
        ("1", "No"),
        ("2", None),
        ("3", None),
    ]
