"""Tables of a day each: which delivery of a day holds, and which names and rows are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dagster_project.landing import loader
from dagster_project.landing.catalog import CatalogError, catalog, read_catalog
from dagster_project.landing.day_tables import DayTable, object_of, table_of
from dagster_project.landing.errors import LandingError
from dagster_project.landing.paths import PathError, parse_digest

PAGES = "select event_date, page_location from raw_ga4.events order by all"


def event(url: str, day: str = "20260131", second: int = 0, **fields: Any) -> dict[str, Any]:
    """A page view as the JSON export writes it: whole numbers as text."""
    return {
        "event_date": day,
        "event_timestamp": str(1769850000000000 + second * 1000000),
        "event_name": "page_view",
        "user_pseudo_id": "1.2",
        "event_params": [
            {"key": "page_location", "value": {"string_value": url}},
            {"key": "ga_session_id", "value": {"int_value": "77"}},
        ],
        **fields,
    }


def put(landing, name: str, *events: dict[str, Any]) -> None:
    landing.put(f"ga4/{name}", "".join(json.dumps(line) + "\n" for line in events))


def stops(landing, *fragments: str) -> None:
    with pytest.raises(LandingError) as error:
        landing.load("ga4.events")
    for fragment in fragments:
        assert fragment in str(error.value)


@pytest.mark.parametrize(
    ("name", "delivery", "day", "is_final", "is_part"),
    [
        ("ga4/events_20260131.parquet", "ga4/events_20260131", "20260131", True, False),
        ("ga4/events_intraday_20260131.jsonl.gz", "ga4/events_intraday_20260131", "20260131", False, False),
        ("ga4/events_20260131-000000000001.parquet", "ga4/events_20260131", "20260131", True, True),
        ("ga4/events_20260131/000000000000.parquet", "ga4/events_20260131", "20260131", True, True),
        ("ga4/events/EVENTS_20260131.parquet", "ga4/events/EVENTS_20260131", "20260131", True, False),
        ("ga4/events_20260131_20260203.parquet", "ga4/events_20260131_20260203", "20260131", True, False),
        ("ga4/events/2026-01-31.parquet", "ga4/events/2026-01-31", "", True, False),
        ("ga4/events/2026-01-31_part2.parquet", "ga4/events/2026-01-31", "", True, True),
        ("ga4/events/000000000003.parquet", "ga4/events/", "", True, True),
    ],
)
def test_a_name_says_the_day_and_the_delivery(
    name: str, delivery: str, day: str, is_final: bool, is_part: bool
) -> None:
    found = catalog().find_object("ga4", "events")
    assert found is not None
    assert table_of(found, name) == DayTable(delivery, day, is_final, is_part)


def test_only_names_with_a_whole_day_are_tables_of_a_day() -> None:
    source = catalog().find_source("ga4")
    assert source is not None
    assert object_of(source, "events_2026013199") is None
    assert object_of(source, "events_2026") is None
    assert object_of(source, "Events_20260131_v2") is not None


def test_a_day_delivered_again_replaces_the_day(landing) -> None:
    put(landing, "events_20260130.jsonl", event("https://x.example/y", "20260130"))
    put(landing, "events_20260131.jsonl", event("https://x.example/a"), event("https://x.example/b", second=1))
    landing.load("ga4.events")
    put(landing, "events_20260131.jsonl", event("https://x.example/a"), event("https://x.example/c", second=2))
    landing.load("ga4.events")
    assert landing.rows(PAGES) == [
        ("20260130", "https://x.example/y"),
        ("20260131", "https://x.example/a"),
        ("20260131", "https://x.example/c"),
    ]


@pytest.mark.parametrize("nights", [1, 2])
def test_the_final_day_replaces_its_intraday_table_whichever_comes_later(landing, nights: int) -> None:
    put(landing, "events_20260131.jsonl", event("https://x.example/final"))
    if nights == 2:
        landing.load("ga4.events")
    put(landing, "events_intraday_20260131.jsonl", event("https://x.example/early", second=1))
    landing.load("ga4.events")
    assert landing.rows(PAGES) == [("20260131", "https://x.example/final")]


def test_an_intraday_table_holds_until_the_final_one_comes(landing) -> None:
    put(landing, "events_intraday_20260131.jsonl", event("https://x.example/1"))
    landing.load("ga4.events")
    put(landing, "events_intraday_20260131.jsonl", event("https://x.example/1"), event("https://x.example/2", second=1))
    landing.load("ga4.events")
    assert landing.rows("select count(*) from raw_ga4.events") == [(2,)]
    put(landing, "events/events_20260131.jsonl", event("https://x.example/3", second=2))
    landing.load("ga4.events")
    assert landing.rows(PAGES) == [("20260131", "https://x.example/3")]


def test_the_parts_of_a_day_replace_it_together(landing) -> None:
    put(landing, "events_20260131-000000000000.jsonl", event("https://x.example/a"))
    put(landing, "events_20260131-000000000001.jsonl", event("https://x.example/b", second=1))
    landing.load("ga4.events")
    assert landing.rows("select count(*) from raw_ga4.events") == [(2,)]
    put(landing, "events_20260131-000000000001.jsonl", event("https://x.example/c", second=2))
    landing.load("ga4.events")
    assert landing.rows(PAGES) == [("20260131", "https://x.example/a"), ("20260131", "https://x.example/c")]


def test_new_parts_without_the_earlier_ones_are_refused(landing) -> None:
    put(landing, "events_20260131-000000000000.jsonl", event("https://x.example/a"))
    landing.load("ga4.events")
    (landing.folder / "ga4/events_20260131-000000000000.jsonl").unlink()
    put(landing, "events_20260131-000000000001.jsonl", event("https://x.example/b", second=1))
    stops(landing, "events_20260131-000000000001.jsonl is a part", "expected all parts together")
    assert landing.rows("select count(*) from raw_ga4.events") == [(1,)]


def test_a_later_file_without_a_day_in_its_name_replaces_the_days_that_it_repeats(landing) -> None:
    put(landing, "events/first.jsonl", event("https://x.example/a"), event("https://x.example/y", "20260130"))
    put(landing, "events/second.jsonl", event("https://x.example/a"), event("https://x.example/b", second=1))
    landing.load("ga4.events")
    assert landing.rows(PAGES) == [
        ("20260130", "https://x.example/y"),
        ("20260131", "https://x.example/a"),
        ("20260131", "https://x.example/b"),
    ]


def test_two_files_of_a_day_that_may_be_its_halves_are_refused(landing) -> None:
    put(landing, "events/2026-01-31T05.jsonl", event("https://x.example/a"))
    put(landing, "events/2026-01-31T06.jsonl", event("https://x.example/b", second=1))
    stops(
        landing,
        "2026-01-31T05.jsonl and ga4/events/2026-01-31T06.jsonl both hold event_date 20260131",
        "events_20260131",
    )


def test_a_table_with_rows_of_another_day_is_refused(landing) -> None:
    put(landing, "events_20260131.jsonl", event("https://x.example/a"), event("https://x.example/b", "20260201"))
    stops(landing, "events_20260131.jsonl: 1 rows are of event_date 20260201, but its name says 20260131")


def test_equal_rows_are_one_and_rows_that_differ_in_a_parameter_are_two(landing) -> None:
    scrolled = event("https://x.example/a", event_name="scroll")
    percent = {"key": "percent", "value": {"int_value": "90"}}
    further = {**scrolled, "event_params": [*scrolled["event_params"], percent]}
    put(landing, "events_20260131.jsonl", scrolled, further, further)
    landing.load("ga4.events")
    assert landing.rows("select count(*) from raw_ga4.events") == [(2,)]
    # Batch ids tell events apart by themselves.
    batched = {"batch_page_id": "1", "batch_ordering_id": "1"}
    put(
        landing,
        "events_20260131.jsonl",
        {**scrolled, **batched, "batch_event_index": "1"},
        {**scrolled, **batched, "batch_event_index": "2"},
        {**scrolled, **batched, "batch_event_index": "2"},
    )
    landing.load("ga4.events")
    assert landing.rows("select batch_event_index, event_params_digest from raw_ga4.events order by all") == [
        (1, None),
        (2, None),
    ]


def test_parquet_and_json_lines_give_the_same_rows(landing) -> None:
    put(landing, "events_20260131.jsonl", event("https://x.example/a", user_id="Ann@Acme.com"))
    columns = "* exclude (_file, _row, _loaded_at, _delivery, _since)"
    landing.load("ga4.events")
    from_json = landing.rows(f"select {columns} from raw_ga4.events")
    value = "{{'string_value': {}, 'int_value': {}, 'float_value': null::double, 'double_value': null::double}}"
    params = ", ".join(
        f"struct_pack(key := '{key}', value := {value.format(text, number)})"
        for key, text, number in (
            ("page_location", "'https://x.example/a'", "null::bigint"),
            ("ga_session_id", "null::varchar", "77::bigint"),
        )
    )
    (landing.folder / "ga4/events_20260131.jsonl").unlink()
    landing.put_parquet(
        "ga4/events_20260131.parquet",
        "select '20260131' as event_date, 1769850000000000 as event_timestamp, 'page_view' as event_name, "
        f"'1.2' as user_pseudo_id, 'Ann@Acme.com' as user_id, [{params}] as event_params",
    )
    landing.load("ga4.events")
    assert landing.rows(f"select {columns} from raw_ga4.events") == from_json


def test_an_event_without_consent_is_kept(landing) -> None:
    put(landing, "events_20260131.jsonl", event("https://x.example/a", user_pseudo_id=None))
    landing.load("ga4.events")
    assert landing.rows("select user_pseudo_id, page_location from raw_ga4.events") == [(None, "https://x.example/a")]


def test_parameters_that_are_no_json_are_rejects(landing) -> None:
    landing.put(
        "ga4/events_20260131.csv",
        "event_date,event_timestamp,event_name,event_params\n"
        + "".join(
            f'20260131,17698500000000{second:02},page_view,"[{{""key"": ""page_location"", ""value"": '
            '{""string_value"": ""https://x.example/""}}]"\n'
            for second in range(20)
        )
        + '20260131,1769850000000099,page_view,"[{""key"": ""page_loc"\n',
    )
    landing.load("ga4.events")
    assert landing.rows("select count(*) from raw_ga4.events") == [(20,)]
    ((line, column, reason),) = landing.rejects()
    assert (line, column) == (22, "event_params")
    assert "is not JSON" in reason


@pytest.mark.parametrize("name", ["traffic_acquisition_session_source_medium_report", "daily_active_users", "pages"])
def test_reports_of_a_connector_are_refused_with_a_reason(landing, name: str) -> None:
    landing.put(f"ga4/{name}.csv", "date,sessions\n20260131,7\n")
    stops(landing, f"ga4/{name}.csv is no event table of the BigQuery export", "events_YYYYMMDD")


def test_a_report_called_events_is_refused_with_a_reason(landing) -> None:
    landing.put("ga4/events.csv", "date,event_name,event_count\n20260131,page_view,7\n")
    stops(landing, "required column event_date is absent", "holds sums and no events")


def test_the_exports_user_tables_may_lie_beside(landing) -> None:
    put(landing, "events_20260131.jsonl", event("https://x.example/a"))
    put(landing, "users_20260131.jsonl", {"user_id": "1"})
    landing.load("ga4.events")
    assert any("users_20260131" in warning for warning in landing.warnings)


def test_a_large_file_is_read_by_way_of_the_disk(landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "MAX_ROWS_IN_MEMORY", 2)
    param = "{'key': 'page_location', 'value': {'string_value': 'https://x.example/' || i}}"
    landing.put_parquet(
        "ga4/events_20260131.parquet",
        f"select '20260131' as event_date, case when i <> 2 then i end as event_timestamp, 'page_view' as event_name, "
        f"[{param}] as event_params from range(30) as numbers (i)",
    )
    landing.load("ga4.events")
    assert landing.rows("select count(*), max(page_location) from raw_ga4.events") == [(29, "https://x.example/9")]
    ((line, column, record),) = landing.rejects("line, column_name, record")
    assert (line, column) == (3, "event_timestamp")
    assert "https://x.example/2" in record


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("day_tables: Day", "day_tables names 'Day', which is not among its columns"),
        ("earliest_by: At", "earliest_by names 'At', which is not among its columns"),
    ],
)
def test_a_rule_about_a_column_that_is_not_listed_is_named(tmp_path: Path, line: str, message: str) -> None:
    entry = (
        "source: shop\nsystem: web\ndescription: A shop.\nobjects:\n  events:\n    description: One row per event.\n"
    )
    (tmp_path / "shop.yml").write_text(f"{entry}    key: [Id]\n    {line}\n    columns:\n      Id: key required\n")
    with pytest.raises(CatalogError) as error:
        read_catalog(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize("digest", ["params", "params[]", "[key]"])
def test_a_digest_names_a_column_and_fields_of_its_elements(digest: str) -> None:
    with pytest.raises(PathError, match="expected a column and the fields of its elements"):
        parse_digest(digest)
