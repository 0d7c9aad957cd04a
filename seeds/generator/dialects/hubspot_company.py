"""The generated company as a HubSpot account: a contact per address, deals with associations, properties with history.

What HubSpot has no word for is left out (campaign members, the moment of a contact role); which of the pipeline's
answers suffer from that is the pipeline's to say.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa

from seeds.generator import crm, currencies
from seeds.generator.clock import DAY, day
from seeds.generator.dialects.hubspot import CONTACT_OF_DEAL, HubSpot
from seeds.generator.tables import money
from seeds.generator.world import Contact, Deal, Lead, User, World

# The company's own values of hs_lead_status and dealtype, beside HubSpot's; rows of `lifecycle_statuses` and
# `opportunity_types` say what they mean.
REJECTED = {
    name: f"REJECTED_{name.removeprefix('Rejected - ').upper().replace(' ', '_')}" for name, _ in crm.REJECTIONS
}
DEAL_TYPES = {
    "New Business": "newbusiness",
    "Expansion": "existingbusiness",
    "Upsell": "upsell",
    "Renewal": "renewal",
}
# Where HubSpot keeps a status: the stage of the lifecycle, or what sales says of the lead.
_LIFECYCLE = {
    crm.OPEN: "lead",
    crm.MQL: "marketingqualifiedlead",
    crm.SQL: "salesqualifiedlead",
    crm.CONVERTED: "opportunity",
}
_LEAD_STATUS = {crm.SAL: "IN_PROGRESS", crm.DISQUALIFIED: "UNQUALIFIED", crm.RECYCLED: "BAD_TIMING", **REJECTED}
# HubSpot's kinds of traffic; what people typed in by hand came from outside the web.
SOURCES = {
    "Organic Search": "ORGANIC_SEARCH",
    "Paid Search": "PAID_SEARCH",
    "Paid Social": "PAID_SOCIAL",
    "Content Download": "ORGANIC_SEARCH",
    "Webinar": "OTHER_CAMPAIGNS",
    "Email": "EMAIL_MARKETING",
    "Referral": "REFERRALS",
    "Website": "DIRECT_TRAFFIC",
}
STAGES = tuple(
    (name.lower().replace(" ", ""), name, str(Decimal(share) / 100), name.startswith("Closed"))
    for name, share in crm.PROBABILITY.items()
)
_STAGE_IDS = {name: stage for stage, name, _, _ in STAGES}
_KINDS = {"Call": "call", "Email": "email", "Task": "task"}


@dataclass
class Account:
    """The account, and under which number each record of the world stands in it, by the world's ids."""

    hubspot: HubSpot
    contacts: dict[str, str] = field(default_factory=dict)
    contacts_by_email: dict[str, str] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)


def build_account(world: World, tracks: pa.Table) -> Account:
    """Every record of the world; `tracks` are the forms that the site tells of, which HubSpot's own form tells, too."""
    account = Account(HubSpot(stages=STAGES))
    _users(world, account)
    _companies(world, account)
    _contacts(world, account)
    _campaigns(world, account)
    _deals(world, account)
    _engagements(world, account)
    _forms(account, tracks)
    return account


def _at(moment: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))


def _source(source: str | None) -> str | None:
    return None if source is None else SOURCES.get(source, "OFFLINE")


def _users(world: World, account: Account) -> None:
    """The form integration is no user: HubSpot's own forms and workflows do its work."""
    for number, user in enumerate(world.users):
        if user is world.form_sync:
            continue
        moved = user.moved_at is not None and not world.plan.moves_applied
        account.users[user.id] = account.hubspot.user(
            str(101 + number),
            team=(user.department_before if moved else user.department) or user.department,
            owner=str(9_001 + number),
            name=user.name,
            email=user.email,
            left=not user.active,
        )


def _owner(account: Account, user: User) -> str | None:
    number = account.users.get(user.id)
    return str(int(number) + 8_900) if number else None


def _companies(world: World, account: Account) -> None:
    ordered = sorted(world.accounts, key=lambda one: (one.created, one.id))
    numbers = {one.id: str(50_001 + number) for number, one in enumerate(ordered)}
    # A number stands for its survivor, which therefore comes after those that were merged into it.
    for one in sorted(ordered, key=lambda one: one.master is None):
        account.companies[one.id] = numbers[one.master.id if one.master else one.id]
    for one in ordered:
        if one.master:
            continue
        number = account.hubspot.company(
            numbers[one.id],
            created=_at(one.created),
            name=one.name,
            domain=one.firm.domain,
            website=one.firm.website,
            industry=one.firm.industry,
            numberofemployees=str(one.firm.employees),
            country=one.firm.country,
            type=one.kind,
            hs_parent_company_id=numbers[one.parent.id] if one.parent else None,
            hubspot_owner_id=_owner(account, one.owner),
            hs_merged_object_ids=";".join(numbers[gone.id] for gone in ordered if gone.master is one) or None,
            **_creation(account, one.creator),
        )
        if one.deleted:
            account.hubspot.archive("company", number)


def _creation(account: Account, user: User, method: str = "") -> dict[str, str | None]:
    """How a record came to be: by a form, by a workflow, by an import, or by hand."""
    number = account.users.get(user.id)
    source = "FORM" if method == "form" else "WORKFLOWS" if number is None else "CRM_UI"
    if method == "import":
        source = "IMPORT"
    return {
        "hs_object_source": source,
        "hs_object_source_id": f"userId:{number}" if number else None,
        "hs_object_source_user_id": number,
        "hs_created_by_user_id": number,
    }


def _change(
    account: Account, record_type: str, record_id: str, name: str, value: str | None, at: int, user: User
) -> None:
    number = account.users.get(user.id)
    source = "CRM_UI" if number else "AUTOMATION_PLATFORM"
    account.hubspot.change(record_type, record_id, name, value, at=_at(at), source=source, user=number)


def _contacts(world: World, account: Account) -> None:
    """HubSpot knows people by their address: leads with one address, and the contact that they became, are one."""
    records: dict[str, list[Lead | Contact]] = {}
    people: list[Lead | Contact] = [*world.leads, *world.contacts]
    for record in sorted(people, key=lambda one: (one.created, one.id)):
        records.setdefault(record.email.lower(), []).append(record)
    numbers = {email: str(1_001 + number) for number, email in enumerate(records)}
    account.contacts_by_email = numbers
    for email, same in records.items():
        for record in same:
            account.contacts[record.id] = numbers[email]
    merged: dict[str, list[str]] = {}
    for email, same in records.items():
        for record in same:
            if isinstance(record, Lead) and record.master and record.master.email.lower() != email:
                merged.setdefault(record.master.email.lower(), []).append(numbers[email])
    gone = {number for losers in merged.values() for number in losers}
    for email, same in records.items():
        _contact(account, email, same, ";".join(merged.get(email, [])) or None)
        # A loader that had the contact before it was merged away keeps it as archived.
        if numbers[email] in gone:
            account.hubspot.archive("contact", numbers[email])


def _contact(account: Account, email: str, same: list[Lead | Contact], merged: str | None) -> None:
    number, first = account.contacts_by_email[email], same[0]
    leads = [record for record in same if isinstance(record, Lead)]
    contacts = [record for record in same if isinstance(record, Contact)]
    human, hubspot = first.human, account.hubspot
    lead = leads[0] if leads else None
    owner = next((one.owner for one in reversed(leads) if account.users.get(one.owner.id)), first.owner)
    hubspot.contact(
        number,
        created=_at(first.created),
        email=first.email,
        company=account.companies[contacts[0].account.id] if contacts else None,
        stage=None,
        firstname=human.first,
        lastname=human.last,
        jobtitle=human.title,
        website=human.firm.website if lead and lead.company == human.firm.name and not human.shared_mailbox else None,
        country=lead.country if lead else human.firm.country,
        hubspot_owner_id=_owner(account, owner),
        hs_analytics_source=_source(lead.source if lead else first.source),
        hs_merged_object_ids=merged,
        **_creation(account, first.creator, lead.method if lead is first and lead else ""),
    )
    # The text that the person gave for an employer is beside the company that the contact belongs to.
    hubspot.contacts[number]["company"] = (lead.company or None) if lead else None
    _lifecycle(account, number, leads)
    if leads and not contacts and all(one.deleted for one in leads):
        hubspot.archive("contact", number)


def _lifecycle(account: Account, number: str, leads: list[Lead]) -> None:
    """The stages and statuses that the leads went through, in two properties; recycled, a contact has no stage."""
    contact = account.hubspot.contacts[number]
    contact["hs_lead_status"] = None

    def put(name: str, value: str | None, at: int, user: User) -> None:
        if contact[name] != value:
            contact[name] = value
            _change(account, "contact", number, name, value, at, user)

    if leads:
        put("lifecyclestage", "lead", leads[0].created, leads[0].creator)
        source = _source(leads[0].first_source)
        _change(account, "contact", number, "hs_analytics_source", source, leads[0].created, leads[0].creator)
    for moment, name, _, new, user in sorted((row for lead in leads for row in lead.history), key=lambda row: row[0]):
        if name == "Owner" and new in account.users:
            owner = str(int(account.users[new]) + 8_900)
            _change(account, "contact", number, "hubspot_owner_id", owner, moment, user)
        elif name == "LeadSource":
            _change(account, "contact", number, "hs_analytics_source", _source(new), moment, user)
        elif name == "Status" and new in _LIFECYCLE:
            if new == crm.MQL:
                put("hs_lead_status", None, moment, user)
            put("lifecyclestage", _LIFECYCLE[new], moment, user)
        elif name == "Status" and new is not None:
            put("hs_lead_status", _LEAD_STATUS[new], moment, user)
            # Back to an earlier stage leads only by way of none.
            if new == crm.RECYCLED:
                put("lifecyclestage", None, moment, user)


def _campaigns(world: World, account: Account) -> None:
    for one in world.campaigns:
        account.campaigns[one.id] = account.hubspot.campaign(
            str(uuid.uuid5(uuid.NAMESPACE_URL, one.id)),
            hs_name=one.name,
            hs_campaign_status="completed" if one.end <= world.end else "in_progress",
            hs_start_date=day(one.start),
            hs_end_date=day(one.end),
            hs_budget_items_sum_amount=money(one.budget),
            hs_spend_items_sum_amount=money(one.cost),
            hs_currency_code=currencies.CORPORATE,
            hs_createdate=_at(one.start - 20 * DAY),
            hubspot_owner_id=_owner(account, one.owner),
        )


def _deals(world: World, account: Account) -> None:
    """Deals with their contacts as associations, which have a label and no moment."""
    ordered = sorted(world.deals, key=lambda one: (one.created, one.id))
    for number, deal in enumerate(ordered):
        account.deals[deal.id] = str(70_001 + number)
        _deal(world, account, deal)


def _deal(world: World, account: Account, deal: Deal) -> None:
    hubspot, number = account.hubspot, account.deals[deal.id]
    rated = deal.closing if deal.closed else world.end
    home = None if deal.amount is None else str(currencies.in_dollars(world, deal.amount, deal.currency, rated))
    hubspot.deal(
        number,
        created=_at(deal.created),
        amount=money(deal.amount),
        stage=_STAGE_IDS[deal.stage],
        company=account.companies[deal.account.id],
        kind=None if deal.type is None else DEAL_TYPES[deal.type],
        dealname=deal.name,
        closedate=_at(deal.closing),
        deal_currency_code=deal.currency,
        hs_exchange_rate=f"{1 / currencies.dated_rate(world, deal.currency, rated):.9f}",
        amount_in_home_currency=home,
        hubspot_owner_id=_owner(account, deal.owner),
        hs_analytics_source=_source(deal.source),
        hs_campaign=account.campaigns[deal.campaign.id] if deal.campaign else None,
        **_creation(account, deal.creator),
    )
    for role in deal.roles:
        contact = account.contacts[role.contact.id]
        hubspot.associate("deal", number, "contact", contact, CONTACT_OF_DEAL)
        label = str(21 + crm.ROLES.index(role.role))
        hubspot.associate("deal", number, "contact", contact, label, role.role)
    before: dict[str, str | None] = {}
    for moment, stage, amount, closing, user in deal.history:
        values = {"dealstage": _STAGE_IDS[stage], "amount": money(amount), "closedate": _at(closing)}
        for name, value in values.items():
            if name not in before or before[name] != value:
                _change(account, "deal", number, name, value, moment, user)
        before = values
    for moment, name, old, new, user in deal.changes:
        if name == "LeadSource":
            _change(account, "deal", number, "hs_analytics_source", _source(old), deal.created, deal.creator)
            _change(account, "deal", number, "hs_analytics_source", _source(new), moment, user)
    if deal.deleted:
        hubspot.archive("deal", number)


def _engagements(world: World, account: Account) -> None:
    """Calls, e-mails and to-dos of tasks, meetings of events."""
    number = 300_001
    for _, who, deal, user, kind, moment in sorted(world.tasks, key=lambda row: (row[5], row[0])):
        company = who.account if isinstance(who, Lead) and who.account and not deal else None
        details = {
            "call": {"hs_call_title": "Call", "hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED"},
            "email": {"hs_email_subject": "Follow up", "hs_email_direction": "EMAIL", "hs_email_status": "SENT"},
            "task": {"hs_task_subject": "Follow up", "hs_task_status": "COMPLETED"},
        }[_KINDS[kind]]
        account.hubspot.engagement(
            str(number),
            _KINDS[kind],
            at=_at(moment),
            owner=_owner(account, user) or "",
            contacts=[account.contacts[who.id]] if who else [],
            deal=account.deals[deal.id] if deal else None,
            company=account.companies[company.id] if company else None,
            hs_created_by_user_id=account.users.get(user.id),
            hs_object_source="CRM_UI",
            **details,
        )
        number += 1
    for _, contact, deal, user, moment in sorted(world.events, key=lambda row: (row[4], row[0])):
        account.hubspot.engagement(
            str(number),
            "meeting",
            at=_at(moment),
            owner=_owner(account, user) or "",
            contacts=[account.contacts[contact.id]] if contact else [],
            deal=account.deals[deal.id],
            hs_meeting_title="Meeting",
            hs_meeting_outcome="COMPLETED",
            hs_created_by_user_id=account.users.get(user.id),
            hs_object_source="CRM_UI",
        )
        number += 1


def _forms(account: Account, tracks: pa.Table) -> None:
    """Forms of people whom the account knows; the site's tracker tells of the same ones."""
    for row in tracks.to_pylist():
        user = (row["user_id"] or "").lower()
        contact = account.contacts_by_email.get(user)
        if row["event"] == "form_submitted" and contact:
            account.hubspot.form(contact, at=row["timestamp"][:19], url=row["context_page_url"])
