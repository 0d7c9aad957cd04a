"""A made-up Marketo account, written in the spelling of any loader: the one place that knows how they spell Marketo.

    account = Marketo()
    account.lead("1", created="2024-01-02", email="jo@alpha.example", source="Web form fillout")
    account.form("1", at="2024-01-02 08:59:00", url="https://own.example/guide?utm_source=google")
    account.program("10", channel="Webinar", salesforce="K1")
    account.success("10", "1", at="2024-01-09 10:00:00")
    account.write(company.landing_dir, "airbyte")

What lives here: records and the dialects that they are written in. What doesn't: how a generated company becomes an
account (`marketo_company.py`), or any number that the pipeline works out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seeds.generator.dialects.files import Record, write_csv, write_jsonl

# A loader's own tables of activities, or the bulk export's one table with what is particular to a kind as JSON.
DIALECTS = ("fivetran", "airbyte", "bulk", "api")

# Marketo's number of each kind of activity, and how Airbyte collapses its name.
KINDS = {
    "fill_out_form": (2, "fill_out_form"),
    "click_email": (11, "click_email"),
    "new_lead": (12, "new_lead"),
    "change_data_value": (13, "change_data_value"),
    "merge_leads": (32, "merge_leads"),
    "delete_lead": (37, "delete_lead"),
    "change_status_in_progression": (104, "change_statusin_progression"),
}
# Marketo's names of attributes that aren't their words with capitals.
ATTRIBUTES = {"sfdc_type": "SFDC Type", "merge_ids": "Merge IDs", "referrer_url": "Referrer URL"}


@dataclass
class Marketo:
    """Collects records in memory; `write` turns them into a loader's files."""

    leads: list[Record] = field(default_factory=list)
    activities: list[Record] = field(default_factory=list)
    programs: list[Record] = field(default_factory=list)
    costs: list[Record] = field(default_factory=list)
    campaigns: list[Record] = field(default_factory=list)

    # ---------------------------------------------------------------- records

    def lead(
        self,
        lead_id: str,
        *,
        created: str,
        email: str | None = None,
        source: str | None = None,
        user: str | None = None,
        status: str | None = None,
        salesforce_lead: str | None = None,
        salesforce_contact: str | None = None,
        salesforce_type: str | None = None,
        **fields: Any,
    ) -> str:
        """A lead, and the activity that tells how it was made, unless Marketo has purged it."""
        self.leads.append(
            {
                "id": lead_id,
                "created_at": _moment(created),
                "updated_at": _moment(created),
                "email": email,
                "lead_status": status,
                "sfdc_lead_id": salesforce_lead,
                "sfdc_contact_id": salesforce_contact,
                **fields,
            }
        )
        if source:
            self.activity(
                "new_lead", lead_id, at=created, source_type=source, modifying_user=user, sfdc_type=salesforce_type
            )
        return lead_id

    def activity(
        self,
        kind: str,
        lead_id: str,
        *,
        at: str,
        about: tuple[str, str] | None = None,
        campaign: str | None = None,
        **attributes: Any,
    ) -> str:
        """An activity of any kind; `about` is the number and name of its form, e-mail, program or field."""
        number = str(1000 + len(self.activities))
        self.activities.append(
            {
                "kind": kind,
                "id": number,
                "lead_id": lead_id,
                "at": _moment(at),
                "about": about or (None, None),
                "campaign": campaign,
                "attributes": {name: value for name, value in attributes.items() if value is not None},
            }
        )
        return number

    def form(self, lead_id: str, *, at: str, url: str, campaign: str | None = None) -> str:
        """Somebody filled a form; Marketo keeps the parameters of the page apart from its address."""
        address, _, parameters = url.partition("?")
        return self.activity(
            "fill_out_form",
            lead_id,
            at=at,
            about=("7", "Guide form"),
            campaign=campaign,
            referrer_url=address,
            query_parameters=parameters or None,
        )

    def click(self, lead_id: str, *, at: str, url: str, bot: bool = False, campaign: str | None = None) -> str:
        """A click in a marketing e-mail, or a mail gateway's."""
        return self.activity(
            "click_email", lead_id, at=at, about=("8", "Invitation"), campaign=campaign, link=url, is_bot_activity=bot
        )

    def change(
        self,
        lead_id: str,
        name: str,
        *,
        at: str,
        old: str | None,
        new: str | None,
        source: str,
        user: str | None = None,
    ) -> str:
        """A field takes a value; the lead itself stays as it was given."""
        return self.activity(
            "change_data_value",
            lead_id,
            at=at,
            about=("9", name),
            old_value=old,
            new_value=new,
            source=source,
            modifying_user=user,
        )

    def program(
        self, program_id: str, *, channel: str, salesforce: str | None = None, cost: dict[str, str] | None = None
    ) -> str:
        """A program with its costs by first day of the month, and the smart campaign that does its work."""
        self.programs.append(
            {"id": program_id, "name": f"Program {program_id}", "channel": channel, "sfdc_id": salesforce}
        )
        self.campaigns.append({"id": f"{program_id}1", "name": "Confirmation", "program_id": program_id})
        for month, amount in (cost or {}).items():
            self.costs.append({"program_id": program_id, "start_date": month, "cost": amount, "note": None})
        return program_id

    def status(self, program_id: str, lead_id: str, new: str, *, at: str, success: bool = False) -> str:
        """A lead takes a status in a program."""
        return self.activity(
            "change_status_in_progression",
            lead_id,
            at=at,
            about=(program_id, f"Program {program_id}"),
            new_status=new,
            success=success,
        )

    def merge(self, winner: str, losers: list[str], *, at: str) -> str:
        """Leads are merged into one, and Marketo's table of leads loses them."""
        return self.activity("merge_leads", winner, at=at, merge_ids=f"[{', '.join(losers)}]")

    # ---------------------------------------------------------------- files

    def write(self, landing_dir: Path, dialect: str = "fivetran") -> None:
        """Write the records as a loader does, into the folder `marketo` of a landing folder."""
        folder = landing_dir / "marketo"
        folder.mkdir(parents=True, exist_ok=True)
        getattr(self, f"_write_{dialect}")(folder)

    def _write_fivetran(self, folder: Path) -> None:
        marks = {"_fivetran_deleted": False, "_fivetran_synced": "2024-12-31 00:00:00"}
        write_csv(folder / "lead.csv", [{**row, **marks} for row in self.leads])
        for kind, (number, _) in KINDS.items():
            rows = [
                {
                    "id": row["id"],
                    "_fivetran_synced": marks["_fivetran_synced"],
                    "activity_date": row["at"],
                    "activity_type_id": number,
                    "campaign_id": row["campaign"],
                    "lead_id": row["lead_id"],
                    "primary_attribute_value": row["about"][1],
                    "primary_attribute_value_id": row["about"][0],
                    **row["attributes"],
                }
                for row in self.activities
                if row["kind"] == kind
            ]
            write_csv(folder / f"activity_{kind}.csv", rows)
        write_csv(folder / "program.csv", [{**row, **marks} for row in self.programs])
        write_csv(folder / "program_cost.csv", self.costs)
        write_csv(folder / "campaign.csv", [{**row, **marks} for row in self.campaigns])

    def _write_airbyte(self, folder: Path) -> None:
        marks = {"_airbyte_raw_id": "1", "_airbyte_extracted_at": "2024-12-31T00:00:00Z"}
        write_jsonl(folder / "leads.jsonl", [{**_camel(row), **marks} for row in self.leads])
        for kind, (number, collapsed) in KINDS.items():
            rows = [
                {**_head(row, number), **row["attributes"], **marks} for row in self.activities if row["kind"] == kind
            ]
            write_jsonl(folder / f"activities_{collapsed}.jsonl", rows)
        self._write_assets(folder)

    def _write_bulk(self, folder: Path) -> None:
        write_csv(folder / "leads.csv", [_camel(row) for row in self.leads])
        rows = [
            {
                **_head(row, KINDS[row["kind"]][0]),
                "attributes": json.dumps({_attribute(name): value for name, value in row["attributes"].items()}),
            }
            for row in self.activities
        ]
        write_csv(folder / "activities.csv", rows)
        self._write_assets(folder)

    def _write_api(self, folder: Path) -> None:
        # The API tells the zone twice.
        leads = [{**row, "created_at": f"{row['created_at'].replace(' ', 'T')}Z+0000"} for row in self.leads]
        write_jsonl(folder / "leads.jsonl", [_camel(row) for row in leads])
        rows = [
            {
                **_head(row, KINDS[row["kind"]][0]),
                "attributes": [
                    {"name": _attribute(name), "value": _word(value)} for name, value in row["attributes"].items()
                ],
            }
            for row in self.activities
        ]
        write_jsonl(folder / "activities.jsonl", rows)
        self._write_assets(folder)

    def _write_assets(self, folder: Path) -> None:
        programs = [
            {
                **_camel(row),
                "costs": [
                    {"startDate": cost["start_date"], "cost": float(cost["cost"]), "note": ""}
                    for cost in self.costs
                    if cost["program_id"] == row["id"]
                ],
            }
            for row in self.programs
        ]
        write_jsonl(folder / "programs.jsonl", programs)
        write_jsonl(folder / "campaigns.jsonl", [_camel(row) for row in self.campaigns])


def _head(row: Record, number: int) -> Record:
    return {
        "marketoGUID": row["id"],
        "leadId": int(row["lead_id"]),
        "activityDate": f"{row['at'].replace(' ', 'T')}Z",
        "activityTypeId": number,
        "campaignId": row["campaign"],
        "primaryAttributeValueId": row["about"][0],
        "primaryAttributeValue": row["about"][1],
    }


def _attribute(name: str) -> str:
    return ATTRIBUTES.get(name, " ".join(word.capitalize() for word in name.split("_")))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _camel(row: Record) -> Record:
    return {re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in row.items()}


def _moment(text: str) -> str:
    return text if ":" in text else f"{text} 00:00:00"
