"""What happened in the CRM: deals and how they came about, lead lifecycles, conversion, stages, roles, activities.

Written the way Salesforce would: a conversion creates contact, account and deal at one moment by one user.
Planted peculiarities are in `cases`, apart from those that sit inside a conversion (sources edited on the way).
"""

from __future__ import annotations

import math
from random import Random

from seeds.generator import clock, people
from seeds.generator.clock import DAY, HOUR, MINUTE
from seeds.generator.world import Account, Contact, Deal, Firm, Human, Lead, Role, User, World

OPEN, MQL, SAL, SQL = "Open - Not Contacted", "Marketing Qualified", "Working - Contacted", "Sales Qualified"
CONVERTED, DISQUALIFIED, RECYCLED = "Closed - Converted", "Disqualified", "Recycled"
# Weights of the reasons for which sales refuses an MQL before working it.
REJECTIONS = (
    ("Rejected - Not ICP", 40),
    ("Rejected - Bad Timing", 25),
    ("Rejected - Bad Data", 20),
    ("Rejected - No Process", 15),
)
STAGES = (("Prospecting", 10), ("Qualification", 20), ("Needs Analysis", 40), ("Proposal", 60), ("Negotiation", 80))
PROBABILITY = {**dict(STAGES), "Closed Won": 100, "Closed Lost": 0}
FORECAST = {
    "Prospecting": "Pipeline",
    "Qualification": "Pipeline",
    "Needs Analysis": "Pipeline",
    "Proposal": "BestCase",
    "Negotiation": "Forecast",
    "Closed Won": "Closed",
    "Closed Lost": "Omitted",
}
ROLES = ("Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Executive Sponsor")

# How a deal begins, as shares of all deals; the rest are renewals, expansions and upsells.
CONVERSION_SHARE, CONTACT_ROLE_SHARE, ACCOUNT_SHARE, CREATED_BY_SHARE = 0.56, 0.155, 0.07, 0.045
WIN_RATE = 0.36


# --- deals -----------------------------------------------------------------------------------------------------------


def build_deals(world: World) -> None:
    """New-business deals one after the other per company, then what follows from the won ones."""
    rng = world.rng("deals")
    plan = world.plan
    existing = len(world.deals)
    kinds = [("converted_lead", CONVERSION_SHARE), ("contact_role", CONTACT_ROLE_SHARE), ("account", ACCOUNT_SHARE)]
    if plan.has("orphan_deals"):
        kinds.append(("created_by", CREATED_BY_SHARE))
    total = sum(share for _, share in kinds)
    target = max(1, round(plan.opportunities * 0.83) - existing)
    queue = [kind for kind, share in kinds for _ in range(max(1, round(target * share / total)))]
    rng.shuffle(queue)
    free = [firm for firm in world.account_firms if not firm.reserved]
    dealless = free[: max(1, round(len(free) * 0.94))]
    reused: list[Firm] = []
    first_day, last_day = world.start + 12 * DAY, world.end - 2 * DAY
    for kind in queue:
        firm, created = None, 0
        # A second deal begins after the first one closed: so nobody can dispute which was won first.
        wants_new = kind == "created_by" or rng.random() < 0.66
        if not (wants_new and dealless):
            for _ in range(8):
                if not reused or kind == "created_by":
                    break
                candidate = rng.choice(reused)
                last = candidate.deals[-1]
                moment = (last.closed_at or world.end) + int(rng.expovariate(1 / 110)) * DAY + 5 * DAY
                if last.closed and moment < last_day:
                    firm, created = candidate, moment
                    break
        if firm is None and dealless:
            firm = dealless.pop(0)
            created = first_day + int((last_day - first_day) * rng.random() ** 0.85)
            reused.append(firm)
        if firm is not None:
            _begin_deal(world, rng, firm, kind, clock.at_work(rng, created))
    _follow_ups(world, rng, plan.opportunities - len(world.deals))


def _begin_deal(world: World, rng: Random, firm: Firm, kind: str, moment: int) -> Deal:
    """One new-business deal of this kind, with the people and records that the kind needs."""
    moment = max(moment, world.start + 6 * DAY)
    if kind == "converted_lead":
        return _deal_by_conversion(world, rng, firm, moment)
    if kind == "created_by":
        firm.quiet_until = moment
        account = _account(world, rng, firm, moment)
        return new_deal(world, rng, account, "created_by", "New Business", moment, firm.seller)
    account = _account(world, rng, firm, moment)
    known = [contact for contact in world_contacts(firm) if contact.created < moment]
    if kind == "contact_role":
        while len(known) < rng.randint(1, 2):
            known.append(_contact_by_hand(world, rng, firm, account, moment))
        deal = new_deal(world, rng, account, "contact_role", "New Business", moment, firm.seller)
        late = world.plan.has("late_contact_roles")
        for number, contact in enumerate(rng.sample(known, min(len(known), 3))):
            delay = rng.choice((2 * MINUTE, 2 * MINUTE, 3 * DAY, 45 * DAY)) if late else 2 * MINUTE
            add_role(world, rng, deal, contact, min(moment + delay + number * 30, world.end - HOUR), number == 0)
        return deal
    # kind == "account": people are known, nobody is attached to the deal
    records: list[Lead | Contact] = [lead for human in firm.humans for lead in human.leads]
    records += [contact for human in firm.humans for contact in human.contacts]
    if not any(record.created < moment for record in records):
        human = people.new_human(world, rng, firm)
        longest = (moment - world.start - DAY) * (0.3 + 0.65 * rng.random())
        lag = min(int(rng.lognormvariate(math.log(60), 0.8) * DAY) + DAY, int(longest))
        people.new_lead(world, rng, human, moment - lag, people.pick_method(rng))
    return new_deal(world, rng, account, "account", "New Business", moment, firm.seller)


def world_contacts(firm: Firm) -> list[Contact]:
    """The contacts of a company's account, in order of creation."""
    return sorted((c for human in firm.humans for c in human.contacts), key=lambda c: (c.created, c.id))


def _account(world: World, rng: Random, firm: Firm, moment: int) -> Account:
    """The company's account; when there is none yet, a seller or partner manager made it some time before."""
    if firm.account is not None:
        return firm.account
    created = max(world.start + HOUR, moment - int(rng.uniform(1, 200) * DAY))
    creator = people.pick_user(world, rng, "Partner", created) if rng.random() < 0.12 else firm.seller
    return people.new_account(world, firm, created, creator, firm.seller)


def _contact_by_hand(world: World, rng: Random, firm: Firm, account: Account, before: int) -> Contact:
    """A contact that a seller, partner manager or customer success manager typed in."""
    earliest = max(account.created + MINUTE, world.start + HOUR)
    created = earliest + int((before - earliest) * rng.random() * 0.98)
    department = rng.choices(("Sales", "Partner", "Customer Success"), (6, 2, 2))[0]
    creator = firm.seller if department == "Sales" else people.pick_user(world, rng, department, created)
    source = {"Sales": "Sales Prospecting", "Partner": "Partner Referral", "Customer Success": "Existing Customer"}
    return people.new_contact(
        world, people.new_human(world, rng, firm), account, created, creator, firm.seller, source[department]
    )


def _deal_by_conversion(world: World, rng: Random, firm: Firm, moment: int) -> Deal:
    """A person becomes a lead, is worked and converted at `moment`."""
    human = people.new_human(world, rng, firm)
    longest = moment - world.start - DAY
    lag = min(int(rng.lognormvariate(math.log(38), 0.9) * DAY) + 2 * HOUR, int(longest * (0.3 + 0.65 * rng.random())))
    lead = people.new_lead(world, rng, human, moment - lag, people.pick_method(rng))
    if rng.random() < people.BLANK_SOURCE_SHARE:
        lead.first_source = lead.source = None
    work_until_conversion(world, rng, lead, moment)
    return convert(world, rng, lead, moment)


def convert(world: World, rng: Random, lead: Lead, moment: int, *, with_deal: bool = True) -> Deal | None:
    """Salesforce's conversion: account, contact, deal and its primary role appear at one moment, by one user."""
    firm = lead.human.firm
    user = lead.owner
    if world.plan.has("overwritten_sources") and lead.first_source is not None:
        _edit_source_before(rng, lead, moment, user)
    if firm.account is None:
        if rng.random() < 0.6:
            people.new_account(world, firm, moment, user, firm.seller)
        else:
            _account(world, rng, firm, moment)
    account = firm.account
    contact = people.new_contact(world, lead.human, account, moment, user, firm.seller, lead.source, from_lead=lead)
    lead.move(moment, CONVERTED, user)
    lead.change(moment, "leadConverted", None, None, user)
    lead.converted_at, lead.contact, lead.account = moment, contact, account
    if not with_deal:
        return None
    deal = new_deal(world, rng, account, "converted_lead", "New Business", moment, firm.seller, creator=user)
    deal.lead, lead.deal, deal.source = lead, deal, lead.source
    deal.campaign = lead.campaign
    if world.plan.has("overwritten_sources") and lead.source is not None and rng.random() < 0.18:
        edited = min(moment + int(rng.uniform(0.1, 12) * DAY), (deal.closed_at or world.end) - MINUTE)
        new = rng.choice(("Sales Prospecting", "SDR Outbound", None))
        if edited > moment and new != deal.source:
            deal.changes.append((edited, "LeadSource", deal.source, new, deal.owner))
            deal.source = new
    add_role(world, rng, deal, contact, moment, True)
    others = [c for c in world_contacts(firm) if c is not contact and c.created < moment]
    if others and rng.random() < 0.5:
        add_role(world, rng, deal, rng.choice(others), min(moment + int(rng.uniform(1, 20) * DAY), world.end), False)
    return deal


def _edit_source_before(rng: Random, lead: Lead, moment: int, user: User) -> None:
    """Some sellers type their own source, or none, over the lead's just before they convert it."""
    draw = rng.random()
    if draw >= 0.24:
        return
    new = None if draw < 0.09 else rng.choice(("SDR Outbound", "Sales Prospecting", "Cold Call"))
    if new != lead.source:
        lead.change(moment - rng.randint(1, 20) * MINUTE, "LeadSource", lead.source, new, user)
        lead.source = new


def new_deal(
    world: World,
    rng: Random,
    account: Account,
    kind: str,
    type_: str,
    moment: int,
    owner: User,
    *,
    creator: User | None = None,
    outcome: str | None = None,
    close_at: int | None = None,
) -> Deal:
    """A deal and its way through the stages up to its end or today."""
    firm = account.firm
    base = 9_000 * (firm.employees**0.28) * rng.lognormvariate(0, 0.6) * (0.55 if type_ != "New Business" else 1)
    cents = int(base) * 100 if rng.random() < 0.8 else int(base * 100)
    deal = Deal(
        world.new_id("Opportunity"),
        account,
        f"{firm.name} - {type_}",
        kind,
        type_,
        moment,
        creator or owner,
        owner,
        firm.currency,
        cents,
    )
    world.deals.append(deal)
    firm.deals.append(deal)
    if kind != "converted_lead":
        deal.source = rng.choices(("Sales Prospecting", None, "Website"), (5, 3, 2))[0]
    if close_at is None:
        close_at = moment + int(rng.lognormvariate(math.log(52), 0.65) * DAY) + 2 * DAY
    if outcome is None:
        outcome = "won" if rng.random() < (WIN_RATE if type_ == "New Business" else 0.78) else "lost"
    _run_stages(world, rng, deal, close_at, outcome)
    return deal


def _run_stages(world: World, rng: Random, deal: Deal, close_at: int, outcome: str) -> None:
    """History rows: the deal after each change. A deal that would close after today is open."""
    expected = deal.created + rng.randint(30, 90) * DAY
    # Early on nobody knows the price: the first amount is often a round guess.
    amount = deal.amount if rng.random() < 0.6 else deal.amount // 100_000 * 100_000 or deal.amount
    deal.history.append((deal.created, deal.stage, amount, expected, deal.creator))
    depth = len(STAGES) - 1 if outcome == "won" else rng.randint(1, len(STAGES) - 1)
    path = [name for name, _ in STAGES[1 : depth + 1]]
    if len(path) > 2 and rng.random() < 0.08:
        path.insert(3, path[1])  # a step back, then forward again: a stage entered twice
        path.insert(4, path[2])
    if rng.random() < 0.3 and len(path) > 1:
        path.pop(rng.randrange(len(path) - 1))  # stages may be skipped
    moments = sorted(deal.created + int((close_at - deal.created) * rng.random() * 0.95) + MINUTE for _ in path)
    for moment, stage in zip(moments, path, strict=True):
        if moment > world.end:
            break
        if stage in ("Proposal", "Negotiation"):
            amount = deal.amount
        if expected < moment:
            expected = moment + rng.randint(14, 45) * DAY
        deal.stage = stage
        deal.history.append((moment, stage, amount, expected, deal.owner))
    if close_at <= world.end:
        close(deal, close_at, outcome == "won", deal.owner)
        if rng.random() < 0.07:
            # The seller enters a CloseDate some days before the day on which the deal was closed in the CRM.
            back = max(deal.created, close_at - rng.randint(1, 5) * DAY)
            deal.closing = back
            deal.history[-1] = (*deal.history[-1][:3], back, deal.owner)
    else:
        deal.closing = expected if expected > world.end or rng.random() < 0.3 else world.end + rng.randint(5, 90) * DAY
        deal.amount = amount
        deal.history[-1] = (*deal.history[-1][:3], deal.closing, deal.history[-1][4])


def close(deal: Deal, moment: int, won: bool, user: User) -> None:
    """Closed won or lost, on the day it says."""
    deal.stage = "Closed Won" if won else "Closed Lost"
    deal.won, deal.closed_at, deal.closing = won, moment, moment
    deal.history.append((moment, deal.stage, deal.amount, moment, user))
    if won and deal.account.kind != "Customer":
        deal.account.kind = "Customer"


def add_role(world: World, rng: Random, deal: Deal, contact: Contact, moment: int, primary: bool) -> None:
    """A contact role, once per contact."""
    if any(role.contact is contact for role in deal.roles):
        return
    moment = max(moment, deal.created, contact.created)
    deal.roles.append(
        Role(world.new_id("OpportunityContactRole"), contact, rng.choice(ROLES), primary, moment, deal.owner)
    )


def _follow_ups(world: World, rng: Random, target: int) -> None:
    """Renewals a year on, expansions and upsells in between, run by customer success with other contacts."""
    wins = sorted((deal for deal in world.deals if deal.won), key=lambda deal: (deal.closed_at, deal.id))
    latest = {deal.account.id: deal.closed_at for deal in wins}
    made = 0
    for _ in range(4):
        for win in wins:
            if made >= target:
                return
            account = win.account
            kind = rng.choices(("Renewal", "Expansion", "Upsell"), (5, 3, 2))[0]
            gap = rng.randint(270, 330) if kind == "Renewal" else rng.randint(60, 240)
            moment = clock.at_work(rng, latest[account.id] + gap * DAY)
            if moment > world.end - 3 * DAY:
                continue
            owner = people.pick_user(world, rng, "Customer Success", moment)
            deal = new_deal(world, rng, account, "inherited", kind, moment, owner)
            contact = _contact_by_hand(world, rng, account.firm, account, moment)
            if rng.random() < 0.85:
                add_role(world, rng, deal, contact, moment, True)
            deal.source = rng.choices(("Existing Customer", None, "first"), (4, 3, 3))[0]
            if deal.source == "first":
                deal.source = win.lead.first_source if win.lead else win.source
            if kind == "Renewal" and deal.outcome == "lost":
                account.kind = "Former Customer"
            latest[account.id] = max(latest[account.id], deal.closed_at or world.end)
            made += 1


# --- leads -----------------------------------------------------------------------------------------------------------


def work_until_conversion(world: World, rng: Random, lead: Lead, until: int) -> None:
    """From creation to the moment before conversion; sometimes by way of a rejection and a second try."""
    start, span = lead.created, until - lead.created
    developer = lead.human.firm.developer
    if lead.method in ("sdr", "ae"):
        at = start + int(span * 0.02 * rng.random()) + MINUTE
        lead.move(at, SAL, lead.creator)
        lead.tasks.append((at, lead.creator, "Call"))
        lead.move(start + int(span * rng.uniform(0.3, 0.9)) + 2 * MINUTE, SQL, lead.creator)
        return
    if span > 80 * DAY and rng.random() < 0.3:
        # Refused, recycled, and back: the money that a rejection nearly lost.
        mql = start + int(span * rng.uniform(0.01, 0.1))
        refused = mql + int(rng.uniform(0.5, 6) * DAY)
        recycled = refused + int(rng.uniform(1, 9) * DAY)
        lead.move(mql, MQL, world.form_sync)
        lead.hand_over(mql + MINUTE, developer, world.form_sync)
        lead.move(refused, rng.choices([n for n, _ in REJECTIONS], [w for _, w in REJECTIONS])[0], developer)
        lead.move(recycled, RECYCLED, developer)
        start = recycled
        span = until - start
    mql = start + min(int(span * rng.uniform(0.02, 0.4)), int(rng.expovariate(1 / 4) * DAY)) + 2 * MINUTE
    work = mql + min(int((until - mql) * 0.4), int(rng.lognormvariate(math.log(9), 1.0) * HOUR)) + 3 * MINUTE
    sql = work + int((until - work) * rng.uniform(0.15, 0.9))
    lead.move(mql, MQL, world.form_sync)
    lead.hand_over(mql + MINUTE, developer, world.form_sync)
    if rng.random() < 0.92:  # stages may be skipped
        lead.move(work, SAL, lead.owner)
    lead.tasks.append((work, lead.owner, "Call"))
    lead.move(sql, SQL, lead.owner)


def build_lifecycles(world: World) -> None:
    """What became of the leads that were never converted."""
    rng = world.rng("lifecycles")
    for lead in world.leads:
        if lead.converted_at is None and not lead.deleted:
            live_unconverted(world, rng, lead)


def live_unconverted(world: World, rng: Random, lead: Lead) -> None:
    """One lead's way through the statuses, cut off at today."""
    developer = lead.human.firm.developer
    steps: list[tuple[int, str, User]] = []
    calls: list[tuple[int, User, str]] = []
    now = lead.created
    if lead.method in ("sdr", "ae"):
        now += rng.randint(1, 5) * MINUTE
        steps.append((now, SAL, lead.creator))
        calls.append((now, lead.creator, "Call"))
        _after_work(rng, steps, calls, now, lead.creator)
    else:
        tries = 2 if rng.random() < 0.12 else 1
        for attempt in range(tries):
            if rng.random() > 0.55 + 0.4 * attempt:
                break
            now += int(rng.expovariate(1 / 6) * DAY) + 5 * MINUTE
            steps.append((now, MQL, world.form_sync))
            draw = rng.random()
            if draw < 0.22:
                break  # nobody ever answers
            now += int(rng.lognormvariate(math.log(10), 1.1) * HOUR) + 2 * MINUTE
            if draw < 0.42:
                reason = rng.choices([name for name, _ in REJECTIONS], [weight for _, weight in REJECTIONS])[0]
                steps.append((now, reason, developer))
                if attempt + 1 < tries:
                    now += int(rng.uniform(3, 60) * DAY)
                    steps.append((now, RECYCLED, developer))
                continue
            steps.append((now, SAL, developer))
            calls.append((now - rng.randint(1, 90) * 1, developer, "Call"))
            now = _after_work(rng, steps, calls, now, developer)
            if attempt + 1 < tries:
                now += int(rng.uniform(10, 90) * DAY)
                steps.append((now, RECYCLED, developer))
    for moment, status, user in steps:
        if moment > world.end:
            break
        if status == lead.status:
            continue
        lead.move(moment, status, user)
        if status == MQL:
            lead.hand_over(moment + MINUTE if moment + MINUTE < world.end else moment, developer, world.form_sync)
    lead.tasks += [call for call in calls if call[0] <= world.end]


def _after_work(rng: Random, steps: list, calls: list, now: int, user: User) -> int:
    """Worked: some qualify, most don't."""
    for _ in range(rng.randint(0, 3)):
        calls.append((now + int(rng.uniform(0.1, 12) * DAY), user, rng.choice(("Call", "Email", "Call"))))
    now += int(rng.uniform(1, 18) * DAY)
    draw = rng.random()
    if draw < 0.2:
        steps.append((now, SQL, user))
        calls.append((now + int(rng.uniform(0.2, 3) * DAY), user, "Call"))
        now += int(rng.uniform(5, 40) * DAY)
        if rng.random() < 0.5:
            steps.append((now, DISQUALIFIED, user))
    elif draw < 0.55:
        steps.append((now, DISQUALIFIED, user))
    elif draw < 0.75:
        steps.append((now, RECYCLED, user))
    return now


def fill_leads(world: World) -> None:
    """The remaining leads, month by month up to the plan's number: at known accounts, elsewhere, by private mail."""
    rng = world.rng("fill")
    plan = world.plan
    quotas = month_gaps(world)
    open_firms = [firm for firm in world.account_firms if not firm.reserved]
    other_firms = world.firms[plan.accounts :]
    known: list[Lead] = [lead for lead in world.leads if not lead.planted and not lead.human.brand]
    for number, quota in enumerate(quotas):
        begin, finish = clock.month_start(plan.first_month, number), clock.month_start(plan.first_month, number + 1)
        for _ in range(quota):
            moment = begin + HOUR + int(rng.random() * (finish - begin - 3 * HOUR))
            method = people.pick_method(rng)
            if method != "form":
                moment = max(begin + HOUR, clock.at_work(rng, moment))
            if _again(world, rng, known, moment, method):
                continue
            firm = rng.choice(open_firms) if open_firms and rng.random() < 0.42 else rng.choice(other_firms)
            if moment <= firm.quiet_until + DAY:
                firm = rng.choice(other_firms)
            free_mail = plan.has("free_mail") and method in ("form", "import") and rng.random() < 0.09
            human = people.new_human(world, rng, firm, free_mail=free_mail)
            company = None
            if free_mail and rng.random() < 0.6:
                human.names_employer, company = False, rng.choice(("", "Self-employed", "n/a"))
            lead = people.new_lead(world, rng, human, moment, method, company=company)
            known.append(lead)
            if rng.random() < people.BLANK_SOURCE_SHARE:
                lead.first_source = lead.source = None


def _again(world: World, rng: Random, known: list[Lead], moment: int, method: str) -> bool:
    """Now and then the lead is of someone known already: the same address, or another one that is merged later."""
    draw = rng.random()
    if draw >= 0.055 or not known:
        return False
    first = rng.choice(known)
    if first.created > moment - 3 * DAY:
        return False
    if draw < 0.04 and world.plan.has("duplicate_leads"):
        email = first.email if draw < 0.02 else first.email.title()
        people.new_lead(
            world, rng, first.human, moment, method, email=email, company=first.company
        ).planted = "duplicate"
        return True
    if draw >= 0.04 and world.plan.has("merged_records") and first.human.names_employer:
        people.new_merged_lead(world, rng, first, moment, method, moment + 2 * DAY)
        return True
    return False


def month_gaps(world: World) -> list[int]:
    """How many leads each month still lacks."""
    plan = world.plan
    quotas = people.month_quotas(world, plan.leads)
    months = {name: number for number, name in enumerate(clock.month_names(plan.first_month, plan.months))}
    for lead in world.leads:
        quotas[months[clock.month_of(lead.created)]] -= 1
    return [max(0, quota) for quota in quotas]


def fill_accounts(world: World) -> None:
    """Named accounts that no deal has come from yet, and some people converted without a deal."""
    rng = world.rng("accounts")
    for firm in world.account_firms:
        if firm.account is None:
            creator = people.pick_user(world, rng, "Partner", world.start) if rng.random() < 0.1 else firm.seller
            created = max(firm.quiet_until, world.start) + int(rng.random() * 0.9 * (world.end - world.start)) % (
                world.end - max(firm.quiet_until, world.start)
            )
            people.new_account(world, firm, clock.at_work(rng, created), creator, firm.seller)
    for lead in world.leads:
        firm = lead.human.firm
        if lead.status == SQL and firm.account and not firm.reserved and not lead.planted and rng.random() < 0.3:
            moment = lead.modified + int(rng.uniform(0.5, 20) * DAY)
            if moment < world.end and moment > firm.account.created and lead.human.names_employer:
                convert(world, rng, lead, moment, with_deal=False)


# --- activities ------------------------------------------------------------------------------------------------------


def build_activities(world: World) -> None:
    """Calls and e-mails on leads; calls and meetings on deals."""
    rng = world.rng("activities")
    for lead in world.leads:
        for moment, user, kind in lead.tasks:
            world.tasks.append((world.new_id("Task"), lead, None, user, kind, moment))
    for deal in world.deals:
        last = min(deal.closed_at or world.end, world.end)
        whos = [role.contact for role in deal.roles]
        for _ in range(rng.randint(1, 5)):
            moment = deal.created + int((last - deal.created) * rng.random())
            who: Lead | Contact | None = rng.choice(whos) if whos and rng.random() < 0.85 else None
            if who is not None and who.created > moment:
                who = None
            if isinstance(who, Contact) and who.from_lead is not None and rng.random() < 0.25:
                who = who.from_lead  # written before the conversion, or by a tool that kept the old id
            kind = rng.choices(("Call", "Email", "Task"), (5, 4, 1))[0]
            world.tasks.append((world.new_id("Task"), who, deal, deal.owner, kind, clock.at_work(rng, moment)))
        for _ in range(rng.randint(0, 3) + (1 if deal.won else 0)):
            moment = clock.at_work(rng, deal.created + int((last - deal.created) * rng.random()))
            contact = rng.choice(whos) if whos else None
            if moment < deal.created or (contact is not None and contact.created > moment):
                continue
            world.events.append((world.new_id("Event"), contact, deal, deal.owner, moment))


def human_of(who: Lead | Contact | None) -> Human | None:
    """The human behind a WhoId."""
    return who.human if who else None
