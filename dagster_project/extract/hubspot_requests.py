"""How HubSpot is asked: searched by id for what changed, then read in batches with histories and associations.

What lives here: requests and the form of a landed record. What doesn't: which objects and properties (hubspot.py,
hubspot_properties.py), and patience (session.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import dlt
from dlt.extract import DltResource
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from dagster_project.extract import rest
from dagster_project.extract.declared import Connection, Window
from dagster_project.extract.errors import PullError
from dagster_project.extract.hubspot_properties import RECORDS, Kind

SEARCH_LIMIT, LIST_LIMIT, ASSOCIATIONS_LIMIT = 200, 100, 1000
# A batch read with histories takes at most 50.
BATCH_LIMIT = 50


def search(connection: Connection, kind: Kind, since: datetime | None, *, counts: bool = True) -> DltResource:
    """The ids of the records changed since then, in their order; `counts`: the API's number of them is kept."""

    def after(body: dict[str, Any], last: int) -> None:
        changed = (
            [{"propertyName": kind.modified, "operator": "GTE", "value": str(int(since.timestamp() * 1000))}]
            if since
            else []
        )
        body["filterGroups"] = [
            {"filters": [*changed, {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)}]}
        ]

    name = f"{kind.api_name}_changed"
    declared = {
        "name": name,
        "endpoint": {
            "path": f"crm/v3/objects/{kind.api_name}/search",
            "method": "POST",
            "json": {
                "limit": SEARCH_LIMIT,
                "properties": ["hs_object_id"],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            },
            "data_selector": "results",
            "paginator": rest.ByIdPaginator(SEARCH_LIMIT, after),
            "response_actions": [rest.notes_total(connection, lambda page: page.get("total"))] if counts else [],
        },
    }
    return rest.resources(connection, declared)[name]


def records(kind: Kind, connection: Connection, window: Window) -> DltResource:
    known = _existing_properties(kind, connection)
    wanted = [*kind.wanted(known), *_named(connection.given.get("PROPERTIES", ""), kind)]
    gone = _named(connection.given.get("GONE_PROPERTIES", ""), kind)
    if missing := sorted({*kind.needed, *_named(connection.given.get("PROPERTIES", ""), kind)} - known - set(gone)):
        raise PullError(
            f"hubspot: {kind.landing_name}: the account has no property {', '.join(missing)}; expected it, since "
            "numbers depend on it; it was renamed or removed, or the token may not read it: give it its name back, "
            f"grant the right, or accept blanks by SOURCES__HUBSPOT__GONE_PROPERTIES={kind.landing_name}.{missing[0]}"
        )
    connection.said["absent"] = sorted(set(kind.properties) - known)
    asked = {
        "properties": sorted(set(wanted) & known),
        "propertiesWithHistory": sorted(set(kind.history) & known),
    }

    @dlt.transformer(name=kind.landing_name, max_table_nesting=0)
    def whole(found: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        ids = [record["id"] for record in found]
        linked = {to: _associations(connection, kind.api_name, to, ids) for to in kind.associations}
        for start in range(0, len(ids), BATCH_LIMIT):
            body = {**asked, "inputs": [{"id": i} for i in ids[start : start + BATCH_LIMIT]]}
            for record in _post(connection, f"crm/v3/objects/{kind.api_name}/batch/read", body):
                record = {name: record.get(name) for name in ("id", "createdAt", "updatedAt", "archived", *_NESTED)}
                record["properties"] = {k: v for k, v in (record["properties"] or {}).items() if v not in (None, "")}
                record["associations"] = {to: {"results": linked[to].get(record["id"], [])} for to in kind.associations}
                yield [_landed(record)]

    return search(connection, kind, window.since) | whole


_NESTED = ("properties", "propertiesWithHistory")
_SPELLED = {"createdAt": "created_at", "updatedAt": "updated_at", "propertiesWithHistory": "properties_with_history"}


def _landed(record: dict[str, Any]) -> dict[str, Any]:
    return {_SPELLED.get(name, name): value for name, value in record.items() if value not in ({}, None)}


def _existing_properties(kind: Kind, connection: Connection) -> set[str]:
    found = rest.pages(connection, f"crm/v3/properties/{kind.api_name}", data_selector="results")
    return {entry["name"] for page in found for entry in page}


def _named(text: str, kind: Kind) -> list[str]:
    """Of `contacts.region, deals.margin` what is the kind's."""
    named = [word.partition(".") for word in text.replace(",", " ").split()]
    return [name for of, _, name in named if of in (kind.landing_name, kind.api_name)]


def _post(connection: Connection, path: str, body: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for page in rest.pages(connection, path, method="POST", json=body, data_selector="results"):
        yield from page


def _associations(connection: Connection, of: str, to: str, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """What each record is associated with, a line per label as the API counts them."""
    found: dict[str, list[dict[str, Any]]] = {}
    asked: list[dict[str, str]] = [{"id": i} for i in ids]
    while asked:
        rest_of: list[dict[str, str]] = []
        for start in range(0, len(asked), ASSOCIATIONS_LIMIT):
            body = {"inputs": asked[start : start + ASSOCIATIONS_LIMIT]}
            for entry in _post(connection, f"crm/v4/associations/{of}/{to}/batch/read", body):
                owner = str(entry["from"]["id"])
                found.setdefault(owner, []).extend(
                    {"id": str(target["toObjectId"]), **kind}
                    for target in entry["to"]
                    for kind in target["associationTypes"]
                )
                if after := ((entry.get("paging") or {}).get("next") or {}).get("after"):
                    rest_of.append({"id": owner, "after": after})
        asked = rest_of
    return found


def ids_of(kind: Kind, connection: Connection) -> Iterator[tuple[tuple[str, ...], datetime | None]]:
    params = {"limit": LIST_LIMIT, "properties": "hs_object_id"}
    for page in rest.pages(
        connection, f"crm/v3/objects/{kind.api_name}", params=params, data_selector="results", paginator=_cursor()
    ):
        for record in page:
            yield (str(record["id"]),), datetime.fromisoformat(record["createdAt"])


def _cursor() -> Any:
    return JSONResponseCursorPaginator(
        cursor_path="paging.next.after", cursor_param="after", stop_after_empty_page=False
    )


def owners(connection: Connection, window: Window) -> DltResource:
    """Owners, the archived ones too. One that is archived still owns what it owned: it is no deleted record."""

    @dlt.resource(name="owners", max_table_nesting=0)
    def both() -> Iterator[list[dict[str, Any]]]:
        for archived in ("false", "true"):
            params = {"limit": LIST_LIMIT, "archived": archived}
            for page in rest.pages(
                connection, "crm/v3/owners", params=params, data_selector="results", paginator=_cursor()
            ):
                yield [{"is_active": not owner.pop("archived", False), **owner} for owner in page]

    return both()


def pipelines(connection: Connection, window: Window) -> DltResource:
    return _listed(connection, "deal_pipelines", "crm/v3/pipelines/deals", paginator="single_page")


def forms(connection: Connection, window: Window) -> DltResource:
    return _listed(connection, "forms", "marketing/v3/forms", params={"limit": LIST_LIMIT}, paginator=_cursor())


def submissions(connection: Connection, window: Window) -> DltResource:
    """A form's submissions are asked for by the form."""
    forms = {
        "name": "forms",
        "endpoint": {
            "path": "marketing/v3/forms",
            "params": {"limit": LIST_LIMIT},
            "data_selector": "results",
            "paginator": _cursor(),
        },
    }
    submissions = {
        "name": "form_submissions",
        "endpoint": {
            "path": "form-integrations/v1/submissions/forms/{resources.forms.id}",
            "params": {"limit": BATCH_LIMIT},
            "data_selector": "results",
            "paginator": _cursor(),
        },
        "include_from_parent": ["id"],
    }
    made = rest.resources(connection, forms, submissions)["form_submissions"]
    return made.add_map(
        lambda row: {**row, "form_id": row.pop("_forms_id"), "conversion_id": row.pop("conversionId", None)}
    )


def _listed(connection: Connection, name: str, path: str, **endpoint: Any) -> DltResource:
    return rest.resources(
        connection, {"name": name, "endpoint": {"path": path, "data_selector": "results", **endpoint}}
    )[name]


def deal_contacts(connection: Connection, window: Window) -> DltResource:
    kind = next(k for k in RECORDS if k.landing_name == "deals")

    @dlt.transformer(name="deal_contacts", max_table_nesting=0)
    def labelled(found: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        linked = _associations(connection, "deals", "contacts", [record["id"] for record in found])
        yield [
            {
                "deal_id": deal,
                "contact_id": to["id"],
                "type_id": to["typeId"],
                "category": to["category"],
                "label": to["label"],
            }
            for deal, targets in linked.items()
            for to in targets
        ]

    # What the search says that it has are deals, not associations.
    return search(connection, kind, None, counts=False) | labelled
