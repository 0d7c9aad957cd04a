"""How Marketo is asked: activities from a moment on by paging tokens, leads by their numbers.

What lives here: requests and the form of a landed record. What doesn't: which objects (marketo.py), and patience
(session.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
from dlt.extract import DltResource
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator, OffsetPaginator

from dagster_project.extract import rest
from dagster_project.extract.declared import Connection, Window
from dagster_project.extract.errors import PullError

# Visit, form, click, new lead, changed value, merge, changed program status. A request takes at most ten kinds.
KINDS = (1, 2, 11, 12, 13, 32, 104)
# What changes a lead: new, a value, a score, a merge, a revenue stage.
_OF_LEADS = (12, 13, 22, 32, 101)
LEADS_LIMIT, PROGRAMS_LIMIT, MEMBERS_LIMIT = 300, 200, 300
# Numbers are given in order with gaps; so many empty stretches after the newest known lead are the end.
_EMPTY_STRETCHES = 3
_RECENT = timedelta(days=90)

_NEEDED = ("id", "email", "createdAt", "updatedAt")
_FIELDS = (
    *("firstName", "lastName", "title", "company", "website", "country", "leadSource", "leadStatus", "leadScore"),
    *("leadRevenueStageId", "acquisitionProgramId", "mktoAcquisitionDate", "originalSourceType", "originalSourceInfo"),
    *("originalReferrer", "registrationSourceType", "registrationSourceInfo", "sfdcLeadId", "sfdcContactId"),
    *("sfdcAccountId", "sfdcType", "sfdcLeadOwnerId", "isAnonymous", "unsubscribed"),
)


def activities(name: str, path: str, kinds: Sequence[int], connection: Connection, window: Window) -> DltResource:
    """Activities since the window's beginning; what is particular to a kind is JSON in `attributes`."""
    assert window.since is not None
    return rest.chained(connection, name, _activity_pages(path, kinds, connection, window.since), _activity)


def _activity_pages(
    path: str, kinds: Sequence[int], connection: Connection, since: datetime
) -> Iterator[dict[str, Any]]:
    # Lazily: the token is fetched when the pull begins.
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = {"params": {"sinceDatetime": moment}, "data_selector": "$", "headers": rest.REPEATABLE}
    ((begin,),) = list(rest.pages(connection, "rest/v1/activities/pagingtoken.json", **asked))
    yield {
        "path": path,
        "params": {
            "nextPageToken": begin["nextPageToken"],
            **({"activityTypeIds": ",".join(map(str, kinds))} if kinds else {}),
        },
        "data_selector": "result",
        # A page may be empty and another one follow.
        "paginator": JSONResponseCursorPaginator(
            cursor_path="nextPageToken",
            cursor_param="nextPageToken",
            stop_after_empty_page=False,
            has_more_path="moreResult",
        ),
    }


def _activity(record: Mapping[str, Any]) -> dict[str, Any]:
    names = ("marketoGUID", "leadId", "activityDate", "activityTypeId", "campaignId", "primaryAttributeValueId")
    return {name: record.get(name) for name in (*names, "primaryAttributeValue", "attributes")}


def leads(connection: Connection, window: Window) -> DltResource:
    """All leads by number, or those whose activities say that they changed."""

    @dlt.resource(name="leads", max_table_nesting=0)
    def found() -> Iterator[list[dict[str, Any]]]:
        fields = _fields(connection)
        if window.since is None:
            yield from _stretches(connection, fields, window.until)
            return
        changed: dict[int, None] = {}
        for page in _pages_since(connection, _OF_LEADS, window.since):
            changed.update(dict.fromkeys(int(activity["leadId"]) for activity in page))
        numbers = list(changed)
        for start in range(0, len(numbers), LEADS_LIMIT):
            yield _leads(connection, fields, numbers[start : start + LEADS_LIMIT])

    return found()


def lead_ids(connection: Connection) -> Iterator[tuple[tuple[str, ...], datetime | None]]:
    """The numbers of all leads."""
    for stretch in _stretches(connection, ["id", "createdAt"], datetime.now(UTC)):
        for lead in stretch:
            yield (str(lead["id"]),), datetime.fromisoformat(str(lead["createdAt"]))


def _stretches(connection: Connection, fields: list[str], now: datetime) -> Iterator[list[dict[str, Any]]]:
    newest = max(
        (int(a["leadId"]) for page in _pages_since(connection, _OF_LEADS, now - _RECENT) for a in page), default=0
    )
    empty, first = 0, 1
    while first <= newest or empty < _EMPTY_STRETCHES:
        stretch = _leads(connection, fields, range(first, first + LEADS_LIMIT))
        empty = 0 if stretch else empty + 1
        first += LEADS_LIMIT
        yield stretch


def _leads(connection: Connection, fields: list[str], numbers: Sequence[int]) -> list[dict[str, Any]]:
    params = {
        "filterType": "id",
        "filterValues": ",".join(map(str, numbers)),
        "fields": ",".join(fields),
        "batchSize": LEADS_LIMIT,
    }
    pages = rest.pages(connection, "rest/v1/leads.json", params=params, data_selector="result")
    found = [lead for page in pages for lead in page]
    if strange := {int(lead["id"]) for lead in found} - set(numbers):
        raise PullError(
            f"marketo: leads: the API gives lead {min(strange)}, which nobody asked for; expected those asked for; "
            "run again",
            passing=True,
        )
    return found


def _pages_since(connection: Connection, kinds: Sequence[int], since: datetime) -> Iterator[list[dict[str, Any]]]:
    for endpoint in _activity_pages("rest/v1/activities.json", kinds, connection, since):
        yield from rest.pages(connection, **endpoint)


def _fields(connection: Connection) -> list[str]:
    """The fields of leads that the account has. Raises PullError when a needed one is gone."""
    described = rest.pages(connection, "rest/v1/leads/describe.json", data_selector="result")
    known = {entry["rest"]["name"] for page in described for entry in page if entry.get("rest")}
    more = connection.given.get("FIELDS", "").replace(",", " ").split()
    gone = connection.given.get("GONE_FIELDS", "").replace(",", " ").split()
    if missing := sorted({*_NEEDED, *more} - known - set(gone)):
        raise PullError(
            f"marketo: leads: the account has no field {', '.join(missing)}; expected it, since numbers depend on it; "
            "it was renamed or hidden, or the service's role may not read it: give it its name back, grant the right, "
            f"or accept blanks by SOURCES__MARKETO__GONE_FIELDS={missing[0]}"
        )
    connection.said["absent"] = sorted(set(_FIELDS) - known)
    return [name for name in (*_NEEDED, *_FIELDS, *more) if name in known]


def programs(connection: Connection, window: Window) -> DltResource:
    """All programs with their costs."""
    return rest.chained(connection, "programs", [_all_programs()])


def _all_programs() -> dict[str, Any]:
    return {
        "path": "rest/asset/v1/programs.json",
        "data_selector": "result",
        "paginator": OffsetPaginator(
            limit=PROGRAMS_LIMIT, offset_param="offset", limit_param="maxReturn", total_path=None
        ),
    }


def members(connection: Connection, window: Window) -> DltResource:
    """The leads of each program."""

    @dlt.resource(name="program_membership", max_table_nesting=0)
    def of_all() -> Iterator[list[dict[str, Any]]]:
        numbers = [p["id"] for page in rest.pages(connection, **_all_programs()) for p in page]
        for number in numbers:
            pages = rest.pages(
                connection,
                f"rest/v1/leads/programs/{number}.json",
                params={"fields": "id,updatedAt", "batchSize": MEMBERS_LIMIT},
                data_selector="result",
                paginator=JSONResponseCursorPaginator(
                    cursor_path="nextPageToken", cursor_param="nextPageToken", stop_after_empty_page=False
                ),
            )
            for page in pages:
                yield [_member(number, lead) for lead in page]

    return of_all()


def _member(program: int, lead: Mapping[str, Any]) -> dict[str, Any]:
    membership = lead.get("membership") or {}
    names = ("progressionStatus", "reachedSuccess", "reachedSuccessDate", "membershipDate", "acquiredBy")
    return {
        "program_id": program,
        "lead_id": lead["id"],
        **{name: membership.get(name) for name in names},
        "updatedAt": membership.get("updatedAt"),
    }
