"""Marketo against a fake API: paging tokens, tokens that expire in an answer that says 200, leads by number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from dagster_project.extract import marketo
from dagster_project.extract.errors import PullError
from dagster_project.settings import SettingError
from tests.unit.extract.conftest import NOW, Pulls
from tests.unit.extract.fake_api import Answer, Asked, FakeApi, at, serving

SECRET = "client-secret-4711"
PAGE = 2


@dataclass
class Account:
    """Leads by number, activities in order, programs with members."""

    leads: dict[int, dict[str, Any]] = field(default_factory=dict)
    activities: list[dict[str, Any]] = field(default_factory=list)
    fields: list[str] = field(default_factory=lambda: ["id", "email", "createdAt", "updatedAt", "leadSource"])
    fetched: int = 0
    token: str = ""

    def act(self, lead: int, kind: int, at: datetime, **attributes: str) -> None:
        """An activity of a lead."""
        listed = [{"name": name.replace("_", " "), "value": value} for name, value in attributes.items()]
        number = len(self.activities)
        self.activities.append(
            {
                "id": number,
                "marketoGUID": str(1000 + number),
                "leadId": lead,
                "activityDate": at.isoformat(),
                "activityTypeId": kind,
                "attributes": listed,
            }
        )

    def put(self, number: int, at: datetime, **values: str) -> None:
        """A new or changed lead, with its activity."""
        is_new = number not in self.leads
        before = self.leads.get(number, {"id": number, "createdAt": at.isoformat()})
        self.leads[number] = {**before, "updatedAt": at.isoformat(), **values}
        self.act(number, 12 if is_new else 13, at, Source_Type="Web form fillout")

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/identity/oauth/token":
            if asked.body.get("client_secret") != SECRET:
                return Answer({"error": "unauthorized"}, 401)
            self.fetched += 1
            self.token = f"token-{self.fetched}"
            return Answer({"access_token": self.token, "expires_in": 3599})
        if asked.token != self.token:
            return Answer({"success": False, "errors": [{"code": "602", "message": "Access token expired"}]})
        told = self._told(asked)
        return Answer({"requestId": "r", "success": True, **told})

    def _told(self, asked: Asked) -> dict[str, Any]:
        match asked.path.removeprefix("/rest/").removesuffix(".json").split("/"):
            case ["v1", "activities", "pagingtoken"]:
                since = datetime.fromisoformat(asked.params["sinceDatetime"])
                first = next((n for n, a in enumerate(self.activities) if self._at(a) >= since), len(self.activities))
                return {"nextPageToken": f"T{first}"}
            case ["v1", "activities"]:
                return self._activities(asked, set(map(int, asked.params["activityTypeIds"].split(","))))
            case ["v1", "activities", "deletedleads"]:
                return self._activities(asked, {37})
            case ["v1", "leads", "describe"]:
                return {"result": [{"id": n, "rest": {"name": name}} for n, name in enumerate(self.fields)]}
            case ["v1", "leads"]:
                numbers = [int(number) for number in asked.params["filterValues"].split(",")]
                assert len(numbers) <= 300
                wanted = asked.params["fields"].split(",")
                return {"result": [{f: self.leads[n].get(f) for f in wanted} for n in numbers if n in self.leads]}
            case ["v1", "leads", "programs", _]:
                membership = {"progressionStatus": "Attended", "reachedSuccess": True}
                listed = [{"id": number, "membership": membership} for number in self.leads]
                first = int(asked.params.get("nextPageToken") or 0)
                more = {"nextPageToken": str(first + PAGE)} if first + PAGE < len(listed) else {}
                return {"result": listed[first : first + PAGE], **more}
            case ["asset", "v1", "programs"]:
                costs = [{"startDate": "2026-01-01", "cost": 500}]
                programs = [{"id": 7, "name": "Webinar", "costs": costs}] if asked.params["offset"] == "0" else []
                return {"result": programs} if programs else {"warnings": ["No assets found for the given search."]}
        raise AssertionError(asked.path)

    def _activities(self, asked: Asked, kinds: set[int]) -> dict[str, Any]:
        first = int(asked.params["nextPageToken"][1:])
        # A page is so many activities of any kind: it may hold none of those asked for and yet another follow.
        found = [a for a in self.activities[first : first + PAGE] if a["activityTypeId"] in kinds]
        end = min(first + PAGE, len(self.activities))
        return {"result": found, "nextPageToken": f"T{end}", "moreResult": end < len(self.activities)}

    @staticmethod
    def _at(activity: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(activity["activityDate"])


@pytest.fixture
def held() -> Account:
    account = Account()
    for number in (1, 2, 350, 351, 900):
        account.put(number, NOW - timedelta(days=20), email=f"l{number}@acme.example", leadSource="Web")
    for number in (1, 350):
        account.act(number, 2, NOW - timedelta(days=3), Form_Fields="{}", Referrer_URL="https://we.example")
        account.act(number, 10, NOW - timedelta(days=3))
    return account


@pytest.fixture
def api(held: Account) -> Iterator[FakeApi]:
    with serving(FakeApi(held)) as served:
        yield served


def _environ(api: FakeApi, **more: str) -> dict[str, str]:
    given = {"CLIENT_ID": "c", "CLIENT_SECRET": SECRET, "BASE_URL": api.url, **more}
    return {f"SOURCES__MARKETO__{name}": value for name, value in given.items()}


def _leads(pulls: Pulls) -> dict[int, tuple[str, str]]:
    return {
        int(n): (mail, source) for _, n, mail, source in pulls.rows("marketo/leads", "filename, id, email, lead_source")
    }


def _held(held: Account) -> dict[int, tuple[str, str]]:
    return {number: (lead["email"], lead["leadSource"]) for number, lead in held.leads.items()}


def test_all_leads_and_their_activities_land_and_then_what_changed(pulls: Pulls, api: FakeApi, held: Account) -> None:
    receipts = pulls.pull(marketo.SOURCE, _environ(api))
    assert {r.object: r.rows for r in receipts} == {
        "programs": 1,
        "leads": 5,
        "activities": 7,
        "activities_delete_lead": 0,
        "program_membership": 5,
    }
    assert _leads(pulls) == _held(held)
    ((attributes,), *_) = pulls.rows("marketo/activities", "attributes", "activity_type_id = '2'")
    assert json.loads(attributes)[1] == {"name": "Referrer URL", "value": "https://we.example"}
    held.put(2, pulls.now + timedelta(hours=1), leadSource="Trade fair")
    held.put(901, pulls.now + timedelta(hours=1), email="new@acme.example", leadSource="Web")
    held.act(1, 37, pulls.now + timedelta(hours=2))
    receipts = pulls.pull(marketo.SOURCE, _environ(api), "leads", "activities", "activities_delete_lead")
    assert [(r.object, r.kind, r.rows) for r in receipts] == [
        ("leads", "changes", 2),
        ("activities", "changes", 2),
        ("activities_delete_lead", "changes", 1),
    ]
    assert _leads(pulls) == _held(held)


@pytest.mark.parametrize("code", ["601", "602"])
def test_a_token_that_expires_midway_is_fetched_anew(pulls: Pulls, api: FakeApi, held: Account, code: str) -> None:
    told = Answer({"success": False, "errors": [{"code": code, "message": "Access token expired"}]})
    api.mischief.append(at("leads.json", told, skip=1))
    (receipt,) = pulls.pull(marketo.SOURCE, _environ(api), "leads")
    assert (receipt.rows, held.fetched) == (5, 2)
    assert _leads(pulls) == _held(held)


@pytest.mark.parametrize("code", ["606", "615", "604"])
def test_what_passes_by_itself_changes_nothing(pulls: Pulls, api: FakeApi, held: Account, code: str) -> None:
    told = Answer({"success": False, "errors": [{"code": code, "message": "Max rate limit exceeded"}]})
    api.mischief += [at("leads.json", told, skip=1), at("leads.json", Answer({"success": True}, cut=9), skip=2)]
    (receipt,) = pulls.pull(marketo.SOURCE, _environ(api), "leads")
    assert (receipt.rows, receipt.retries) == (5, 2)


def test_a_used_up_day_and_a_missing_right_are_one_clear_error(pulls: Pulls, api: FakeApi) -> None:
    for code, words in (
        ("607", "requests are used up; run again tomorrow"),
        ("603", "603: denied; expected the records"),
    ):
        api.mischief.append(at("describe", Answer({"success": False, "errors": [{"code": code, "message": "denied"}]})))
        with pytest.raises(PullError, match=words):
            pulls.pull(marketo.SOURCE, _environ(api), "leads")


def test_a_renamed_field_and_a_wrong_secret_are_told(pulls: Pulls, api: FakeApi, held: Account) -> None:
    with pytest.raises(PullError, match="refuses the credentials") as told:
        pulls.pull(marketo.SOURCE, {**_environ(api), "SOURCES__MARKETO__CLIENT_SECRET": "wrong-secret"}, "leads")
    assert "wrong-secret" not in str(told.value)
    held.fields.remove("updatedAt")
    with pytest.raises(PullError, match="no field updatedAt; expected it"):
        pulls.pull(marketo.SOURCE, _environ(api), "leads")
    (receipt,) = pulls.pull(marketo.SOURCE, _environ(api, GONE_FIELDS="updatedAt"), "leads")
    assert receipt.rows == 5
    with pytest.raises(SettingError, match="BASE_URL: is missing"):
        pulls.pull(marketo.SOURCE, _environ(api, BASE_URL=""), "leads")


def test_the_sweep_finds_deleted_leads_by_their_numbers(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(marketo.SOURCE, _environ(api), "leads")
    del held.leads[350]
    pulls.now += timedelta(days=7)
    *_, swept = pulls.pull(marketo.SOURCE, _environ(api), "leads")
    assert (swept.kind, swept.deleted) == ("sweep", 1)
    assert pulls.rows("marketo/leads", "id, email", "archived = 'true'") == [("350", "l350@acme.example")]
