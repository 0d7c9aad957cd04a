"""CRM campaigns and their members: who was merely sent something and who responded.

Advertising networks' own campaigns are in `ads`.
"""

from __future__ import annotations

from seeds.generator import cases, clock
from seeds.generator.clock import DAY, HOUR
from seeds.generator.world import Campaign, Lead, World

# Statuses of members that count as a response; the others were only sent.
RESPONDED = ("Registered", "Attended", "Responded")


def build_campaigns(world: World) -> None:
    """A webinar a quarter, a trade show twice a year, mails, partner events, and one per paid campaign."""
    rng = world.rng("campaigns")
    plan = world.plan
    marketers = world.by_department["Marketing"]

    def add(name: str, kind: str, start: int, days: int, budget: int, parent: Campaign | None = None) -> Campaign:
        cost = int(budget * rng.uniform(0.8, 1.15)) // 100 * 100
        finish = start + days * DAY
        campaign = Campaign(
            world.new_id("Campaign"), name, kind, start, finish, budget, cost, rng.choice(marketers), parent
        )
        world.campaigns.append(campaign)
        return campaign

    for number, month in enumerate(clock.month_names(plan.first_month, plan.months)):
        begin = clock.month_start(month)
        if number % 3 == 1:
            add(f"Webinar {month}", "Webinar", begin + 10 * DAY, 12, 600_000)
        if number % 6 == 4:
            add(f"Trade show {month}", "Trade Show", begin + 7 * DAY, 4, 4_500_000)
        if number % 3 == 0:
            add(f"Nurture mail {month}", "Email", begin + 4 * DAY, 20, 90_000)
        if number % 8 == 5:
            add(f"Partner day {month}", "Partner", begin + 12 * DAY, 3, 800_000)
    for paid in world.paid_campaigns:
        first, last = clock.month_start(plan.first_month, paid.first), clock.month_start(plan.first_month, paid.last)
        kind = "Paid Search" if paid.network == "google_ads" else "Paid Social"
        add(paid.name, kind, first, max(1, (last - first) // DAY), 3_000_000)
    if plan.has("brand") and plan.months >= cases.BRAND_MONTHS:
        add(cases.BRAND_CAMPAIGN, "Brand", world.start + 31 * DAY, 90, 12_000_000)


def attach_leads(world: World) -> None:
    """Leads from shows and webinars remember their campaign, and so do the deals they become."""
    for lead in world.leads:
        kind = {"Trade Show": "Trade Show", "Webinar": "Webinar"}.get(lead.first_source or "")
        near = [c for c in world.campaigns if c.type == kind and c.start - 40 * DAY <= lead.created <= c.end + 60 * DAY]
        if near:
            lead.campaign = near[0]
            if lead.deal and not lead.deal.campaign:
                lead.deal.campaign = near[0]


def build_members(world: World) -> None:
    """Members: (id, campaign, lead, contact, status, responded at, creator, created at)."""
    rng = world.rng("members")
    mails = [campaign for campaign in world.campaigns if campaign.type == "Email"]
    for lead in world.leads:
        if lead.deleted:
            continue
        if lead.campaign:
            created = lead.created + rng.randint(1, 30) * 60
            responded = min(created, world.end)
            status = "Attended" if rng.random() < 0.6 else "Registered"
            _member(world, lead.campaign, lead, status, responded, min(created, world.end))
        later = [mail for mail in mails if mail.start > lead.created]
        for mail in rng.sample(later, min(len(later), rng.choice((0, 1, 1, 2, 3)))):
            responded = None
            if rng.random() < 0.12:
                responded = mail.start + int(rng.uniform(0.1, 15) * DAY)
                responded = responded if responded < world.end else None
            sent = mail.start + rng.randint(1, 6) * HOUR
            if sent < world.end:
                _member(
                    world, mail, lead, "Responded" if responded else "Sent", responded and max(responded, sent), sent
                )


def _member(world: World, campaign: Campaign, lead: Lead, status: str, responded: int | None, created: int) -> None:
    """One membership; after conversion the contact is filled in as well, and the lead stays."""
    contact = lead.contact
    world.members.append(
        (world.new_id("CampaignMember"), campaign, lead, contact, status, responded, campaign.owner, created)
    )
