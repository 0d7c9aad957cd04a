"""The same visits as several trackers deliver them: Segment, RudderStack, GA4's export, Snowplow.

What lives here: visits in a few readable lines, and how each tracker writes them. What doesn't: the company around them
(`company.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb

from tests.company import Company

# What GA4 says of storage; a site that doesn't ask leaves it unset.
_GA4_CONSENT = {True: "Yes", False: "No", None: "Unset"}


@dataclass(frozen=True)
class Happening:
    """Something that a browser did: `kind` is view, form or identify."""

    kind: str
    browser: str
    at: str
    url: str = ""
    referrer: str | None = None
    user: str | None = None
    consent: bool | None = None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at).replace(tzinfo=UTC)

    @property
    def tags(self) -> dict[str, str]:
        """The campaign parameters of the address, by their short names."""
        given = parse_qs(urlsplit(self.url).query)
        return {name: given[f"utm_{name}"][0] for name in ("source", "medium", "campaign") if f"utm_{name}" in given}


@dataclass
class Visits:
    """What happened on a site; the methods of the trackers write it into a company's landing folder.

    `consent` is what visitors say of it from then on; None is nothing.
    """

    happenings: list[Happening] = field(default_factory=list)
    consent: bool | None = None

    def view(self, browser: str, at: str, url: str, referrer: str | None = None, user: str | None = None) -> None:
        self.happenings.append(Happening("view", browser, at, url, referrer, user, self.consent))

    def form(self, browser: str, at: str, url: str) -> None:
        self.happenings.append(Happening("form", browser, at, url, consent=self.consent))

    def identify(self, browser: str, at: str, user: str) -> None:
        self.happenings.append(Happening("identify", browser, at, user=user, consent=self.consent))

    # ---------------------------------------------------------------- Segment and RudderStack

    def segment(self, company: Company) -> None:
        self._tables(company, "segment")

    def rudderstack(self, company: Company) -> None:
        self._tables(company, "rudderstack")

    def _tables(self, company: Company, source: str) -> None:
        objects = {"view": "pages", "form": "tracks", "identify": "identifies"}
        for number, happening in enumerate(self.happenings):
            given: dict[str, Any] = {
                "anonymous_id": happening.browser,
                "user_id": happening.user,
                "timestamp": happening.moment.isoformat(),
                "received_at": happening.moment.isoformat(),
            }
            if source == "rudderstack":
                given["original_timestamp"] = happening.moment.isoformat()
            if happening.kind == "view":
                given |= {"url": happening.url, "referrer": happening.referrer}
                named = {"source": "source", "medium": "medium", "campaign": "name"}
                given |= {f"context_campaign_{named[name]}": value for name, value in happening.tags.items()}
            if happening.kind == "form":
                given |= {"event": "form_submitted", "event_text": "Form Submitted", "context_page_url": happening.url}
            told = {} if happening.consent is None else {"context_consent_analytics": happening.consent}
            company.record(source, objects[happening.kind], f"{source}-{number}", given, told)

    # ---------------------------------------------------------------- GA4

    def ga4_events(self) -> list[dict[str, Any]]:
        """The events of the export, as its JSON Lines hold them: whole numbers as text."""
        sessions: dict[str, int] = {}
        events = []
        for happening in self.happenings:
            sessions.setdefault(happening.browser, len(sessions) + 1)
            params = {"ga_session_id": str(sessions[happening.browser])}
            names = {"view": "page_view", "form": "form_submit", "identify": "login"}
            if happening.url:
                params["page_location"] = happening.url
            if happening.referrer:
                params["page_referrer"] = happening.referrer
            tags = happening.tags
            collected = {
                "manual_source": tags.get("source"),
                "manual_medium": tags.get("medium"),
                "manual_campaign_name": tags.get("campaign"),
            }
            events.append(
                {
                    "event_date": happening.moment.strftime("%Y%m%d"),
                    "event_timestamp": str(int(happening.moment.timestamp()) * 1_000_000),
                    "event_name": names[happening.kind],
                    "user_pseudo_id": happening.browser,
                    "user_id": happening.user,
                    "privacy_info": {"analytics_storage": _GA4_CONSENT[happening.consent]},
                    "stream_id": "7",
                    "event_params": [
                        {"key": key, "value": {"int_value" if key == "ga_session_id" else "string_value": value}}
                        for key, value in params.items()
                    ],
                    "collected_traffic_source": collected if tags else None,
                }
            )
        return events

    def ga4_json_lines(self, company: Company) -> None:
        """A file of JSON Lines per day, of which each came as an intraday table without its last event before."""
        for day, events in self._days().items():
            folder = _folder(company, "ga4")
            (folder / f"events_intraday_{day}.jsonl").write_text(_lines(events[:-1] or events))
            (folder / f"events_{day}.jsonl").write_text(_lines(events))

    def ga4_parquet(self, company: Company) -> None:
        """A nested Parquet file per day."""
        for day, events in self._days().items():
            _nested_parquet(events, _folder(company, "ga4/events") / f"events_{day}.parquet")

    def _days(self) -> dict[str, list[dict[str, Any]]]:
        days: dict[str, list[dict[str, Any]]] = {}
        for event in self.ga4_events():
            days.setdefault(event["event_date"], []).append(event)
        return days

    # ---------------------------------------------------------------- Snowplow

    def snowplow(self, company: Company) -> None:
        """One table; each view is collected twice and followed by a ping."""
        for number, happening in enumerate(self.happenings):
            names = {
                "view": ("page_view", "page_view"),
                "form": ("unstruct", "submit_form"),
                "identify": ("unstruct", "login"),
            }
            event, event_name = names[happening.kind]
            site = urlsplit(happening.url).hostname
            referring = urlsplit(happening.referrer or "").hostname
            given: dict[str, Any] = {
                "event": event,
                "event_name": event_name,
                "collector_tstamp": happening.moment.isoformat(),
                "derived_tstamp": happening.moment.isoformat(),
                "domain_userid": happening.browser,
                "user_id": happening.user,
                "page_url": happening.url,
                "page_referrer": happening.referrer,
                "refr_medium": None if referring is None else "internal" if referring == site else "unknown",
                **{f"mkt_{name}": value for name, value in happening.tags.items()},
            }
            told = {}
            if happening.consent is not None:
                told["contexts_example_consent_1"] = json.dumps([{"analytics": happening.consent}])
            company.record("snowplow", "events", f"event-{number}", given, told)
            if happening.kind == "view":
                again = {**given, "event_id": f"event-{number}", "page_url": "https://copy.example/"}
                again["collector_tstamp"] = happening.moment.replace(year=2025).isoformat()
                company.record("snowplow", "events", None, again, told)
                company.record("snowplow", "events", f"ping-{number}", {**given, "event": "page_ping"}, told)


def _folder(company: Company, name: str) -> Path:
    folder = company.landing_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _lines(events: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def _nested_parquet(events: list[dict[str, Any]], path: Path) -> None:
    texts = [json.dumps(event) for event in events]
    columns = ", ".join(f"event ->> '{name}' as {name}" for name in ("event_date", "event_name", "user_pseudo_id"))
    with duckdb.connect() as connection:
        connection.execute("create table lines as select unnest(?)::json as event", [texts])
        connection.execute(
            f"copy (select {columns}, event ->> 'user_id' as user_id, event ->> 'stream_id' as stream_id, "
            "cast(event ->> 'event_timestamp' as bigint) as event_timestamp, "
            f'from_json(event -> \'event_params\', \'[{{"key": "VARCHAR", "value": {{"string_value": "VARCHAR", '
            '"int_value": "BIGINT", "float_value": "DOUBLE", "double_value": "DOUBLE"}}]\') as event_params, '
            'from_json(event -> \'collected_traffic_source\', \'{"manual_source": "VARCHAR", '
            '"manual_medium": "VARCHAR", "manual_campaign_name": "VARCHAR"}\') as collected_traffic_source, '
            "from_json(event -> 'privacy_info', '{\"analytics_storage\": \"VARCHAR\"}') as privacy_info "
            f"from lines) to '{path}' (format parquet)"
        )
