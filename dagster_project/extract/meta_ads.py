"""Meta Ads: what each campaign cost on each day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from requests import Response

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable, Window
from dagster_project.extract.session import REFRESH, RETRY, PoliteSession
from dagster_project.extract.spans import daily_spend, listed, spans

if TYPE_CHECKING:
    from dlt.extract import DltResource

BASE_URL = "https://graph.facebook.com"
API_VERSION = "v24.0"
PAUSE_SECONDS = 0.5
# A longer stretch of a large account is refused as too much data.
SPAN_DAYS = 30
_FIELDS = "account_id,account_currency,campaign_id,campaign_name,spend,impressions,clicks,inline_link_clicks"
# Meta answers 400 and says the reason by number: a token that is no longer taken; too many requests; a passing trouble.
_REFUSED = {102, 190, 463, 467}
_LIMITS = {1, 2, 4, 17, 32, 341, 613, *range(80000, 80015)}


def connect(given: Mapping[str, str]) -> Connection:
    """A session with the system user's token."""
    token = given["ACCESS_TOKEN"]
    session = PoliteSession("meta_ads", {token}, token, pause=PAUSE_SECONDS, judge=_judge)
    return Connection("meta_ads", given, session, given.get("BASE_URL", BASE_URL))


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """The daily report."""
    return daily_spend(("account_id", "campaign_id", "date_start"), _report)


SOURCE = PulledSource(
    "meta_ads",
    "Meta Ads",
    (
        Variable("ACCESS_TOKEN", "the token of a system user with the right ads_read", is_secret=True),
        Variable("ACCOUNT_IDS", "the ad accounts' numbers, separated by commas"),
        Variable("API_VERSION", "such as v24.0", is_required=False),
    ),
    connect,
    objects,
)


def _report(connection: Connection, window: Window) -> DltResource:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    from dagster_project.extract import rest

    def endpoints() -> Iterator[dict[str, Any]]:
        version = connection.given.get("API_VERSION", API_VERSION)
        for account in listed(connection.given["ACCOUNT_IDS"]):
            for first, last in spans(window, SPAN_DAYS):
                yield {
                    "path": f"{version}/act_{account.removeprefix('act_')}/insights",
                    "params": {
                        "level": "campaign",
                        "time_increment": 1,
                        "time_range": json.dumps({"since": str(first), "until": str(last)}),
                        "fields": _FIELDS,
                        "limit": 500,
                    },
                    "data_selector": "data",
                    # The address of the next page holds the token, so that the cursor is taken instead.
                    "paginator": JSONResponseCursorPaginator(cursor_path="paging.cursors.after", cursor_param="after"),
                }

    return rest.chained(connection, "daily_spend", endpoints())


def _judge(answer: Response) -> str | None:
    if answer.status_code < 400:
        return None
    try:
        code = int(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None
    return REFRESH if code in _REFUSED else RETRY if code in _LIMITS else None
