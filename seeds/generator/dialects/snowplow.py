"""The site's visits as Snowplow's table of atomic events: one row per event, who somebody is on every event."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

Event = dict[str, Any]
_COLUMNS = (
    "app_id",
    "platform",
    "event",
    "event_name",
    "event_id",
    "collector_tstamp",
    "derived_tstamp",
    "domain_userid",
    "user_id",
    "page_url",
    "page_referrer",
    "refr_medium",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
    "mkt_term",
    "mkt_content",
    "useragent",
    "user_ipaddress",
)
_TAGS = {
    "context_campaign_source": "mkt_source",
    "context_campaign_medium": "mkt_medium",
    "context_campaign_name": "mkt_campaign",
    "context_campaign_term": "mkt_term",
    "context_campaign_content": "mkt_content",
}


def build_events(pages: pa.Table, identifies: pa.Table, tracks: pa.Table) -> list[Event]:
    """The events in order of time; every hundredth view was collected twice, as happens."""
    events = []
    for number, row in enumerate(pages.to_pylist()):
        event = _event(row, "page_view", "page_view", row["url"], row["user_id"])
        site, referring = urlsplit(row["url"]).hostname, urlsplit(row["referrer"] or "").hostname
        event |= {
            "page_referrer": row["referrer"],
            "refr_medium": None if referring is None else "internal" if referring == site else "unknown",
            "useragent": row["context_user_agent"],
            "user_ipaddress": row["context_ip"],
            **{ours: row[column] for column, ours in _TAGS.items()},
        }
        events += [event] * (2 if number % 100 == 0 else 1)
    for row in identifies.to_pylist():
        events.append(_event(row, "unstruct", "login", None, row["email"] or row["user_id"]))
    for row in tracks.to_pylist():
        if row["event"] == "form_submitted":
            events.append(_event(row, "unstruct", "submit_form", row["context_page_url"], row["user_id"]))
    return sorted(events, key=lambda event: (event["collector_tstamp"], event["event_id"]))


def _event(row: dict[str, Any], event: str, name: str, url: str | None, user: str | None) -> Event:
    moment = row["timestamp"]
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    at = moment.isoformat(sep=" ", timespec="milliseconds")
    return {
        "app_id": "site",
        "platform": "web",
        "event": event,
        "event_name": name,
        "event_id": row["id"],
        "collector_tstamp": at,
        "derived_tstamp": at,
        "domain_userid": row["anonymous_id"],
        "user_id": user,
        "page_url": url,
    }


def write_events(events: list[Event], out: Path) -> None:
    """One packed CSV file."""
    folder = out / "snowplow"
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(events)
    path = folder / "events.csv.gz"
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
