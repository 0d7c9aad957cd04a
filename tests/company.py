"""A made-up company for tests: its landing folder and reference tables, written in a few readable lines.

    company = Company(tmp_path)
    company.user("marketer", department="Marketing")
    company.lead("L1", created="2024-01-02", created_by="marketer", source="Webinar")
    company.account("A1", created="2024-02-01")
    company.contact("C1", account="A1", created="2024-02-01")
    company.opportunity("O1", account="A1", created="2024-02-01", amount="1000.00", won="2024-03-01")
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")

What lives here: records and files. What doesn't: running anything (`runs.py`), or any number that the pipeline works
out. Every builder takes further fields under their API names: `company.lead("L1", …, Country="DE")`.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.landing.catalog import LandingObject, catalog
from dagster_project.settings import PROJECT_ROOT

SHIPPED_REFERENCE_DIR = PROJECT_ROOT / "seeds" / "reference"

Record = dict[str, Any]

_SALESFORCE_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")


@dataclass(frozen=True)
class Folders:
    """A company whose files exist already, such as the shipped sample; runs take it in place of a Company."""

    landing_dir: Path
    reference_dir: Path
    warehouse_dir: Path
    is_delivered: bool = True


class Company:
    """Collects records in memory; `write` or `deliver` turns them into files. Nothing is written before that."""

    def __init__(self, folder: Path, *, file_format: str = "csv") -> None:
        self.landing_dir = folder / "landing"
        self.reference_dir = folder / "reference"
        self.warehouse_dir = folder / "warehouse"
        self.file_format = file_format
        self._records: dict[tuple[str, str], dict[str, Record]] = {}
        self._delivered: dict[tuple[str, str, str], Record] = {}
        self._extra_columns: dict[tuple[str, str], list[str]] = {}
        self._numbers = 0
        self.is_delivered = False
        self.landing_dir.mkdir(parents=True, exist_ok=True)
        shutil.copytree(SHIPPED_REFERENCE_DIR, self.reference_dir, dirs_exist_ok=True)

    def folders(self) -> Folders:
        """The files as they lie there now, for a run that must not write them again."""
        return Folders(self.landing_dir, self.reference_dir, self.warehouse_dir)

    # ---------------------------------------------------------------- CRM: people and deals

    def user(self, user_id: str, *, department: str | None = None, name: str | None = None, **fields: Any) -> str:
        """A CRM user; the shipped `teams` table puts the departments Marketing, Sales, Partner … into teams."""
        return self.record(
            "salesforce", "User", user_id, {"Name": name or user_id, "Department": department, "IsActive": True}, fields
        )

    def account(
        self, account_id: str, *, created: str = "2024-01-01", created_by: str | None = None, **fields: Any
    ) -> str:
        given = {"Name": f"Account {account_id}", "CreatedDate": _moment(created), "CreatedById": created_by}
        return self.record("salesforce", "Account", account_id, given, fields)

    def lead(
        self,
        lead_id: str,
        *,
        created: str,
        created_by: str = "marketer",
        source: str | None = None,
        email: str | None = None,
        company: str | None = None,
        status: str = "Open - Not Contacted",
        **fields: Any,
    ) -> str:
        given = {
            "CreatedDate": _moment(created),
            "CreatedById": created_by,
            "OwnerId": created_by,
            "LeadSource": source,
            "Email": email,
            "Company": company,
            "Status": status,
            "IsConverted": False,
        }
        return self.record("salesforce", "Lead", lead_id, given, fields)

    def contact(
        self,
        contact_id: str,
        *,
        account: str,
        created: str,
        created_by: str | None = None,
        email: str | None = None,
        source: str | None = None,
        **fields: Any,
    ) -> str:
        given = {
            "AccountId": account,
            "CreatedDate": _moment(created),
            "CreatedById": created_by,
            "Email": email,
            "LeadSource": source,
        }
        return self.record("salesforce", "Contact", contact_id, given, fields)

    def opportunity(
        self,
        opportunity_id: str,
        *,
        account: str,
        created: str,
        amount: str | None,
        created_by: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        won: str | None = None,
        lost: str | None = None,
        close: str | None = None,
        currency: str | None = None,
        **fields: Any,
    ) -> str:
        """A deal: won or lost on a date, or open with a planned close date."""
        stage = "Closed Won" if won else "Closed Lost" if lost else "Proposal"
        given = {
            "AccountId": account,
            "Name": f"Deal {opportunity_id}",
            "StageName": stage,
            "Type": kind,
            "Amount": amount,
            "CurrencyIsoCode": currency,
            "IsClosed": bool(won or lost),
            "IsWon": bool(won),
            "CloseDate": (won or lost or close or created)[:10],
            "LeadSource": source,
            "CreatedById": created_by,
            "OwnerId": created_by,
            "CreatedDate": _moment(created),
        }
        return self.record("salesforce", "Opportunity", opportunity_id, given, fields)

    def convert(
        self,
        lead: str,
        *,
        account: str | None = None,
        contact: str | None = None,
        opportunity: str | None = None,
        at: str,
    ) -> str:
        """Mark a lead as converted into records that exist already."""
        return self.change(
            "Lead",
            lead,
            IsConverted=True,
            ConvertedDate=at[:10],
            ConvertedAccountId=account,
            ConvertedContactId=contact,
            ConvertedOpportunityId=opportunity,
            Status="Closed - Converted",
        )

    def contact_role(
        self, opportunity: str, contact: str, *, primary: bool = False, created: str | None = None, **fields: Any
    ) -> str:
        given = {
            "OpportunityId": opportunity,
            "ContactId": contact,
            "IsPrimary": primary,
            "CreatedDate": _moment(created),
        }
        return self.record("salesforce", "OpportunityContactRole", self._next("role"), given, fields)

    def change(self, salesforce_object: str, record_id: str, **fields: Any) -> str:
        """Change fields of a Salesforce record in place, as an edit in the CRM would."""
        self._records["salesforce", salesforce_object][record_id].update(fields)
        self._note_columns("salesforce", salesforce_object, fields)
        return record_id

    def delete(self, salesforce_object: str, record_id: str) -> str:
        """Delete a Salesforce record; exports keep such rows with IsDeleted set."""
        return self.change(salesforce_object, record_id, IsDeleted=True)

    # ---------------------------------------------------------------- CRM: history, campaigns, activities

    def lead_change(
        self, lead: str, field: str, *, at: str, old: str | None, new: str | None, by: str | None = None, **fields: Any
    ) -> str:
        """A row of LeadHistory; the lead itself stays as it was given."""
        given = {"LeadId": lead, "Field": field, "OldValue": old, "NewValue": new, "CreatedById": by}
        given["CreatedDate"] = _moment(at)
        return self.record("salesforce", "LeadHistory", self._next("history"), given, fields)

    def lead_status(self, lead: str, new: str, *, at: str, by: str | None = None, old: str | None = None) -> str:
        """The lead enters a status: a row of its history, and its status from then on."""
        record = self._records["salesforce", "Lead"][lead]
        history_id = self.lead_change(lead, "Status", at=at, old=old or record["Status"], new=new, by=by)
        record["Status"] = new
        return history_id

    def stage(self, opportunity: str, stage: str, *, at: str, by: str | None = None, **fields: Any) -> str:
        """A row of OpportunityHistory: the deal's state after a change; the deal itself stays as it was given."""
        given = {"OpportunityId": opportunity, "StageName": stage, "CreatedById": by, "CreatedDate": _moment(at)}
        return self.record("salesforce", "OpportunityHistory", self._next("history"), given, fields)

    def opportunity_change(
        self, opportunity: str, field: str, *, at: str, old: str | None, new: str | None, by: str | None = None
    ) -> str:
        """A row of OpportunityFieldHistory; the deal itself stays as it was given."""
        given = {"OpportunityId": opportunity, "Field": field, "OldValue": old, "NewValue": new, "CreatedById": by}
        given["CreatedDate"] = _moment(at)
        return self.record("salesforce", "OpportunityFieldHistory", self._next("history"), given, {})

    def campaign(self, campaign_id: str, *, kind: str | None = None, name: str | None = None, **fields: Any) -> str:
        given = {"Name": name or f"Campaign {campaign_id}", "Type": kind, "IsActive": True}
        return self.record("salesforce", "Campaign", campaign_id, given, fields)

    def response(
        self, campaign: str, *, lead: str | None = None, contact: str | None = None, at: str, **fields: Any
    ) -> str:
        """A person responded to a campaign."""
        given = {
            "CampaignId": campaign,
            "LeadId": lead,
            "ContactId": contact,
            "Status": "Responded",
            "HasResponded": True,
            "FirstRespondedDate": _moment(at),
            "CreatedDate": _moment(at),
        }
        return self.record("salesforce", "CampaignMember", self._next("member"), given, fields)

    def call(self, who: str, *, at: str, by: str, what: str | None = None, **fields: Any) -> str:
        """A seller called a lead or contact."""
        given = {
            "WhoId": who,
            "WhatId": what,
            "OwnerId": by,
            "CreatedById": by,
            "Subject": "Call",
            "TaskSubtype": "Call",
            "Status": "Completed",
            "IsClosed": True,
            "ActivityDate": at[:10],
            "CompletedDateTime": _moment(at),
            "CreatedDate": _moment(at),
        }
        return self.record("salesforce", "Task", self._next("call"), given, fields)

    def meeting(self, who: str, *, at: str, by: str, what: str | None = None, **fields: Any) -> str:
        """A seller met a lead or contact."""
        given = {
            "WhoId": who,
            "WhatId": what,
            "OwnerId": by,
            "CreatedById": by,
            "Subject": "Meeting",
            "StartDateTime": _moment(at),
            "ActivityDateTime": _moment(at),
            "ActivityDate": at[:10],
            "CreatedDate": _moment(at),
        }
        return self.record("salesforce", "Event", self._next("meeting"), given, fields)

    def currency(self, code: str, rate: str, *, corporate: bool = False) -> str:
        """A currency and its static rate: units per one unit of the corporate currency."""
        given = {"IsoCode": code, "ConversionRate": rate, "IsCorporate": corporate, "IsActive": True}
        return self.record("salesforce", "CurrencyType", self._next("currency"), given, {})

    def dated_rate(self, code: str, rate: str, *, start: str, end: str | None = None) -> str:
        given = {"IsoCode": code, "ConversionRate": rate, "StartDate": start, "NextStartDate": end}
        return self.record("salesforce", "DatedConversionRate", self._next("rate"), given, {})

    # ---------------------------------------------------------------- web

    def page_view(
        self,
        anonymous_id: str,
        at: str,
        url: str = "https://www.example.com/",
        *,
        source: str | None = None,
        medium: str | None = None,
        campaign: str | None = None,
        referrer: str | None = None,
        user: str | None = None,
        **fields: Any,
    ) -> str:
        given = {
            "anonymous_id": anonymous_id,
            "timestamp": _moment(at),
            "url": url,
            "referrer": referrer,
            "user_id": user,
            "context_campaign_source": source,
            "context_campaign_medium": medium,
            "context_campaign_name": campaign,
        }
        return self.record("segment", "pages", self._next("view"), given, fields)

    def identify(self, anonymous_id: str, at: str, *, email: str | None = None, user: str | None = None) -> str:
        """An anonymous id turned out to be an e-mail address or a CRM record."""
        given = {"anonymous_id": anonymous_id, "timestamp": _moment(at), "email": email, "user_id": user}
        return self.record("segment", "identifies", self._next("identify"), given, {})

    def form(self, anonymous_id: str, at: str, url: str = "https://www.example.com/form", **fields: Any) -> str:
        """A form was submitted."""
        given = {
            "anonymous_id": anonymous_id,
            "timestamp": _moment(at),
            "event": "form_submitted",
            "event_text": "Form Submitted",
            "context_page_url": url,
        }
        return self.record("segment", "tracks", self._next("form"), given, fields)

    # ---------------------------------------------------------------- spend, content, planning, finance

    def spend(self, source: str, date: str, campaign: str, cost: str, **fields: Any) -> None:
        given = {
            "date": date,
            "account_id": f"{source}-1",
            "campaign_id": campaign,
            "campaign_name": campaign,
            "cost": cost,
        }
        self.record(source, "daily_spend", None, given, fields)

    def asset(self, asset_id: str, url_path: str | None = None, *, published: str = "2023-01-01", **fields: Any) -> str:
        given = {
            "asset_id": asset_id,
            "title": f"Asset {asset_id}",
            "url_path": url_path or f"/{asset_id}",
            "status": "published",
            "published_at": _moment(published),
        }
        self.record("content", "assets", None, given, fields)
        return asset_id

    def share(self, asset: str, *, by_email: str, to_email: str, at: str, opportunity: str | None = None) -> None:
        """A seller gave a prospect a piece of content."""
        given = {
            "share_id": self._next("share"),
            "asset_id": asset,
            "user_email": by_email,
            "contact_email": to_email,
            "opportunity_id": opportunity,
            "shared_at": _moment(at),
        }
        self.record("content", "shares", None, given, {})

    def feedback(self, asset: str, *, by_email: str, at: str, rating: str, comment: str | None = None) -> None:
        """A seller rated a piece of content."""
        given = {
            "asset_id": asset,
            "user_email": by_email,
            "given_at": _moment(at),
            "rating": rating,
            "comment": comment,
        }
        self.record("content", "feedback", None, given, {})

    def question(self, question_id: str, *, by_email: str, at: str, asset: str | None = None, **fields: Any) -> str:
        """A seller asked for what an asset should answer."""
        given = {"question_id": question_id, "user_email": by_email, "asked_at": _moment(at), "asset_id": asset}
        self.record("content", "questions", None, given, fields)
        return question_id

    def brand_activity(self, activity_id: str, start: str, *, end: str | None = None, cost: str, **fields: Any) -> str:
        """A sponsorship, an event: brand work that no click records."""
        given = {"activity_id": activity_id, "name": activity_id, "start_date": start, "end_date": end, "cost": cost}
        self.record("planning", "brand_activities", None, given, fields)
        return activity_id

    def target(self, metric: str, start: str, end: str, target: str, **fields: Any) -> None:
        self.record(
            "planning",
            "targets",
            None,
            {"metric": metric, "period_start": start, "period_end": end, "target": target},
            fields,
        )

    def portfolio(self, account: str, owner_email: str, team: str, **fields: Any) -> None:
        self.record(
            "planning", "portfolios", None, {"account_id": account, "owner_email": owner_email, "team": team}, fields
        )

    def invoice(
        self,
        invoice_id: str,
        *,
        at: str,
        amount: str,
        account: str | None = None,
        opportunity: str | None = None,
        **fields: Any,
    ) -> str:
        given = {
            "invoice_id": invoice_id,
            "invoiced_at": _moment(at),
            "amount": amount,
            "account_id": account,
            "opportunity_id": opportunity,
        }
        self.record("finance", "invoices", None, given, fields)
        return invoice_id

    # ---------------------------------------------------------------- reference tables

    def settings(self, **values: Any) -> None:
        """Change business settings: `company.settings(timezone="Europe/Berlin")`."""
        rows = {row["key"]: row for row in self._reference_rows("settings")}
        for key, value in values.items():
            rows[key] = {"key": key, "value": value}
        self.reference("settings", list(rows.values()))

    def model(self, model: str, method: str = "positions", **cells: Any) -> None:
        """Add an attribution model, or replace the shipped one of that name."""
        rows = {row["model"]: row for row in self._reference_rows("attribution_models")}
        rows[model] = {"model": model, "method": method, "enabled": "true", **cells}
        self.reference("attribution_models", list(rows.values()))

    def first_reference_row(self, table: str, **cells: Any) -> None:
        """Put a row before all others of a table, where it wins over them."""
        self.reference(table, [cells, *self._reference_rows(table)])

    def reference(self, table: str, rows: list[Mapping[str, Any]]) -> None:
        """Replace a reference table's rows; the header stays."""
        path = self.reference_dir / f"{table}.csv"
        header = _header(path)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, header)
            writer.writeheader()
            writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)

    def _reference_rows(self, table: str) -> list[Record]:
        with (self.reference_dir / f"{table}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    # ---------------------------------------------------------------- files

    def record(self, source: str, object_name: str, record_id: str | None, given: Record, fields: Record) -> str:
        """Add any record of any object: what the builders above call, and what a test may call for the unusual."""
        unknown = set(given) - set(_columns(source, object_name))
        assert not unknown, f"{source}.{object_name} has no columns {sorted(unknown)} in the landing list"
        key = record_id if record_id is not None else self._next("row")
        id_column = next(iter(_columns(source, object_name)))
        values = {**given, **fields}
        if record_id is not None:
            values = {id_column: record_id, **values}
        self._records.setdefault((source, object_name), {})[key] = values
        self._note_columns(source, object_name, fields)
        return key

    def write(self) -> Company:
        """Write every record into one file per object, replacing what was written before."""
        for source, object_name in self._objects():
            records = list(self._records.get((source, object_name), {}).values())
            self._write_file(source, object_name, self.landing_dir / source / object_name, records)
        return self

    def turn_over(self) -> None:
        """From now on every file holds its records in the opposite order: another file that says the same."""
        self._records = {name: dict(reversed(records.items())) for name, records in self._records.items()}

    def deliver(self, delivery: str) -> Company:
        """Write only what is new or changed since the last delivery, as a file of that name in each object's folder."""
        self.is_delivered = True
        for source, object_name in self._objects():
            records = {
                key: record
                for key, record in self._records.get((source, object_name), {}).items()
                if self._delivered.get((source, object_name, key)) != record
            }
            folder = self.landing_dir / source / object_name
            if records or not folder.exists():
                self._write_file(source, object_name, folder / delivery, list(records.values()))
            for key, record in records.items():
                self._delivered[source, object_name, key] = dict(record)
        return self

    def forget(self, source: str, object_name: str, record_id: str) -> None:
        """Leave a record out of the files to come, as a snapshot without it would."""
        del self._records[source, object_name][record_id]

    def _objects(self) -> list[tuple[str, str]]:
        """Objects with records, and the required ones of Salesforce and of every source that has any."""
        sources = {"salesforce", *(source for source, _ in self._records)}
        required = {(o.source, o.name) for o in catalog().objects if o.source in sources and o.required}
        return sorted(required | set(self._records))

    def _write_file(self, source: str, object_name: str, stem: Path, records: list[Record]) -> None:
        stem.parent.mkdir(parents=True, exist_ok=True)
        header = list(
            dict.fromkeys([*_columns(source, object_name), *self._extra_columns.get((source, object_name), [])])
        )
        rows = [{column: _text(record.get(column)) for column in header} for record in records]
        path = stem.with_name(f"{stem.name}.{self.file_format}")
        match self.file_format:
            case "csv":
                path.write_text(_csv(header, rows))
            case "csv.gz":
                path.write_bytes(gzip.compress(_csv(header, rows).encode()))
            case "jsonl":
                path.write_text("".join(json.dumps({k: v or None for k, v in row.items()}) + "\n" for row in rows))
            case "jsonl.gz":
                lines = "".join(json.dumps({k: v or None for k, v in row.items()}) + "\n" for row in rows)
                path.write_bytes(gzip.compress(lines.encode()))
            case "parquet":
                _write_parquet(path, header, rows)
            case _:
                raise ValueError(f"no such format: {self.file_format}")

    def _note_columns(self, source: str, object_name: str, fields: Record) -> None:
        known = _columns(source, object_name)
        extra = self._extra_columns.setdefault((source, object_name), [])
        extra += [name for name in fields if name not in known and name not in extra]

    def _next(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}-{self._numbers:04d}"


def _landing_object(source: str, object_name: str) -> LandingObject:
    found = catalog().find_object(source, object_name)
    assert found is not None, f"the landing list has no {source}.{object_name}"
    return found


def _columns(source: str, object_name: str) -> list[str]:
    return [column.name for column in _landing_object(source, object_name).listed_columns]


def _header(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return next(csv.reader(file))


def _moment(value: str | None) -> str | None:
    """2024-01-02 or 2024-01-02 10:30 the way Salesforce writes it; anything else goes out as given."""
    if value is None or not _SALESFORCE_MOMENT.fullmatch(value):
        return value
    return datetime.fromisoformat(value).isoformat(timespec="milliseconds") + "+0000"


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _csv(header: list[str], rows: list[Record]) -> str:
    lines = [header, *([row[column] for column in header] for row in rows)]
    return "".join(",".join(_quoted(cell) for cell in line) + "\n" for line in lines)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(char in cell for char in ',"\n\r') else cell


def _write_parquet(path: Path, header: list[str], rows: list[Record]) -> None:
    columns = ", ".join(f'"{column}" varchar' for column in header)
    with duckdb.connect() as connection:
        connection.execute(f"create table records ({columns})")
        if rows:
            marks = ", ".join("?" * len(header))
            cells = [[row[column] or None for column in header] for row in rows]
            connection.executemany(f"insert into records values ({marks})", cells)
        connection.execute(f"copy records to '{path}' (format parquet)")
