"""The ad networks against fake APIs: what lands, and what raw makes of it, is what they say was spent."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from dagster_project.extract import google_ads, linkedin_ads, meta_ads, microsoft_ads
from dagster_project.extract.declared import PulledSource
from dagster_project.extract.errors import PullError
from dagster_project.landing.catalog import catalog
from dagster_project.landing.loader import load_objects
from tests.unit.extract.conftest import NOW, Pulls
from tests.unit.extract.fake_api import Answer, Asked, FakeApi, at, serving

SECRET = "secret-4711"
Spent = dict[tuple[date, str], tuple[str, int, int]]


@dataclass
class Network:
    """What was spent by day and campaign: cost, impressions, clicks. `token` is what it takes, `page` its page."""

    spent: Spent
    token: str = "token-1"
    fetched: int = 0
    page: int = 2
    due: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def between(self, first: date, last: date) -> list[tuple[date, str, str, int, int]]:
        """The rows of some days."""
        return [(d, c, *figures) for (d, c), figures in sorted(self.spent.items()) if first <= d <= last]

    def oauth(self, asked: Asked) -> Answer:
        """The token server."""
        if asked.body.get("refresh_token") != SECRET:
            return Answer({"error": "invalid_grant"}, 400)
        self.fetched += 1
        self.token = f"token-{self.fetched}"
        return Answer({"access_token": self.token, "expires_in": 3600})


def google(network: Network, asked: Asked) -> Answer:
    if asked.path == "/token":
        return network.oauth(asked)
    if asked.token != network.token:
        return Answer({"error": {"code": 401}}, 401)
    first, last = re.findall(r"'(\d{4}-\d\d-\d\d)'", asked.body["query"])
    rows = network.between(date.fromisoformat(first), date.fromisoformat(last))
    start = int(asked.body.get("pageToken") or 0)
    results = [
        {
            "customer": {"id": "123", "currencyCode": "EUR"},
            "campaign": {"id": campaign, "name": f"Campaign {campaign}"},
            "segments": {"date": str(day)},
            "metrics": {"costMicros": str(int(Decimal(cost) * 1_000_000)), "impressions": str(shown), "clicks": str(n)},
        }
        for day, campaign, cost, shown, n in rows[start : start + network.page]
    ]
    more = {"nextPageToken": str(start + network.page)} if start + network.page < len(rows) else {}
    return Answer({"results": results, "totalResultsCount": str(len(rows)), **more})


def meta(network: Network, asked: Asked) -> Answer:
    if asked.token != network.token:
        return Answer({"error": {"code": 190, "message": f"Error validating {asked.token}"}}, 400)
    span = json.loads(asked.params["time_range"])
    rows = network.between(date.fromisoformat(span["since"]), date.fromisoformat(span["until"]))
    start = int(asked.params.get("after") or 0)
    data = [
        {
            "account_id": "123",
            "account_currency": "EUR",
            "campaign_id": campaign,
            "campaign_name": f"Campaign {campaign}",
            "spend": cost,
            "impressions": str(shown),
            "clicks": str(n),
            "date_start": str(day),
            "date_stop": str(day),
        }
        for day, campaign, cost, shown, n in rows[start : start + network.page]
    ]
    end = start + len(data)
    more = {"next": f"{network.url}?access_token={asked.token}&after={end}"} if end < len(rows) else {}
    return Answer({"data": data, **({"paging": {"cursors": {"after": str(end)}, **more}} if data else {})})


def linkedin(network: Network, asked: Asked) -> Answer:
    if asked.token != network.token:
        return Answer({"message": "expired"}, 401)
    if asked.path == "/rest/adAccounts/123":
        return Answer({"id": 123, "currency": "EUR"})
    if asked.path.endswith("/adCampaigns"):
        elements = [{"id": int(c), "name": f"Campaign {c}"} for c in sorted({c for _, c in network.spent})]
        return Answer({"elements": elements, "metadata": {}})
    parts = [date(*map(int, day)) for day in re.findall(r"year:(\d+),month:(\d+),day:(\d+)", asked.params["dateRange"])]
    assert asked.params["accounts"] == "List(urn:li:sponsoredAccount:123)"
    elements = [
        {
            "dateRange": {"start": {"year": day.year, "month": day.month, "day": day.day}},
            "pivotValues": [f"urn:li:sponsoredCampaign:{campaign}"],
            "costInLocalCurrency": cost,
            "impressions": shown,
            "clicks": n,
        }
        for day, campaign, cost, shown, n in network.between(*parts)
    ]
    return Answer({"elements": elements, "paging": {"start": 0, "count": 10}})


def microsoft(network: Network, asked: Asked) -> Answer:
    if asked.path == "/token":
        return network.oauth(asked)
    if asked.path == "/file":
        assert not asked.token
        return Answer(network.due["file"], headers={"Content-Type": "application/zip"})
    if asked.token != network.token:
        return Answer({"Message": "expired"}, 401)
    if asked.path.endswith("/Submit"):
        time = asked.body["ReportRequest"]["Time"]
        first, last = (
            date(*(time[f"CustomDateRange{side}"][part] for part in ("Year", "Month", "Day")))
            for side in ("Start", "End")
        )
        rows = network.between(first, last)
        header = ",".join(microsoft_ads._COLUMNS)
        lines = [f"{d},123,{c},Campaign {c},EUR,{cost},{shown},{n}" for d, c, cost, shown, n in rows]
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("1.csv", "\ufeff" + "\r\n".join([header, *lines]) + "\r\n")
        network.due = {"file": held.getvalue(), "polls": 2, "is_empty": not rows}
        return Answer({"ReportRequestId": f"r{asked.number}"})
    network.due["polls"] -= 1
    status = "Pending" if network.due["polls"] else "Success"
    url = None if network.due["is_empty"] else f"{network.url}/file"
    return Answer({"ReportRequestStatus": {"Status": status, "ReportDownloadUrl": url}})


@dataclass(frozen=True)
class Case:
    """A network's source, its API, and its variables."""

    source: PulledSource
    api: Callable[[Network, Asked], Answer]
    given: dict[str, str]
    report: str
    has_refresh: bool = False


OAUTH = {
    "CLIENT_ID": "c",
    "CLIENT_SECRET": "client-secret-1",
    "REFRESH_TOKEN": SECRET,
    "DEVELOPER_TOKEN": "dev-token-1",
}
CASES = {
    "google_ads": Case(google_ads.SOURCE, google, {**OAUTH, "CUSTOMER_IDS": "123"}, "googleAds:search", True),
    "meta_ads": Case(meta_ads.SOURCE, meta, {"ACCESS_TOKEN": "token-1", "ACCOUNT_IDS": "act_123"}, "insights"),
    "linkedin_ads": Case(
        linkedin_ads.SOURCE, linkedin, {"ACCESS_TOKEN": "token-1", "ACCOUNT_IDS": "123"}, "adAnalytics"
    ),
    "microsoft_ads": Case(
        microsoft_ads.SOURCE, microsoft, {**OAUTH, "CUSTOMER_ID": "9", "ACCOUNT_IDS": "123"}, "Poll", True
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def _network() -> Network:
    days = [NOW.date() - timedelta(days=n) for n in (1, 2, 40, 100)]
    return Network({(day, c): (f"{n}{c}.25", 1000 + n, n) for n, day in enumerate(days, 1) for c in ("5", "6", "7")})


def _environ(case: Case, api: FakeApi) -> dict[str, str]:
    given = {**case.given, "BASE_URL": api.url}
    if case.has_refresh:
        given["TOKEN_URL"] = f"{api.url}/token"
    return {f"SOURCES__{case.source.name.upper()}__{name}": value for name, value in given.items()}


def _served(case: Case, network: Network) -> Any:
    return serving(FakeApi(lambda asked: case.api(network, asked)))


def _raw(pulls: Pulls, source: str) -> Spent:
    known = catalog().find_source(source)
    assert known
    with duckdb.connect() as warehouse:
        load_objects(warehouse, known.objects, pulls.folders.landing_dir, datetime(2026, 3, 1, tzinfo=UTC))
        assert warehouse.execute("select * from audit.rejected_rows").fetchall() == []
        rows = warehouse.execute(
            "select date, campaign_id, cost, impressions, clicks, campaign_name, currency, account_id "
            f"from raw_{source}.daily_spend"
        ).fetchall()
    assert {row[5:] for row in rows} <= {(f"Campaign {c}", "EUR", "123") for c in "567"}
    return {(day, c): (f"{cost:.2f}", shown, n) for day, c, cost, shown, n, *_ in rows}


def test_raw_is_what_was_spent_and_restated_days_supersede(pulls: Pulls, case: Case) -> None:
    network = _network()
    with _served(case, network) as api:
        network.url = api.url
        (first,) = pulls.pull(case.source, _environ(case, api))
        assert (first.rows, first.kind) == (12, "whole")
        assert _raw(pulls, case.source.name) == network.spent
        yesterday = pulls.now.date()
        network.spent[yesterday, "5"] = ("9.99", 7, 1)
        network.spent[NOW.date() - timedelta(days=2), "6"] = ("0.50", 1, 0)
        pulls.now += timedelta(hours=3)
        (second,) = pulls.pull(case.source, _environ(case, api))
    assert second.kind == "changes"
    # The day a hundred days ago isn't asked for again, the one forty days ago neither.
    assert second.rows == 7
    assert _raw(pulls, case.source.name) == network.spent


@pytest.mark.parametrize(
    "trick",
    [
        Answer({"error": {"code": 4}}, 429, {"Retry-After": "3"}),
        Answer({"error": {"code": 2}}, 503),
        Answer({"some": "thing that is cut off"}, cut=7),
    ],
    ids=["rate limit", "server error", "truncated JSON"],
)
def test_what_passes_by_itself_changes_nothing(pulls: Pulls, case: Case, trick: Answer) -> None:
    network = _network()
    with _served(case, network) as api:
        network.url = api.url
        api.mischief.append(at(case.report, trick, skip=1))
        (receipt,) = pulls.pull(case.source, _environ(case, api))
    assert receipt.rows == 12
    assert receipt.retries == 1
    assert not api.mischief


def test_a_token_that_expires_midway_is_fetched_anew_or_one_clear_error(pulls: Pulls, case: Case) -> None:
    network = _network()
    with _served(case, network) as api:
        network.url = api.url
        api.mischief.append(at(case.report, lambda _: setattr(network, "token", "another"), skip=1))
        if case.has_refresh:
            (receipt,) = pulls.pull(case.source, _environ(case, api))
            assert (receipt.rows, network.fetched) == (12, 2)
            return
        with pytest.raises(
            PullError, match=r"refuses the credentials \(40[01]\); expected ones that are valid"
        ) as told:
            pulls.pull(case.source, _environ(case, api))
    assert "token-1" not in str(told.value)
    assert pulls.files() == []


def test_a_refused_refresh_token_is_one_clear_error(pulls: Pulls) -> None:
    case = CASES["google_ads"]
    wrong = replace(case, given={**case.given, "REFRESH_TOKEN": "revoked-secret"})
    with _served(case, _network()) as api, pytest.raises(PullError, match="refuses the credentials") as told:
        pulls.pull(case.source, _environ(wrong, api))
    assert "revoked-secret" not in str(told.value)
