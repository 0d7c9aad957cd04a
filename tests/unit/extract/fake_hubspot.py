"""A HubSpot account in memory, asked as the API is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from dagster_project.extract.hubspot_properties import RECORDS
from tests.unit.extract.fake_api import Answer, Asked

TOKEN = "pat-eu1-0f8d6a4b-secret"
START = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 3


@dataclass
class Record:
    """A CRM record with the history of its properties."""

    id: int
    properties: dict[str, str]
    created: datetime
    modified: datetime
    history: dict[str, list[dict[str, str]]] = field(default_factory=dict)


@dataclass
class Account:
    """The account: records by kind, and who is associated with whom. `page` is the largest page that it gives."""

    token: str = TOKEN
    page: int = PAGE
    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    links: dict[tuple[str, str], dict[int, list[tuple[int, int, str | None]]]] = field(default_factory=dict)
    properties: dict[str, list[str]] = field(default_factory=dict)
    owners: list[dict[str, Any]] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    forms: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # Ids that a search passes over although it counts them.
    hidden: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for kind in RECORDS:
            self.records.setdefault(kind.api_name, {})
            self.properties.setdefault(kind.api_name, [*kind.properties, "hs_v2_date_entered_4711"])

    def add(self, kind: str, number: int, **properties: str) -> Record:
        """A record, created an hour after the one before it."""
        made = START + timedelta(hours=number)
        record = Record(number, {}, made, made)
        self.records[kind][number] = record
        created = "hs_createdate" if kind not in ("contacts", "companies", "deals") else "createdate"
        self.change(kind, number, made, **{created: _iso(made), **properties})
        return record

    def change(self, kind: str, number: int, at: datetime, **properties: str) -> None:
        """New values, with their history."""
        record = self.records[kind][number]
        record.modified = at
        for name, value in properties.items():
            record.properties[name] = value
            entry = {"value": value, "timestamp": _iso(at), "sourceType": "CRM_UI", "updatedByUserId": 7}
            record.history.setdefault(name, []).insert(0, entry)

    def link(self, of: str, to: str, first: int, second: int, *kinds: tuple[int, str | None]) -> None:
        """An association with its types and labels."""
        self.links.setdefault((of, to), {}).setdefault(first, []).extend((second, *kind) for kind in kinds)

    def __call__(self, asked: Asked) -> Answer:
        if asked.token != self.token:
            return Answer({"status": "error", "message": f"token {asked.token} expired", "category": "EXPIRED"}, 401)
        match asked.path.strip("/").split("/"):
            case ["crm", "v3", "objects", kind, "search"]:
                return self._search(kind, asked.body)
            case ["crm", "v3", "objects", kind, "batch", "read"]:
                return self._read(kind, asked.body)
            case ["crm", "v3", "objects", kind]:
                return self._list(kind, asked.params)
            case ["crm", "v4", "associations", of, to, "batch", "read"]:
                return self._linked(of, to, asked.body)
            case ["crm", "v3", "properties", kind]:
                return Answer({"results": [{"name": name} for name in self.properties[kind]]})
            case ["crm", "v3", "owners"]:
                is_archived = asked.params["archived"] == "true"
                return self._page([o for o in self.owners if o["archived"] == is_archived], asked.params)
            case ["crm", "v3", "pipelines", "deals"]:
                return Answer({"results": self.pipelines})
            case ["marketing", "v3", "forms"]:
                return self._page([{"id": form, "name": form} for form in self.forms], asked.params)
            case ["form-integrations", "v1", "submissions", "forms", form]:
                return self._page(self.forms[form], asked.params)
        return Answer({"message": "no such address"}, 404)

    def _search(self, kind: str, body: dict[str, Any]) -> Answer:
        (group,) = body["filterGroups"]
        found = sorted(self.records[kind].values(), key=lambda record: record.id)
        for wanted in group["filters"]:
            if wanted["propertyName"] == "hs_object_id":
                found = [r for r in found if r.id > int(wanted["value"])]
            else:
                since = datetime.fromtimestamp(int(wanted["value"]) / 1000, UTC)
                found = [r for r in found if r.modified >= since]
        shown = [r for r in found if r.id not in self.hidden]
        return Answer(
            {"total": len(found), "results": [{"id": str(r.id)} for r in shown[: min(self.page, body["limit"])]]}
        )

    def _read(self, kind: str, body: dict[str, Any]) -> Answer:
        assert len(body["inputs"]) <= 50
        known = [self.records[kind].get(int(entry["id"])) for entry in body["inputs"]]
        results = [
            {
                "id": str(record.id),
                "properties": {name: record.properties.get(name) for name in body["properties"]},
                "propertiesWithHistory": {n: record.history.get(n, []) for n in body["propertiesWithHistory"]},
                "createdAt": _iso(record.created),
                "updatedAt": _iso(record.modified),
                "archived": False,
            }
            for record in known
            if record
        ]
        return Answer({"status": "COMPLETE", "results": results}, 200 if all(known) else 207)

    def _list(self, kind: str, params: dict[str, str]) -> Answer:
        return self._page(
            [{"id": str(r.id), "createdAt": _iso(r.created)} for r in self.records[kind].values()], params
        )

    def _linked(self, of: str, to: str, body: dict[str, Any]) -> Answer:
        known = self.links.get((of, to), {})
        results = []
        for entry in body["inputs"]:
            targets: dict[int, list[dict[str, Any]]] = {}
            for second, type_id, label in known.get(int(entry["id"]), []):
                category = "USER_DEFINED" if label else "HUBSPOT_DEFINED"
                targets.setdefault(second, []).append({"category": category, "typeId": type_id, "label": label})
            if targets:
                listed = [{"toObjectId": number, "associationTypes": kinds} for number, kinds in targets.items()]
                results.append({"from": {"id": entry["id"]}, "to": listed})
        return Answer({"status": "COMPLETE", "results": results})

    def _page(self, records: list[Any], params: dict[str, str]) -> Answer:
        first = int(params.get("after") or 0)
        shown = records[first : first + self.page]
        more = {"paging": {"next": {"after": str(first + self.page)}}} if first + self.page < len(records) else {}
        return Answer({"results": shown, **more})


def account(contacts: int = 8) -> Account:
    """A small account with some of everything."""
    made = Account()
    for number in range(1, contacts + 1):
        made.add("contacts", number, email=f"p{number}@acme.example", lifecyclestage="lead", firstname=f"P{number}")
        made.change("contacts", number, START + timedelta(days=10), lifecyclestage="marketingqualifiedlead")
    made.add("companies", 50, name="Acme", domain="acme.example")
    made.add("deals", 90, dealname="Acme 1", pipeline="default", dealstage="closedwon", amount="1234.50")
    made.link("contacts", "companies", 1, 50, (1, "Primary"), (279, None))
    made.link("deals", "contacts", 90, 1, (3, None), (17, "Champion"))
    made.link("deals", "companies", 90, 50, (5, None))
    made.add("calls", 70, hs_timestamp=_iso(START + timedelta(days=3)), hs_call_direction="OUTBOUND")
    made.link("calls", "contacts", 70, 1, (194, None))
    made.owners = [
        {
            "id": "7",
            "userId": 700,
            "email": "sue@we.example",
            "teams": [{"id": "1", "name": "Sales", "primary": True}],
            "archived": False,
        },
        {"id": "8", "userId": None, "userIdIncludingInactive": 800, "email": "old@we.example", "archived": True},
    ]
    stages = [{"id": "closedwon", "label": "Won", "metadata": {"probability": "1.0", "isClosed": "true"}}]
    made.pipelines = [{"id": "default", "label": "Sales", "stages": stages}]
    values = [{"name": "email", "value": "p1@acme.example"}]
    made.forms = {
        "f1": [
            {
                "conversionId": f"c{n}",
                "submittedAt": 1767225600000 + n,
                "pageUrl": "https://we.example/demo",
                "values": values,
            }
            for n in range(5)
        ],
        "f2": [],
    }
    return made


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
