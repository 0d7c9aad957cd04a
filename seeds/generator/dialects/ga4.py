"""The site's visits as Google Analytics 4 exports them to BigQuery: a table per day, nested, as JSON Lines or Parquet.

GA4 leaves out known bots and tells neither the user agent nor the network address; who somebody is stands on every
event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from seeds.generator.web import BOT_AGENTS

Event = dict[str, Any]
SESSION_TIMEOUT_MS = 30 * 60 * 1000
_TAGS = {
    "context_campaign_source": "manual_source",
    "context_campaign_medium": "manual_medium",
    "context_campaign_name": "manual_campaign_name",
    "context_campaign_term": "manual_term",
    "context_campaign_content": "manual_content",
}
_VALUE = pa.struct([("string_value", pa.string()), ("int_value", pa.int64())])
_SCHEMA = pa.schema(
    [
        ("event_date", pa.string()),
        ("event_timestamp", pa.int64()),
        ("event_name", pa.string()),
        ("user_pseudo_id", pa.string()),
        ("user_id", pa.string()),
        ("stream_id", pa.string()),
        ("event_params", pa.list_(pa.struct([("key", pa.string()), ("value", _VALUE)]))),
        ("collected_traffic_source", pa.struct([(name, pa.string()) for name in _TAGS.values()])),
    ]
)


def build_events(pages: pa.Table, identifies: pa.Table, tracks: pa.Table, emails: dict[str, str]) -> list[Event]:
    """The events in order of time; `emails` are the addresses behind user ids that aren't one."""
    rows: list[tuple[int, str, str, str | None, dict[str, Any]]] = []
    for row in pages.to_pylist():
        if row["context_user_agent"] not in BOT_AGENTS:
            rows.append((_ms(row["timestamp"]), "page_view", row["anonymous_id"], row["user_id"], row))
    for row in identifies.to_pylist():
        rows.append((_ms(row["timestamp"]), "login", row["anonymous_id"], row["email"] or row["user_id"], {}))
    for row in tracks.to_pylist():
        if row["event"] == "form_submitted":
            given = {"url": row["context_page_url"]}
            rows.append((_ms(row["timestamp"]), "form_submit", row["anonymous_id"], row["user_id"], given))
    rows.sort(key=lambda row: row[:3])
    sessions: dict[str, tuple[int, int]] = {}  # browser: start of the session in seconds, its last event
    events = []
    for moment, name, browser, user, given in rows:
        start, last = sessions.get(browser, (0, 0))
        if moment - last > SESSION_TIMEOUT_MS:
            start = moment // 1000
        sessions[browser] = (start, moment)
        events.append(_event(moment, name, browser, emails.get(user or "", user), start, given))
    return events


def _event(moment: int, name: str, browser: str, user: str | None, session: int, given: dict[str, Any]) -> Event:
    params = [{"key": "ga_session_id", "value": {"int_value": session}}]
    for key, column in (("page_location", "url"), ("page_referrer", "referrer")):
        if given.get(column):
            params.append({"key": key, "value": {"string_value": given[column]}})
    tags = {ours: given[column] for column, ours in _TAGS.items() if given.get(column)}
    return {
        "event_date": datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y%m%d"),
        "event_timestamp": moment * 1000,
        "event_name": name,
        "user_pseudo_id": browser,
        "user_id": user,
        "stream_id": "7",
        "event_params": params,
        "collected_traffic_source": tags or None,
    }


def _ms(moment: Any) -> int:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def write_json_lines(events: list[Event], out: Path) -> None:
    """A file per day, whole numbers as text, as BigQuery writes JSON."""
    folder = _folder(out)
    for date, rows in _days(events):
        lines = [json.dumps(_texts(row), separators=(",", ":")) + "\n" for row in rows]
        (folder / f"events_{date}.jsonl").write_text("".join(lines), encoding="utf-8")


def write_parquet(events: list[Event], out: Path) -> None:
    """A nested file per day."""
    folder = _folder(out)
    for date, rows in _days(events):
        made = pa.Table.from_pylist(rows, schema=_SCHEMA)
        pyarrow.parquet.write_table(made, folder / f"events_{date}.parquet", compression="zstd", store_schema=False)


def _folder(out: Path) -> Path:
    folder = out / "ga4" / "events"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _days(events: list[Event]) -> Iterable[tuple[str, list[Event]]]:
    days: dict[str, list[Event]] = {}
    for event in events:
        days.setdefault(event["event_date"], []).append(event)
    return days.items()


def _texts(value: Any) -> Any:
    """Whole numbers as text; a field without value is left out."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value) if isinstance(value, int) else value
