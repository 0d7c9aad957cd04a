"""Stripe: invoices, credit notes and customers.

A list can only be asked for what was created; what changed later is found by the account's events, which Stripe keeps
for 30 days. After a longer pause everything is pulled again. Lines of an invoice don't land.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from dagster_project.extract.declared import Connection, PulledObject, PulledSource, Variable, Window
from dagster_project.extract.session import PoliteSession

if TYPE_CHECKING:
    from dlt.extract import DltResource

BASE_URL = "https://api.stripe.com"
# 100 requests in a second are allowed; ten leave room for the shop itself.
PAUSE_SECONDS = 0.1
LIMIT = 100
EVENTS_KEPT = timedelta(days=29)

# The landed object, its address, and the events that tell of its changes.
_OBJECTS = {
    "invoices": ("v1/invoices", ("invoice.*",)),
    "credit_notes": ("v1/credit_notes", ("credit_note.*",)),
    "customers": ("v1/customers", ("customer.created", "customer.updated", "customer.deleted")),
}


def connect(given: Mapping[str, str]) -> Connection:
    """A session with the restricted key."""
    session = PoliteSession("stripe", {given["API_KEY"]}, given["API_KEY"], pause=PAUSE_SECONDS)
    return Connection("stripe", given, session, given.get("BASE_URL", BASE_URL))


def objects(given: Mapping[str, str]) -> tuple[PulledObject, ...]:
    """All that is pulled."""
    return tuple(
        PulledObject(
            name,
            f"{name.replace('_', ' ').capitalize()} of the account.",
            ("id",),
            partial(_records, name),
            ids=partial(_ids, name),
        )
        for name in _OBJECTS
    )


SOURCE = PulledSource(
    "stripe",
    "Stripe",
    (
        Variable(
            "API_KEY", "a restricted key that may read invoices, credit notes, customers and events", is_secret=True
        ),
        Variable("CONFIRMED_DELETIONS", "deletions that a check asked about", is_required=False),
    ),
    connect,
    objects,
)


def _listed(path: str, **params: Any) -> dict[str, Any]:
    from dagster_project.extract import rest

    return {
        "path": path,
        "params": {"limit": LIMIT, **params},
        "data_selector": "data",
        "paginator": rest.LastIdPaginator("starting_after", "has_more"),
    }


def _records(name: str, connection: Connection, window: Window) -> DltResource:
    from dagster_project.extract import rest

    path, types = _OBJECTS[name]
    if window.since is None or window.until - window.since > EVENTS_KEPT:
        return rest.chained(connection, name, [_listed(path)], _row)
    since = int(window.since.timestamp())
    endpoints = (_listed("v1/events", **{"type": kind, "created[gte]": since}) for kind in types)
    events = (event for endpoint in endpoints for page in rest.pages(connection, **endpoint) for event in page)
    changed = (event["data"]["object"]["id"] for event in events)
    single = ({"path": f"{path}/{number}", "data_selector": "$"} for number in _once(changed))
    # What was deleted is told by the sweep, with all else that is gone.
    return rest.chained(connection, name, single, _row).add_filter(lambda record: not record.get("deleted"))


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("lines", "object")}


def _once(numbers: Iterator[str]) -> Iterator[str]:
    yield from dict.fromkeys(numbers)


def _ids(name: str, connection: Connection) -> Iterator[tuple[tuple[str, ...], datetime | None]]:
    from dagster_project.extract import rest

    for page in rest.pages(connection, **_listed(_OBJECTS[name][0])):
        for record in page:
            yield (record["id"],), datetime.fromtimestamp(record["created"], UTC)
