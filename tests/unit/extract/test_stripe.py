"""Stripe against a fake API: what changed long after it was made is found by the account's events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from dagster_project.extract import stripe
from tests.unit.extract.conftest import NOW, Pulls
from tests.unit.extract.fake_api import Answer, Asked, FakeApi, at, serving

KEY = "rk_live_4711"
PAGE = 3


@dataclass
class Account:
    """The account's invoices, newest first as Stripe lists them, and what happened to them."""

    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def put(self, number: str, made: datetime, now: datetime, **values: Any) -> None:
        """A new or changed invoice."""
        before = self.invoices.get(number, {"id": number, "created": int(made.timestamp()), "lines": {"data": [1]}})
        self.invoices[number] = {**before, "currency": "eur", "total": 100, "metadata": {"deal": "1"}, **values}
        held = {"id": number}
        self.events.insert(
            0, {"id": f"evt_{len(self.events)}", "created": int(now.timestamp()), "data": {"object": held}}
        )

    def __call__(self, asked: Asked) -> Answer:
        if asked.token != KEY:
            return Answer({"error": {"message": "Invalid API Key"}}, 401)
        match asked.path.strip("/").split("/"):
            case ["v1", "events"]:
                since = int(asked.params["created[gte]"])
                listed = [e for e in self.events if e["created"] >= since and asked.params["type"] == "invoice.*"]
                return self._page(listed, asked)
            case ["v1", "invoices"]:
                return self._page(sorted(self.invoices.values(), key=lambda i: -i["created"]), asked)
            case ["v1", "invoices", number]:
                return Answer(self.invoices.get(number, {"id": number, "deleted": True}))
        return self._page([], asked)

    def _page(self, records: list[dict[str, Any]], asked: Asked) -> Answer:
        ids = [record["id"] for record in records]
        start = ids.index(asked.params["starting_after"]) + 1 if "starting_after" in asked.params else 0
        return Answer({"data": records[start : start + PAGE], "has_more": start + PAGE < len(records)})


@pytest.fixture
def held() -> Account:
    account = Account()
    for number in range(7):
        account.put(f"in_{number}", NOW - timedelta(days=100 + number), NOW - timedelta(days=100), status="open")
    return account


@pytest.fixture
def api(held: Account) -> Iterator[FakeApi]:
    with serving(FakeApi(held)) as served:
        yield served


def _environ(api: FakeApi) -> dict[str, str]:
    return {"SOURCES__STRIPE__API_KEY": KEY, "SOURCES__STRIPE__BASE_URL": api.url}


def _landed(pulls: Pulls) -> dict[str, str]:
    return {number: status for _, number, status in pulls.rows("stripe/invoices", "filename, id, status", "total > ''")}


def test_everything_lands_once_and_then_what_changed(pulls: Pulls, api: FakeApi, held: Account) -> None:
    receipts = pulls.pull(stripe.SOURCE, _environ(api))
    assert [(r.object, r.rows) for r in receipts] == [("invoices", 7), ("credit_notes", 0), ("customers", 0)]
    held.put("in_2", NOW, pulls.now + timedelta(hours=1), status="paid")
    held.put("in_2", NOW, pulls.now + timedelta(hours=2), status="void")
    held.put("in_9", pulls.now + timedelta(hours=1), pulls.now + timedelta(hours=1), status="draft")
    (receipt,) = pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    assert (receipt.kind, receipt.rows, receipt.repeated) == ("changes", 2, 0)
    assert _landed(pulls) == {number: invoice["status"] for number, invoice in held.invoices.items()}
    assert "lines" not in receipt.columns


def test_after_a_pause_longer_than_the_events_everything_is_asked_for(
    pulls: Pulls, api: FakeApi, held: Account
) -> None:
    pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    held.put("in_2", NOW, pulls.now + timedelta(hours=1), status="paid")
    held.events.clear()
    pulls.now += timedelta(days=40)
    first, swept = pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    assert (first.rows, swept.deleted) == (7, 0)
    assert _landed(pulls)["in_2"] == "paid"


def test_a_deleted_draft_is_told_by_the_sweep(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    del held.invoices["in_3"]
    pulls.now += timedelta(days=8)
    _, swept = pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    assert swept.deleted == 1
    assert pulls.rows("stripe/invoices", "id, archived", "archived = 'true'") == [("in_3", "true")]


@pytest.mark.parametrize("trick", [Answer({}, 429, {"Retry-After": "2"}), Answer({}, 500), Answer({"data": []}, cut=5)])
def test_what_passes_by_itself_changes_nothing(pulls: Pulls, api: FakeApi, held: Account, trick: Answer) -> None:
    api.mischief.append(at("invoices", trick, skip=1))
    (receipt,) = pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    assert (receipt.rows, receipt.retries) == (7, 1)


def test_a_page_that_repeats_itself_lands_each_invoice_once(pulls: Pulls, api: FakeApi, held: Account) -> None:
    newest = sorted(held.invoices.values(), key=lambda i: -i["created"])
    api.mischief.append(at("invoices", Answer({"data": newest[:3], "has_more": True}), skip=1))
    (receipt,) = pulls.pull(stripe.SOURCE, _environ(api), "invoices")
    assert receipt.rows == 7
    assert len(pulls.rows("stripe/invoices")) == 7
