"""Microsoft Ads: what each campaign cost on each day. The report is ordered, waited for and fetched as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable, Window
from dagster_project.extract.session import PoliteSession, Token, refreshed
from dagster_project.extract.spans import daily_spend, listed, spans

if TYPE_CHECKING:
    from dlt.extract import DltResource

BASE_URL = "https://reporting.api.bingads.microsoft.com"
TOKEN_URL = "https://login.microsoftonline.com/common/oauth2/v2.0/token"
SCOPE = "https://ads.microsoft.com/msads.manage offline_access"
PAUSE_SECONDS = 0.5
SPAN_DAYS = 365

_COLUMNS = (
    *("TimePeriod", "AccountId", "CampaignId", "CampaignName", "CurrencyCode", "Spend", "Impressions", "Clicks"),
)


def connect(given: Mapping[str, str]) -> Connection:
    """A session whose access token is fetched by the refresh token, and again when it expires after an hour."""
    secrets = {given[name] for name in ("DEVELOPER_TOKEN", "CLIENT_SECRET", "REFRESH_TOKEN") if given.get(name)}
    token_url = given.get("TOKEN_URL", TOKEN_URL)
    token = Token(lambda: refreshed("microsoft_ads", token_url, given, secrets, scope=SCOPE))
    session = PoliteSession("microsoft_ads", secrets, token, pause=PAUSE_SECONDS)
    session.headers["DeveloperToken"] = given["DEVELOPER_TOKEN"]
    session.headers["CustomerId"] = given["CUSTOMER_ID"]
    return Connection("microsoft_ads", given, session, given.get("BASE_URL", BASE_URL))


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """The daily report."""
    return daily_spend(("TimePeriod", "AccountId", "CampaignId"), _report)


SOURCE = PulledSource(
    "microsoft_ads",
    "Microsoft Ads",
    (
        Variable("DEVELOPER_TOKEN", "the developer token", is_secret=True),
        Variable("CLIENT_ID", "the OAuth client"),
        Variable("REFRESH_TOKEN", "a refresh token of a user who may read the accounts", is_secret=True),
        Variable("CUSTOMER_ID", "the customer that the accounts belong to"),
        Variable("ACCOUNT_IDS", "the ad accounts' numbers, separated by commas"),
        Variable("CLIENT_SECRET", "the OAuth client's secret, if it has one", is_secret=True, is_required=False),
        Variable("TOKEN_URL", "another address of the token server", is_required=False),
    ),
    connect,
    objects,
)


def _report(connection: Connection, window: Window) -> DltResource:
    import dlt

    from dagster_project.extract import report_jobs

    @dlt.resource(name="daily_spend", max_table_nesting=0)
    def report() -> Iterator[list[dict[str, str]]]:
        for account in listed(connection.given["ACCOUNT_IDS"]):
            for first, last in spans(window, SPAN_DAYS):
                yield from report_jobs.rows(connection, partial(_order, account, first, last), _COLUMNS)

    return report()


def _order(account: str, first: Any, last: Any) -> dict[str, Any]:
    def day(moment: Any) -> dict[str, int]:
        return {"Day": moment.day, "Month": moment.month, "Year": moment.year}

    return {
        "ReportRequest": {
            "Type": "CampaignPerformanceReportRequest",
            "ReportName": "campaigns by day",
            "Format": "Csv",
            "FormatVersion": "2.0",
            "Aggregation": "Daily",
            "ExcludeColumnHeaders": False,
            "ExcludeReportHeader": True,
            "ExcludeReportFooter": True,
            # A figure that is still being counted is restated on the following nights.
            "ReturnOnlyCompleteData": False,
            "Columns": list(_COLUMNS),
            "Scope": {"AccountIds": [int(account)]},
            "Time": {
                "CustomDateRangeStart": day(first),
                "CustomDateRangeEnd": day(last),
                "ReportTimeZone": "GreenwichMeanTimeDublinEdinburghLisbonLondon",
            },
        }
    }
