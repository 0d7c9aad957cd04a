"""Google Ads: what each campaign cost on each day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable, Window
from dagster_project.extract.session import PoliteSession, Token, refreshed
from dagster_project.extract.spans import daily_spend, listed, spans

if TYPE_CHECKING:
    from dlt.extract import DltResource

BASE_URL = "https://googleads.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"
API_VERSION = "v23"
PAUSE_SECONDS = 0.2
SPAN_DAYS = 90


def connect(given: Mapping[str, str]) -> Connection:
    """A session whose access token is fetched by the refresh token, and again when it expires."""
    secrets = {given[name] for name in ("DEVELOPER_TOKEN", "CLIENT_SECRET", "REFRESH_TOKEN")}
    token = Token(lambda: refreshed("google_ads", given.get("TOKEN_URL", TOKEN_URL), given, secrets))
    session = PoliteSession("google_ads", secrets, token, pause=PAUSE_SECONDS)
    session.headers["developer-token"] = given["DEVELOPER_TOKEN"]
    if manager := given.get("LOGIN_CUSTOMER_ID"):
        session.headers["login-customer-id"] = manager.replace("-", "")
    return Connection("google_ads", given, session, given.get("BASE_URL", BASE_URL))


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """The daily report."""
    return daily_spend(("date", "account_id", "campaign_id"), _report)


SOURCE = PulledSource(
    "google_ads",
    "Google Ads",
    (
        Variable("DEVELOPER_TOKEN", "the manager account's developer token", is_secret=True),
        Variable("CLIENT_ID", "the OAuth client"),
        Variable("CLIENT_SECRET", "the OAuth client's secret", is_secret=True),
        Variable("REFRESH_TOKEN", "a refresh token of a user who may read the accounts", is_secret=True),
        Variable("CUSTOMER_IDS", "the accounts' numbers, separated by commas"),
        Variable("LOGIN_CUSTOMER_ID", "the manager account, if they are read through one", is_required=False),
        Variable("API_VERSION", "such as v23", is_required=False),
        Variable("TOKEN_URL", "another address of the token server", is_required=False),
    ),
    connect,
    objects,
)


def _report(connection: Connection, window: Window) -> DltResource:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    from dagster_project.extract import rest

    def endpoints() -> Iterator[dict[str, Any]]:
        version = connection.given.get("API_VERSION", API_VERSION)
        for account in listed(connection.given["CUSTOMER_IDS"]):
            for first, last in spans(window, SPAN_DAYS):
                yield {
                    "path": f"{version}/customers/{account.replace('-', '')}/googleAds:search",
                    "method": "POST",
                    "json": {
                        "query": (
                            "SELECT segments.date, customer.id, customer.currency_code, campaign.id, campaign.name, "
                            "metrics.cost_micros, metrics.impressions, metrics.clicks FROM campaign "
                            f"WHERE segments.date BETWEEN '{first}' AND '{last}'"
                        ),
                        "searchSettings": {"returnTotalResultsCount": True},
                    },
                    "data_selector": "results",
                    "paginator": JSONResponseCursorPaginator(
                        cursor_path="nextPageToken", cursor_body_path="pageToken", stop_after_empty_page=False
                    ),
                    "hooks": rest.adds_total(connection, lambda page: page.get("totalResultsCount", 0)),
                }

    return rest.chained(connection, "daily_spend", endpoints(), _row)


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    metrics = record.get("metrics", {})
    return {
        "date": record["segments"]["date"],
        "account_id": record["customer"]["id"],
        "campaign_id": record["campaign"]["id"],
        "campaign_name": record["campaign"].get("name"),
        "currency": record["customer"].get("currencyCode"),
        # A figure that is nothing is left out.
        "cost_micros": metrics.get("costMicros", "0"),
        "impressions": metrics.get("impressions", "0"),
        "clicks": metrics.get("clicks", "0"),
    }
