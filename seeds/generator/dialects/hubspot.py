"""A made-up HubSpot account, written in the spelling of any loader: the one place that knows how they spell HubSpot.

    account = HubSpot()
    account.user("7", team="Sales", owner="70")
    account.contact("1", created="2024-01-02", email="jo@alpha.example", source="FORM")
    account.company("9", created="2024-01-03")
    account.deal("5", created="2024-02-01", amount="100.00", won="2024-03-01", contacts=["1"], company="9")
    account.write(company, "fivetran")

What lives here: records and the dialects that they are written in. What doesn't: how a generated company becomes an
account (`hubspot_company.py`), or any number that the pipeline works out. Properties go by HubSpot's internal names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seeds.generator.dialects.files import Record, write_csv, write_jsonl

DIALECTS = ("fivetran", "airbyte", "dlt", "api", "export")

# The stages of the one pipeline, unless the account has its own: id, label, probability, closed.
Stages = tuple[tuple[str, str, str, bool], ...]
STAGES: Stages = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2", False),
    ("contractsent", "Contract Sent", "0.9", False),
    ("closedwon", "Closed Won", "1.0", True),
    ("closedlost", "Closed Lost", "0.0", True),
)
# HubSpot's own numbers of what an association is.
PRIMARY_COMPANY_OF_CONTACT, COMPANY_OF_CONTACT = "1", "279"
PRIMARY_COMPANY_OF_DEAL, COMPANY_OF_DEAL, CONTACT_OF_DEAL = "5", "341", "3"
# The kinds of records that a record of each kind lists.
_LISTED = {
    "deal": ("contact", "company"),
    "contact": ("company",),
    "engagement": ("contact", "company", "deal"),
}


@dataclass
class HubSpot:
    """Collects records in memory; `write` turns them into a loader's files."""

    contacts: dict[str, Record] = field(default_factory=dict)
    companies: dict[str, Record] = field(default_factory=dict)
    deals: dict[str, Record] = field(default_factory=dict)
    archived: set[tuple[str, str]] = field(default_factory=set)
    owners: list[Record] = field(default_factory=list)
    users: list[Record] = field(default_factory=list)
    teams: dict[str, str] = field(default_factory=dict)
    associations: list[Record] = field(default_factory=list)
    history: list[Record] = field(default_factory=list)
    engagements: list[Record] = field(default_factory=list)
    submissions: list[Record] = field(default_factory=list)
    clicks: list[Record] = field(default_factory=list)
    campaigns: dict[str, Record] = field(default_factory=dict)
    stages: Stages = STAGES

    # ---------------------------------------------------------------- records

    def user(
        self,
        user_id: str,
        *,
        team: str,
        owner: str,
        name: str = "Ann Own",
        email: str | None = None,
        left: bool = False,
    ) -> str:
        """A user with an owner id of its own; one who left is an archived owner, whose user is told otherwise."""
        self.teams.setdefault(team, str(100 + len(self.teams)))
        first, last = name.split(" ", 1)
        email = email or f"{first.lower()}{user_id}@own.example"
        names = {"first_name": first, "last_name": last, "email": email}
        self.users.append({"id": user_id, "team": team, **names})
        self.owners.append({"id": owner, "user_id": user_id, "team": team, "left": left, **names})
        return user_id

    def contact(
        self,
        contact_id: str,
        *,
        created: str,
        email: str | None = None,
        source: str | None = None,
        user: str | None = None,
        detail: str | None = None,
        company: str | None = None,
        stage: str | None = "lead",
        **properties: Any,
    ) -> str:
        self.contacts[contact_id] = {
            "email": email,
            "createdate": created,
            "lifecyclestage": stage,
            "associatedcompanyid": company,
            **_creation(source, user, detail),
            **properties,
        }
        if company:
            # One pair, twice: as the primary company and as any company.
            self.associate("contact", contact_id, "company", company, COMPANY_OF_CONTACT)
            self.associate("contact", contact_id, "company", company, PRIMARY_COMPANY_OF_CONTACT)
        return contact_id

    def company(self, company_id: str, *, created: str, name: str | None = None, **properties: Any) -> str:
        self.companies[company_id] = {"name": name or f"Company {company_id}", "createdate": created, **properties}
        return company_id

    def deal(
        self,
        deal_id: str,
        *,
        created: str,
        amount: str | None,
        won: str | None = None,
        lost: str | None = None,
        stage: str | None = None,
        contacts: Iterable[str] = (),
        company: str | None = None,
        source: str | None = "CRM_UI",
        user: str | None = None,
        detail: str | None = None,
        kind: str | None = "newbusiness",
        **properties: Any,
    ) -> str:
        """A deal, won or lost on a date or open; `stage` names one of the account's own stages."""
        self.deals[deal_id] = {
            "dealname": f"Deal {deal_id}",
            "pipeline": "default",
            "dealstage": stage or ("closedwon" if won else "closedlost" if lost else "contractsent"),
            "amount": amount,
            "closedate": won or lost,
            "createdate": created,
            "dealtype": kind,
            **_creation(source, user, detail),
            **properties,
        }
        for contact in contacts:
            self.associate("deal", deal_id, "contact", contact, CONTACT_OF_DEAL)
        if company:
            self.associate("deal", deal_id, "company", company, COMPANY_OF_DEAL)
            self.associate("deal", deal_id, "company", company, PRIMARY_COMPANY_OF_DEAL)
        return deal_id

    def associate(
        self, left_type: str, left: str, right_type: str, right: str, type_id: str, label: str | None = None
    ) -> None:
        """An association; a label of the account's own makes it a role."""
        self.associations.append(
            {
                "left_type": left_type,
                "left": left,
                "right_type": right_type,
                "right": right,
                "type_id": type_id,
                "category": "USER_DEFINED" if label else "HUBSPOT_DEFINED",
                "label": label,
            }
        )

    def change(
        self,
        record_type: str,
        record_id: str,
        name: str,
        value: str | None,
        *,
        at: str,
        source: str = "CRM_UI",
        user: str | None = None,
    ) -> None:
        """A value that a property took; the record itself stays as it was given."""
        self.history.append(
            {
                "record_type": record_type,
                "id": record_id,
                "name": name,
                "value": value,
                "at": at,
                "source": source,
                "user": user,
            }
        )

    def archive(self, record_type: str, record_id: str) -> None:
        """Archived is HubSpot's word for deleted."""
        self.archived.add((record_type, record_id))

    def engagement(
        self,
        engagement_id: str,
        kind: str,
        *,
        at: str,
        owner: str,
        contacts: Iterable[str],
        deal: str | None = None,
        company: str | None = None,
        **properties: Any,
    ) -> None:
        """A call, a meeting, an e-mail or a task with contacts, about a deal or a company."""
        self.engagements.append({"id": engagement_id, "kind": kind, "at": at, "owner": owner, "properties": properties})
        for contact in contacts:
            self.associate("engagement", engagement_id, "contact", contact, "194")
        if deal:
            self.associate("engagement", engagement_id, "deal", deal, "206")
        if company:
            self.associate("engagement", engagement_id, "company", company, "182")

    def campaign(self, campaign_id: str, **properties: Any) -> str:
        """A campaign of HubSpot's campaign tool."""
        self.campaigns[campaign_id] = properties
        return campaign_id

    def form(self, contact: str, *, at: str, url: str, form: str = "f1") -> None:
        """Somebody filled a form."""
        self.submissions.append(
            {"id": f"s{len(self.submissions) + 1}", "contact": contact, "at": at, "url": url, "form": form}
        )

    def click(self, contact: str, *, at: str, url: str, filtered: bool = False) -> None:
        """A click in a marketing e-mail, or a mail gateway's, which HubSpot filters."""
        self.clicks.append(
            {"id": f"e{len(self.clicks) + 1}", "contact": contact, "at": at, "url": url, "filtered": filtered}
        )

    # ---------------------------------------------------------------- files

    def write(self, landing_dir: Path, dialect: str = "fivetran") -> None:
        """Write the records as a loader does, into the folder `hubspot` of a landing folder."""
        folder = landing_dir / "hubspot"
        folder.mkdir(parents=True, exist_ok=True)
        getattr(self, f"_write_{dialect}")(folder)

    def _pairs(self, left_type: str, right_type: str) -> list[Record]:
        return [a for a in self.associations if (a["left_type"], a["right_type"]) == (left_type, right_type)]

    def _is_archived(self, record_type: str, record_id: str) -> bool:
        return (record_type, record_id) in self.archived

    def _write_fivetran(self, folder: Path) -> None:
        synced = {"_fivetran_synced": "2024-12-31 00:00:00"}
        for record_type, records in self._kinds():
            id_name = "deal_id" if record_type == "deal" else "id"
            own = {
                "pipeline": "deal_pipeline_id",
                "dealstage": "deal_pipeline_stage_id",
                "hubspot_owner_id": "owner_id",
            }
            renamed = own if record_type == "deal" else {}
            rows = [
                {
                    id_name: record_id,
                    "_fivetran_deleted": self._is_archived(record_type, record_id),
                    **synced,
                    **{renamed.get(name, f"property_{name}"): value for name, value in properties.items()},
                }
                for record_id, properties in records.items()
            ]
            write_csv(folder / f"{record_type}.csv", rows)
            write_csv(
                folder / f"{record_type}_property_history.csv",
                [
                    {
                        f"{record_type}_id": row["id"],
                        "name": row["name"],
                        "value": row["value"],
                        "timestamp": row["at"],
                        "source": row["source"],
                        "source_id": f"userId:{row['user']}" if row["user"] else None,
                        **synced,
                    }
                    for row in self.history
                    if row["record_type"] == record_type and row["name"] != "dealstage"
                ],
            )
        write_csv(
            folder / "deal_stage.csv",
            [
                {
                    "deal_id": row["id"],
                    "value": row["value"],
                    "date_entered": row["at"],
                    "source": row["source"],
                    "source_id": f"userId:{row['user']}" if row["user"] else None,
                    "_fivetran_start": row["at"],
                    "_fivetran_active": True,
                }
                for row in self.history
                if row["name"] == "dealstage"
            ],
        )
        write_csv(folder / "deal_pipeline.csv", [{"pipeline_id": "default", "label": "Sales Pipeline", "active": True}])
        write_csv(
            folder / "deal_pipeline_stage.csv",
            [
                {
                    "stage_id": stage,
                    "pipeline_id": "default",
                    "label": label,
                    "probability": share,
                    "closed_won": closed,
                }
                for stage, label, share, closed in self.stages
            ],
        )
        for left, right in (
            ("deal", "contact"),
            ("deal", "company"),
            ("engagement", "contact"),
            ("engagement", "company"),
            ("engagement", "deal"),
        ):
            write_csv(
                folder / f"{left}_{right}.csv",
                [
                    {
                        f"{left}_id": pair["left"],
                        f"{right}_id": pair["right"],
                        "type_id": pair["type_id"],
                        "category": pair["category"],
                        "label": pair["label"],
                    }
                    for pair in self._pairs(left, right)
                ],
            )
        write_csv(
            folder / "owner.csv",
            [
                {
                    "owner_id": owner["id"],
                    "active_user_id": None if owner["left"] else owner["user_id"],
                    "email": owner["email"],
                    "first_name": owner["first_name"],
                    "last_name": owner["last_name"],
                    "is_archived": owner["left"],
                }
                for owner in self.owners
            ],
        )
        write_csv(folder / "team.csv", [{"id": number, "name": name} for name, number in self.teams.items()])
        write_csv(
            folder / "users.csv",
            [
                {
                    "id": user["id"],
                    "email": user["email"],
                    "first_name": user["first_name"],
                    "last_name": user["last_name"],
                    "primary_team_id": self.teams[user["team"]],
                }
                for user in self.users
            ],
        )
        write_csv(
            folder / "engagement.csv",
            [{"id": row["id"], "type": row["kind"].upper(), **synced} for row in self.engagements],
        )
        for kind in sorted({row["kind"] for row in self.engagements}):
            write_csv(
                folder / f"engagement_{kind}.csv",
                [
                    {
                        "engagement_id": row["id"],
                        "type": kind.upper(),
                        **{f"property_{name}": value for name, value in _engaged(row).items()},
                    }
                    for row in self.engagements
                    if row["kind"] == kind
                ],
            )
        write_csv(
            folder / "contact_form_submission.csv",
            [
                {
                    "conversion_id": row["id"],
                    "contact_id": row["contact"],
                    "form_id": row["form"],
                    "timestamp": row["at"],
                    "page_url": row["url"],
                }
                for row in self.submissions
            ],
        )
        write_csv(
            folder / "email_event.csv",
            [
                {
                    "id": row["id"],
                    "type": "CLICK",
                    "created": row["at"],
                    "recipient": self.contacts[row["contact"]]["email"],
                    "filtered_event": row["filtered"],
                    "email_campaign_id": "1",
                }
                for row in self.clicks
            ],
        )
        write_csv(folder / "email_event_click.csv", [{"id": row["id"], "url": row["url"]} for row in self.clicks])
        write_csv(
            folder / "marketing_campaign.csv",
            [
                {"id": number, **synced, **{f"property_{name}": value for name, value in campaign.items()}}
                for number, campaign in self.campaigns.items()
            ],
        )

    def _write_airbyte(self, folder: Path) -> None:
        marks = {"_airbyte_raw_id": "1", "_airbyte_extracted_at": "2024-12-31T00:00:00Z"}
        for record_type, records in self._kinds():
            plural = _plural(record_type)
            live = [r for r in records if not self._is_archived(record_type, r)]
            for file, ids in ((plural, live), (f"{plural}_archived", [r for r in records if r not in live])):
                rows = []
                for record_id in ids:
                    properties = records[record_id]
                    row = {"id": record_id, "archived": ids is not live, "properties": properties, **marks}
                    row |= {f"properties_{name}": value for name, value in properties.items()}
                    rows.append(row | self._listed(record_type, record_id))
                write_jsonl(folder / f"{file}.jsonl", rows)
        write_jsonl(
            folder / "contacts_property_history.jsonl",
            [
                {
                    "vid": row["id"],
                    "property": row["name"],
                    "value": row["value"],
                    "timestamp": _milliseconds(row["at"]),
                    "source-type": row["source"],
                    "source-id": None,
                    "updated-by-user-id": row["user"],
                }
                for row in self.history
                if row["record_type"] == "contact"
            ],
        )
        write_jsonl(
            folder / "deals_property_history.jsonl",
            [
                {
                    "dealId": row["id"],
                    "property": row["name"],
                    "value": row["value"],
                    "timestamp": _iso(row["at"]),
                    "sourceType": row["source"],
                    "updatedByUserId": row["user"],
                }
                for row in self.history
                if row["record_type"] == "deal"
            ],
        )
        write_jsonl(folder / "deal_pipelines.jsonl", [self._pipeline()])
        write_jsonl(folder / "owners.jsonl", [self._owner(owner) for owner in self.owners if not owner["left"]])
        write_jsonl(folder / "owners_archived.jsonl", [self._owner(owner) for owner in self.owners if owner["left"]])
        for kind in sorted({row["kind"] for row in self.engagements}):
            engagements: list[Record] = []
            for one in self.engagements:
                if one["kind"] == kind:
                    engaged = {f"properties_{name}": value for name, value in _engaged(one).items()}
                    engagements.append({"id": one["id"], **engaged, **self._listed("engagement", one["id"])})
            write_jsonl(folder / f"engagements_{_plural(kind)}.jsonl", engagements)
        self._write_marketing(folder)
        write_jsonl(
            folder / "marketing_campaigns.jsonl",
            [{"id": number, **campaign, **marks} for number, campaign in self.campaigns.items()],
        )

    def _write_marketing(self, folder: Path) -> None:
        """Submissions and events as the API and Airbyte tell them: milliseconds, and no contact but an address."""
        write_jsonl(
            folder / "form_submissions.jsonl",
            [
                {
                    "conversionId": row["id"],
                    "formId": row["form"],
                    "submittedAt": _milliseconds(row["at"]),
                    "pageUrl": row["url"],
                    "values": [
                        {"name": "firstname", "value": "Jo"},
                        {"name": "email", "value": self.contacts[row["contact"]]["email"]},
                    ],
                }
                for row in self.submissions
            ],
        )
        write_jsonl(
            folder / "email_events.jsonl",
            [
                {
                    "id": row["id"],
                    "type": "CLICK",
                    "created": _milliseconds(row["at"]),
                    "recipient": self.contacts[row["contact"]]["email"],
                    "filteredEvent": row["filtered"],
                    "emailCampaignId": 1,
                    "url": row["url"],
                }
                for row in self.clicks
            ],
        )

    def _write_dlt(self, folder: Path) -> None:
        marks = {"_dlt_load_id": "1795678811.8", "_dlt_id": "x"}
        for record_type, records in self._kinds():
            rows = []
            for record_id, properties in records.items():
                ids = {"id": record_id, "hs_object_id": record_id}
                rows.append({**ids, "is_deleted": self._is_archived(record_type, record_id), **properties, **marks})
            write_jsonl(folder / f"{_plural(record_type)}.jsonl", rows)
            if record_type == "company":
                continue
            write_jsonl(
                folder / f"{_plural(record_type)}_property_history.jsonl",
                [
                    {
                        "object_id": row["id"],
                        "property_name": row["name"],
                        "value": row["value"],
                        "timestamp": _iso(row["at"]),
                        "source_type": row["source"],
                        "updated_by_user_id": row["user"],
                    }
                    for row in self.history
                    if row["record_type"] == record_type
                ],
            )
        # One row per pair, without its kind, named from the other side than the API's.
        for left, right in (("deal", "contact"), ("deal", "company"), ("contact", "company")):
            pairs = dict.fromkeys((pair["right"], pair["left"]) for pair in self._pairs(left, right))
            rows = [{"value": owner, f"{_plural(left)}_id": owned, **marks} for owner, owned in pairs]
            write_jsonl(folder / f"{_plural(right)}__{_plural(left)}.jsonl", rows)
        pipeline = self._pipeline()
        write_jsonl(
            folder / "pipelines_deals.jsonl", [{"id": pipeline["pipelineId"], "label": pipeline["label"], **marks}]
        )
        write_jsonl(
            folder / "pipelines_deals__stages.jsonl",
            [
                {
                    "id": stage,
                    "label": label,
                    "metadata__probability": share,
                    "metadata__is_closed": str(closed).lower(),
                    **marks,
                }
                for stage, label, share, closed in self.stages
            ],
        )
        write_jsonl(folder / "owners.jsonl", [self._owner(owner) for owner in self.owners])

    def _write_api(self, folder: Path) -> None:
        for record_type, records in self._kinds():
            rows = []
            for record_id, properties in records.items():
                history: Record = {}
                for row in self.history:
                    if (row["record_type"], row["id"]) == (record_type, record_id):
                        version = {
                            "value": row["value"],
                            "timestamp": _iso(row["at"]),
                            "sourceType": row["source"],
                            "updatedByUserId": int(row["user"]) if row["user"] else None,
                        }
                        # The newest first.
                        history.setdefault(row["name"], []).insert(0, version)
                linked = {
                    name: {"results": [{"id": number, "type": f"{record_type}_to_x"} for number in numbers]}
                    for name, numbers in self._listed(record_type, record_id).items()
                }
                rows.append(
                    {
                        "id": record_id,
                        "properties": properties,
                        "propertiesWithHistory": history,
                        "createdAt": _iso(properties["createdate"]),
                        "archived": self._is_archived(record_type, record_id),
                        "associations": linked,
                    }
                )
            write_jsonl(folder / f"{_plural(record_type)}.jsonl", rows)
        write_jsonl(folder / "pipelines.jsonl", [{**self._pipeline(), "id": "default"}])
        write_jsonl(folder / "owners.jsonl", [self._owner(owner) for owner in self.owners])
        for kind in sorted({row["kind"] for row in self.engagements}):
            rows = []
            for row in self.engagements:
                if row["kind"] == kind:
                    linked = {
                        name: {"results": [{"id": number, "type": f"{kind}_to_x"} for number in numbers]}
                        for name, numbers in self._listed("engagement", row["id"]).items()
                        if numbers
                    }
                    rows.append({"id": row["id"], "properties": _engaged(row), "associations": linked})
            write_jsonl(folder / f"{_plural(kind)}.jsonl", rows)
        self._write_marketing(folder)
        write_jsonl(
            folder / "marketing_campaigns.jsonl",
            [{"id": number, "properties": campaign} for number, campaign in self.campaigns.items()],
        )

    def _write_export(self, folder: Path) -> None:
        """HubSpot's own export: labels instead of names, owners and stages by their label, no histories."""
        labels = {
            "email": "Email",
            "name": "Company name",
            "domain": "Company Domain Name",
            "createdate": "Create Date",
            "lifecyclestage": "Lifecycle Stage",
            "hs_lead_status": "Lead Status",
            "associatedcompanyid": "Primary Associated Company ID",
            "hs_analytics_source": "Original Traffic Source",
            "hs_object_source": "Record source",
            "hs_object_source_detail_1": "Record source detail 1",
            "hs_created_by_user_id": "Created by user ID",
            "hs_merged_object_ids": "Merged record IDs",
            "dealname": "Deal Name",
            "pipeline": "Pipeline",
            "dealstage": "Deal Stage",
            "amount": "Amount",
            "closedate": "Close Date",
            "dealtype": "Deal Type",
        }
        names = {owner["id"]: f"{owner['first_name']} {owner['last_name']}" for owner in self.owners}
        stages = {stage: label for stage, label, _, _ in self.stages}
        for record_type, records in self._kinds():
            rows = []
            for record_id, properties in records.items():
                if self._is_archived(record_type, record_id):
                    continue
                row = {"Record ID": record_id}
                for name, value in properties.items():
                    if name == "hubspot_owner_id":
                        row[f"{record_type.capitalize()} owner"] = names[value]
                    elif name in labels:
                        row[labels[name]] = stages.get(value, value) if name == "dealstage" else value
                for name, numbers in self._listed(record_type, record_id).items():
                    row[f"Associated {'Contact' if name == 'contacts' else 'Company'} IDs"] = ";".join(numbers)
                rows.append(row)
            write_csv(folder / f"{_plural(record_type)}.csv", rows)
        write_csv(
            folder / "users.csv",
            [
                {
                    "User ID": user["id"],
                    "First Name": user["first_name"],
                    "Last Name": user["last_name"],
                    "Email": user["email"],
                    "Primary team": user["team"],
                }
                for user in self.users
            ],
        )

    def _owner(self, owner: Record) -> Record:
        return {
            "id": owner["id"],
            "userId": None if owner["left"] else int(owner["user_id"]),
            "userIdIncludingInactive": int(owner["user_id"]),
            "email": owner["email"],
            "firstName": owner["first_name"],
            "lastName": owner["last_name"],
            "archived": owner["left"],
            "teams": [{"id": self.teams[owner["team"]], "name": owner["team"], "primary": True}],
        }

    def _listed(self, left_type: str, left: str) -> dict[str, list[str]]:
        """The records that one names, as lists by their kind."""
        listed: dict[str, list[str]] = {}
        for right_type in _LISTED.get(left_type, ()):
            pairs = [pair["right"] for pair in self._pairs(left_type, right_type) if pair["left"] == left]
            listed[_plural(right_type)] = list(dict.fromkeys(pairs))
        return listed

    def _pipeline(self) -> Record:
        return {
            "pipelineId": "default",
            "label": "Sales Pipeline",
            "stages": [
                {
                    "stageId": stage,
                    "label": label,
                    "metadata": {"probability": share, "isClosed": str(closed).lower()},
                }
                for stage, label, share, closed in self.stages
            ],
        }

    def _kinds(self) -> tuple[tuple[str, dict[str, Record]], ...]:
        return (("contact", self.contacts), ("company", self.companies), ("deal", self.deals))


def _creation(source: str | None, user: str | None, detail: str | None) -> Record:
    return {
        "hs_object_source": source,
        "hs_object_source_id": f"userId:{user}" if user else None,
        "hs_object_source_user_id": user,
        "hs_object_source_detail_1": detail,
        "hs_created_by_user_id": user,
    }


def _engaged(row: Record) -> Record:
    start = {"hs_meeting_start_time": row["at"]} if row["kind"] == "meeting" else {}
    return {
        "hs_timestamp": row["at"],
        "hs_createdate": row["at"],
        "hubspot_owner_id": row["owner"],
        **start,
        **row["properties"],
    }


def _plural(name: str) -> str:
    return f"{name.removesuffix('y')}ies" if name.endswith("y") else f"{name}s"


def _iso(moment: str) -> str:
    return f"{moment.replace(' ', 'T')}{'' if ':' in moment else 'T00:00:00'}.000Z"


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)
