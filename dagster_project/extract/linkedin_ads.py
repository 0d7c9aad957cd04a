"""LinkedIn Ads: what each campaign cost on each day, in the ad account's currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable, Window
from dagster_project.extract.errors import PullError
from dagster_project.extract.session import PoliteSession
from dagster_project.extract.spans import daily_spend, listed, spans

if TYPE_CHECKING:
    from dlt.extract import DltResource

BASE_URL = "https://api.linkedin.com"
API_VERSION = "202610"
PAUSE_SECONDS = 0.5
# One answer holds at most so many rows, and has no second page.
MOST_ROWS = 15000
SPAN_DAYS = 7
# Daily figures are kept for six months.
KEPT_DAYS = 180
_FIELDS = "dateRange,pivotValues,costInLocalCurrency,impressions,clicks"


def connect(given: Mapping[str, str]) -> Connection:
    """A session with the access token."""
    token = given["ACCESS_TOKEN"]
    session = PoliteSession("linkedin_ads", {token}, token, pause=PAUSE_SECONDS)
    session.headers.update(
        {"LinkedIn-Version": given.get("API_VERSION", API_VERSION), "X-Restli-Protocol-Version": "2.0.0"}
    )
    return Connection("linkedin_ads", given, session, given.get("BASE_URL", BASE_URL))


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """The daily report."""
    return daily_spend(("date", "account_id", "campaign_id"), _report, KEPT_DAYS)


SOURCE = PulledSource(
    "linkedin_ads",
    "LinkedIn Ads",
    (
        Variable(
            "ACCESS_TOKEN", "an access token with the right r_ads_reporting; it lives for 60 days", is_secret=True
        ),
        Variable("ACCOUNT_IDS", "the ad accounts' numbers, separated by commas"),
        Variable("API_VERSION", "such as 202610", is_required=False),
    ),
    connect,
    objects,
)


def _report(connection: Connection, window: Window) -> DltResource:
    import dlt

    from dagster_project.extract import rest

    @dlt.resource(name="daily_spend", max_table_nesting=0)
    def report() -> Iterator[list[dict[str, Any]]]:
        for account in listed(connection.given["ACCOUNT_IDS"]):
            ((details,),) = list(rest.pages(connection, f"rest/adAccounts/{account}", data_selector="$"))
            names = {str(c["id"]): c.get("name") for c in _campaigns(connection, account)}
            for first, last in spans(window, SPAN_DAYS):
                # The parameters' brackets are LinkedIn's own syntax, which must not be encoded.
                query = (
                    f"q=analytics&pivot=CAMPAIGN&timeGranularity=DAILY&dateRange=(start:{_day(first)},end:{_day(last)})"
                    f"&accounts=List(urn%3Ali%3AsponsoredAccount%3A{account})&fields={_FIELDS}"
                )
                for page in rest.pages(connection, f"rest/adAnalytics?{query}", data_selector="elements"):
                    if len(page) >= MOST_ROWS:
                        raise PullError(
                            f"linkedin_ads: account {account}: {first} to {last} fill an answer ({len(page):,} rows), "
                            "so that some may be cut off; expected fewer campaigns in a week; report it"
                        )
                    yield [_row(entry, account, details["currency"], names) for entry in page]

    return report()


def _campaigns(connection: Connection, account: str) -> Iterator[dict[str, Any]]:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    from dagster_project.extract import rest

    paginator = JSONResponseCursorPaginator(cursor_path="metadata.nextPageToken", cursor_param="pageToken")
    path, params = f"rest/adAccounts/{account}/adCampaigns", {"q": "search", "pageSize": 1000}
    for page in rest.pages(connection, path, params=params, data_selector="elements", paginator=paginator):
        yield from page


def _row(entry: Mapping[str, Any], account: str, currency: str, names: Mapping[str, str | None]) -> dict[str, Any]:
    start = entry["dateRange"]["start"]
    campaign = entry["pivotValues"][0].rpartition(":")[2]
    return {
        "date": date(start["year"], start["month"], start["day"]).isoformat(),
        "account_id": account,
        "campaign_id": campaign,
        "campaign_name": names.get(campaign),
        "currency": currency,
        "cost": entry.get("costInLocalCurrency", "0"),
        "impressions": entry.get("impressions", 0),
        "clicks": entry.get("clicks", 0),
    }


def _day(day: date) -> str:
    return f"(year:{day.year},month:{day.month},day:{day.day})"
