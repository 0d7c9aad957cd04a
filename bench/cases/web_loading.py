"""Loading events of GA4's export and of Snowplow, against DuckDB's own query that flattens the same files.

The query gives the same columns, of what an analyst would type: no types checked, no rejects, no lineage, no day
replaced, no event told from its copy.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import measure
from bench.options import Options
from bench.report import Figure
from bench.web_events import write_ga4_events, write_snowplow_events

_PARAM = "list_filter(event_params, lambda param: param.key = '{key}')[1].value.{kind}_value as {name}"
_GA4 = f"""
    select
        event_date, event_timestamp, event_name, stream_id, user_pseudo_id, user_id, platform,
        to_json(user_properties) as user_properties,
        batch_page_id, batch_ordering_id, batch_event_index,
        {_PARAM.format(key="ga_session_id", kind="int", name="ga_session_id")},
        {
    ", ".join(
        _PARAM.format(key=key, kind="string", name=name)
        for key, name in {
            "page_location": "page_location",
            "page_referrer": "page_referrer",
            "page_title": "page_title",
            "session_engaged": "session_engaged",
            "source": "param_source",
            "medium": "param_medium",
            "campaign": "param_campaign",
            "gclid": "param_gclid",
        }.items()
    )
},
        collected_traffic_source.manual_source as collected_source,
        collected_traffic_source.manual_medium as collected_medium,
        collected_traffic_source.manual_campaign_name as collected_campaign,
        collected_traffic_source.manual_campaign_id as collected_campaign_id,
        collected_traffic_source.manual_term as collected_term,
        collected_traffic_source.manual_content as collected_content,
        collected_traffic_source.gclid as collected_gclid,
        session_traffic_source_last_click.manual_campaign.source as last_click_source,
        session_traffic_source_last_click.manual_campaign.medium as last_click_medium,
        session_traffic_source_last_click.manual_campaign.campaign_name as last_click_campaign,
        session_traffic_source_last_click.manual_campaign.campaign_id as last_click_campaign_id,
        session_traffic_source_last_click.google_ads_campaign.campaign_name as google_ads_campaign,
        session_traffic_source_last_click.google_ads_campaign.campaign_id as google_ads_campaign_id,
        session_traffic_source_last_click.cross_channel_campaign.source as cross_channel_source,
        session_traffic_source_last_click.cross_channel_campaign.medium as cross_channel_medium,
        session_traffic_source_last_click.cross_channel_campaign.campaign_name as cross_channel_campaign
"""
_SNOWPLOW = """
    select
        event_id, app_id, platform, event, event_name, collector_tstamp, derived_tstamp, dvce_created_tstamp, user_id,
        domain_userid, domain_sessionid, page_url, page_title, page_referrer, refr_medium, mkt_source, mkt_medium,
        mkt_campaign, mkt_term, mkt_content, useragent, user_ipaddress, br_family, se_category, se_action, se_label,
        json_extract_string(contexts_com_iab_snowplow_spiders_and_robots_1, '$[0].spiderOrRobot')::boolean as is_robot,
        json_extract_string(contexts_nl_basjes_yauaa_context_1, '$[0].agentClass') as agent_class
"""
QUERIES = {"ga4": _GA4, "snowplow": _SNOWPLOW}


def figures(options: Options) -> Iterator[Figure]:
    landing_dir = options.scratch / "web_loading"
    for source in QUERIES:
        measure(prepare, source=source, landing_dir=str(landing_dir), count=options.web_events)
        flattened = measure(
            flatten,
            source=source,
            landing_dir=str(landing_dir),
            build_file=str(options.scratch / f"flattened_{source}.duckdb"),
        )
        loaded = measure(
            load,
            source=source,
            landing_dir=str(landing_dir),
            build_file=str(options.scratch / f"loaded_{source}.duckdb"),
        )
        yield Figure(
            "web_loading",
            f"DuckDB: flattening query of {source}",
            flattened.seconds,
            flattened.peak_memory_mib,
            options.web_events,
            details=flattened.details,
        )
        yield Figure(
            "web_loading",
            f"Throughline: load {source}.events",
            loaded.seconds,
            loaded.peak_memory_mib,
            options.web_events,
            loaded.seconds / flattened.seconds,
            "flattening query",
            loaded.details,
        )


def prepare(source: str, landing_dir: str, count: int) -> None:
    if source == "ga4":
        write_ga4_events(Path(landing_dir) / "ga4", count)
    else:
        write_snowplow_events(Path(landing_dir) / "snowplow" / "events.parquet", count)


def flatten(source: str, landing_dir: str, build_file: str) -> dict[str, Any]:
    with duckdb.connect(build_file) as connection:
        start, processor = time.perf_counter(), time.process_time()
        connection.execute(f"create table events as {QUERIES[source]} from read_parquet('{landing_dir}/{source}/*')")
        return {
            "seconds": time.perf_counter() - start,
            "processor_seconds": round(time.process_time() - processor, 2),
        }


def load(source: str, landing_dir: str, build_file: str) -> dict[str, Any]:
    from dagster_project.engine import connected
    from dagster_project.landing.catalog import catalog
    from dagster_project.landing.loader import load_objects

    events = catalog().find_object(source, "events")
    with connected(Path(build_file)) as connection:
        start, processor = time.perf_counter(), time.process_time()
        load_objects(connection, [events], Path(landing_dir), datetime(2025, 1, 1, tzinfo=UTC))
        seconds = time.perf_counter() - start
        processor = time.process_time() - processor
        (count,) = connection.execute(f"select count(*) from raw_{source}.events").fetchone()
        return {"seconds": seconds, "processor_seconds": round(processor, 2), "rows_in_raw": count}
