"""The generated company as a Marketo account beside its Salesforce: leads that the sync made, campaigns as programs.

Marketo tells of forms, clicks and responses that the tracker and the CRM tell of, too; nobody and nothing may count
twice. What Marketo has no word for (deals, calls, visits of people whom it doesn't know) is left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from seeds.generator import campaigns, clock
from seeds.generator.dialects.marketo import Marketo
from seeds.generator.mails import CLICKED
from seeds.generator.world import World

# A form reaches the tool some seconds after the tracker, since the page waits for its answer.
FORM_DELAY = 7


def build_account(world: World, tracks: pa.Table) -> Marketo:
    """The account, with one lead per lead of the CRM that has an address and wasn't merged away."""
    account = Marketo()
    numbers: dict[str, str] = {}
    lead_of: dict[str, str] = {}
    for number, lead in enumerate((lead for lead in world.leads if lead.email and not lead.deleted), start=1):
        # A site tells who somebody is by address or by the CRM's id, long or short.
        numbers[lead.id] = lead_of[lead.email] = lead_of[lead.id] = lead_of[lead.id[:15]] = str(number)
        account.lead(
            str(number),
            created=_moment(lead.created),
            email=lead.email,
            source="Salesforce sync",
            salesforce_lead=lead.id,
            salesforce_contact=lead.contact.id if lead.contact else None,
            salesforce_type="Contact" if lead.contact else "Lead",
        )
    programs: dict[str, str] = {}
    for number, campaign in enumerate(world.campaigns, start=1):
        programs[campaign.id] = account.program(str(number), channel=campaign.type, salesforce=campaign.id)
    for _, campaign, lead, _, status, responded, _, _ in world.members:
        if lead.id in numbers and responded is not None and status in campaigns.RESPONDED:
            # The response that made the lead comes before it; the CRM enters it as a member minutes later.
            at = min(responded, lead.created - 1) if lead.campaign is campaign else responded
            account.status(programs[campaign.id], numbers[lead.id], status, at=_moment(at), success=True)
    for row in tracks.to_pylist():
        known = lead_of.get(row["user_id"])
        if known is None:
            continue
        at = _seconds(row["timestamp"])
        if row["event"] == "form_submitted":
            account.form(known, at=_moment(at + FORM_DELAY), url=row["context_page_url"])
        elif row["event_text"] == CLICKED:
            account.click(known, at=_moment(at), url=row["context_page_url"])
    return account


def _seconds(moment: Any) -> int:
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return int(known.timestamp()) if known.tzinfo else int((known - datetime(1970, 1, 1)).total_seconds())


def _moment(seconds: int) -> str:
    stamp = clock.stamp(seconds)
    assert stamp is not None
    return stamp[:19].replace("T", " ")
