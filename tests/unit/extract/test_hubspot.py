"""HubSpot against a fake API: what lands is what the account holds, whatever the API does on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dagster_project.extract import hubspot
from dagster_project.extract.errors import PullError
from tests.unit.extract.conftest import NOW, Pulls
from tests.unit.extract.fake_api import Answer, FakeApi, at, serving
from tests.unit.extract.fake_hubspot import TOKEN, Account, account

SEARCH = "contacts/search"


@pytest.fixture
def held() -> Account:
    return account()


@pytest.fixture
def api(held: Account) -> Iterator[FakeApi]:
    with serving(FakeApi(held)) as served:
        yield served


def environ(api: FakeApi, **more: str) -> dict[str, str]:
    given = {"API_KEY": TOKEN, "BASE_URL": api.url, **more}
    return {f"SOURCES__HUBSPOT__{name}": value for name, value in given.items()}


def contacts(pulls: Pulls) -> dict[str, dict]:
    """The newest version of each contact that landed."""
    rows = pulls.rows("hubspot/contacts", "filename, id, properties, archived")
    return {number: json.loads(held) for _, number, held, deleted in rows if deleted != "true"}


def as_held(held: Account) -> dict[str, dict]:
    return {str(r.id): r.properties for r in held.records["contacts"].values()}


def test_what_lands_is_what_the_account_holds(pulls: Pulls, api: FakeApi, held: Account) -> None:
    receipts = pulls.pull(hubspot.SOURCE, environ(api))
    assert contacts(pulls) == as_held(held)
    assert {r.object: (r.rows, r.api_total) for r in receipts if r.rows} == {
        "owners": (2, None),
        "deal_pipelines": (1, None),
        "contacts": (8, 8),
        "companies": (1, 1),
        "deals": (1, 1),
        "engagement_calls": (1, 1),
        "deal_contacts": (2, None),
        "forms": (2, None),
        "form_submissions": (5, None),
    }
    assert all(receipt.is_whole for receipt in receipts)


def test_histories_and_associations_land_with_their_record(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts", "deal_contacts")
    ((history, linked),) = pulls.rows("hubspot/contacts", "properties_with_history, associations", "id = '1'")
    assert [entry["value"] for entry in json.loads(history)["lifecyclestage"]] == ["marketingqualifiedlead", "lead"]
    assert [entry["id"] for entry in json.loads(linked)["companies"]["results"]] == ["50", "50"]
    assert pulls.rows("hubspot/deal_contacts", "deal_id, contact_id, type_id, label") == [
        ("90", "1", "17", "Champion"),
        ("90", "1", "3", None),
    ]


def test_only_whole_files_lie_where_the_loader_looks(pulls: Pulls, api: FakeApi) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts", "companies")
    assert [name.rsplit("/", 1)[0] for name in pulls.files()] == ["hubspot/companies", "hubspot/contacts"]


def test_the_next_pull_asks_for_what_changed_since_with_an_overlap(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    held.change("contacts", 3, pulls.now - timedelta(minutes=30), lifecyclestage="opportunity")
    held.add("contacts", 99, email="new@acme.example").modified = pulls.now
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert (receipt.kind, receipt.rows, receipt.api_total) == ("changes", 2, 2)
    assert contacts(pulls) == as_held(held)


@pytest.mark.parametrize(
    "trick",
    [
        Answer({"message": "slow down"}, 429, {"Retry-After": "7"}),
        Answer({"message": "oops"}, 502),
        Answer({"results": [{"id": "1"}], "total": 8}, cut=20),
        Answer({"total": 8, "results": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}),
    ],
    ids=["rate limit", "server error", "truncated JSON", "the first page again"],
)
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_what_passes_by_itself_changes_nothing(
    pulls: Pulls, api: FakeApi, held: Account, trick: Answer, skip: int
) -> None:
    api.mischief.append(at(SEARCH, trick, skip=skip))
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert contacts(pulls) == as_held(held)
    assert (receipt.rows, receipt.api_total, receipt.repeated) == (8, 8, 0)
    assert not api.mischief
    if trick.status == 429:
        assert pulls.waits == [7.0]


def test_a_record_that_is_changed_between_two_pages_moves_nobody(pulls: Pulls, api: FakeApi, held: Account) -> None:
    def changed(_: object) -> None:
        held.change("contacts", 2, NOW + timedelta(days=1, seconds=5), lifecyclestage="customer")

    api.mischief.append(at(SEARCH, changed, skip=1))
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert set(contacts(pulls)) == set(as_held(held))
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert contacts(pulls) == as_held(held)


def test_a_record_that_a_page_skips_is_asked_for_again(pulls: Pulls, api: FakeApi, held: Account) -> None:
    api.mischief.append(at(SEARCH, Answer({"total": 5, "results": [{"id": "5"}, {"id": "6"}, {"id": "7"}]}), skip=1))
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert (receipt.is_whole, receipt.rows) == (True, 8)
    assert contacts(pulls) == as_held(held)


def test_a_record_that_stays_away_fails_the_receipt_and_lands_nothing(
    pulls: Pulls, api: FakeApi, held: Account
) -> None:
    held.hidden = {5}
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert receipt.problem == "the API said it has 8 records and gave 7, 3 times"
    assert pulls.files() == []
    held.hidden = set()
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert (receipt.kind, receipt.rows) == ("whole", 8)


def test_a_token_that_expires_midway_is_one_clear_error_without_the_token(
    pulls: Pulls, api: FakeApi, held: Account
) -> None:
    api.mischief.append(at(SEARCH, lambda _: setattr(held, "token", "another"), skip=1))
    with pytest.raises(PullError) as told:
        pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert str(told.value) == (
        "hubspot: POST /crm/v3/objects/contacts/search: the API refuses the credentials (401); expected ones that are "
        "valid and may read; renew them in the variables SOURCES__HUBSPOT__… and run again: the pull continues where "
        "it stopped"
    )
    assert told.value.__cause__ is None
    assert pulls.files() == []


def test_a_renamed_property_stops_the_pull_until_somebody_says_what_it_means(
    pulls: Pulls, api: FakeApi, held: Account
) -> None:
    held.properties["contacts"].remove("lifecyclestage")
    with pytest.raises(
        PullError, match=r"no property lifecyclestage; expected it.*GONE_PROPERTIES=contacts.lifecyclestage"
    ):
        pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api, GONE_PROPERTIES="contacts.lifecyclestage"), "contacts")
    assert receipt.absent == ("lifecyclestage",)


def test_the_weekly_sweep_delivers_what_is_gone(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    del held.records["contacts"][4]
    pulls.now += timedelta(days=6)
    _, swept = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert (swept.kind, swept.deleted, swept.missed) == ("sweep", 1, 0)
    assert pulls.rows("hubspot/contacts", "id", "archived = 'true'") == [("4",)]
    (again,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert again.kind == "changes"


def test_the_sweep_delivers_associations_that_are_gone(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "deal_contacts", "owners")
    held.link("deals", "contacts", 90, 2, (3, None))
    held.links["deals", "contacts"][90].remove((1, 17, "Champion"))
    pulls.now += timedelta(days=7)
    told = pulls.pull(hubspot.SOURCE, environ(api), "deal_contacts", "owners")
    assert [(r.object, r.kind, r.rows) for r in told] == [
        ("owners", "whole", 2),
        ("owners", "sweep", 0),
        ("deal_contacts", "whole", 2),
        ("deal_contacts", "sweep", 1),
    ]
    columns = "deal_id, contact_id, type_id, label"
    assert pulls.rows("hubspot/deal_contacts", columns, "archived = 'true'") == [("90", "1", "17", "Champion")]


def test_a_list_that_skips_a_record_once_deletes_nobody(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    pulls.now += timedelta(days=7)
    shown = [{"id": str(r.id), "createdAt": r.created.isoformat()} for r in held.records["contacts"].values()]
    api.mischief.append(at("objects/contacts", Answer({"results": shown[1:]}), skip=1))
    _, swept = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert not api.mischief
    assert (swept.kind, swept.deleted) == ("sweep", 0)


def test_a_sweep_that_would_delete_much_asks(pulls: Pulls, api: FakeApi, held: Account) -> None:
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    for number in range(1, 6):
        del held.records["contacts"][number]
    pulls.now += timedelta(days=6)
    _, swept = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert "lacks 5 of 8 records" in str(swept.problem)
    assert "CONFIRMED_DELETIONS=contacts:5" in str(swept.problem)
    assert pulls.rows("hubspot/contacts", "id", "archived = 'true'") == []
    _, swept = pulls.pull(hubspot.SOURCE, environ(api, CONFIRMED_DELETIONS="contacts:5"), "contacts")
    assert len(pulls.rows("hubspot/contacts", "id", "archived = 'true'")) == 5


def test_what_a_sweep_finds_that_no_pull_brought_is_pulled(pulls: Pulls, api: FakeApi, held: Account) -> None:
    missing = held.records["contacts"].pop(4)
    pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    held.records["contacts"][4] = missing
    pulls.now += timedelta(days=6)
    _, swept = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert swept.missed == 1
    (receipt,) = pulls.pull(hubspot.SOURCE, environ(api), "contacts")
    assert receipt.kind == "whole"
    assert contacts(pulls) == as_held(held)
