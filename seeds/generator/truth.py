"""The truth folder: what was planted, and what the definitions decide about it, told from the simulated world.

Nothing here reads the exports (but for their row counts and cost sums): an expected value comes from who really did
what. `TRUTH.md` says what each column means and is delivered beside the files; keep it in step.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import numpy as np

from seeds.generator import clock, currencies, planning
from seeds.generator.clock import day, stamp
from seeds.generator.content import BEST, UNUSED, WORST
from seeds.generator.tables import money, visits_per_month
from seeds.generator.web import BOUGHT_SOURCE, Web
from seeds.generator.world import Contact, Deal, Human, Lead, User, World

Truth = dict[str, tuple[tuple[str, ...], list[tuple]]]
# Every Nth browser's sessions are told, and all of the special ones.
_SESSION_SAMPLE = 8


def build_truth(world: World, web: Web, tables: dict) -> Truth:
    """Each file's columns and rows."""
    return {
        "opportunities": _opportunities(world),
        "persons": _persons(world, web),
        "refused_keys": _refused_keys(world, web),
        "sessions": _sessions(world, web),
        "session_splits": _splits(world, web),
        "bought_traffic": _bought(world, web),
        "padded_sqls": _padded(world),
        "brand": _brand(world, web),
        "content": _content(),
        "internal_cookies": _internal(world, web),
        "moved_users": _moved(world),
        "monthly_won": _monthly_won(world),
        "portfolio_pairs": _pairs(world),
        "spend": _spend(world, tables),
        "invoices": _invoices(world),
        "counts": _counts(tables),
    }


# --- originators -----------------------------------------------------------------------------------------------------


def person_key(human: Human) -> str:
    """The first address that joins, else the first lead."""
    return human.emails[0] if human.emails else f"lead:{human.first_record().id}"


def team_now(user: User, world: World) -> str:
    """The user's team as the exported user table says it."""
    return user.team() if world.plan.moves_applied else user.team(world.start)


def first_won(deal: Deal) -> Deal | None:
    """The account's first won deal that was closed before this one was created."""
    wins = [
        one
        for one in deal.account.firm.deals
        if one.won and not one.deleted and one is not deal and one.account is deal.account
    ]
    earlier = [one for one in wins if one.closed_at < deal.created]
    return min(earlier, key=lambda one: (one.closed_at, one.id)) if earlier else None


def people_of(deal: Deal) -> list[Human]:
    """Everyone whom the definitions place at the deal's account."""
    return [
        human
        for human in deal.account.firm.humans
        if (human.leads or human.contacts) and human.account() is deal.account
    ]


def originator(deal: Deal) -> tuple[Human | None, str]:
    """The originating human and how the link is found; no human means that the deal's creator originated it."""
    if deal.type in ("Renewal", "Expansion", "Upsell"):
        origin = first_won(deal)
        if origin is not None:
            return originator(origin)[0], "inherited"
    if deal.lead is not None:
        return deal.lead.human, "converted_lead"
    if deal.roles:
        return _earliest([role.contact.human for role in deal.roles]), "contact_role"
    before = [human for human in people_of(deal) if human.first_record().created < deal.created]
    if before:
        return _earliest(before), "account"
    return None, "created_by"


def _earliest(humans: list[Human]) -> Human:
    return min(humans, key=lambda human: (human.first_record().created, human.first_record().id))


def _source(record: Lead | Contact) -> str | None:
    return record.first_source if isinstance(record, Lead) else record.source


def _origin_creator(deal: Deal) -> User:
    """The creator of the deal itself, or of the first won deal that it inherits from."""
    if deal.type in ("Renewal", "Expansion", "Upsell") and first_won(deal) is not None:
        return _origin_creator(first_won(deal))
    return deal.creator


def _opportunities(world: World) -> tuple:
    columns = (
        "opportunity_id originator_team originator_team_at_creation originator_user_id originator_source person_key "
        "matched_by crm_lead_source origin_status amount_usd outcome case"
    )
    rows = []
    for deal in world.deals:
        if deal.deleted:
            continue
        human, way = originator(deal)
        if human is not None:
            record = human.first_record()
            user, at, source, key = record.creator, record.created, _source(record), person_key(human)
            status = _status(source, deal.source)
        else:
            user, at, source, key, status = _origin_creator(deal), deal.created, None, "", "no_lead"
        closing = deal.closing if deal.closed else world.end
        dollars = currencies.in_dollars(world, deal.amount or 0, deal.currency, closing)
        rows.append(
            (
                deal.id,
                team_now(user, world),
                user.team(at),
                user.id,
                source or "",
                key,
                way,
                deal.source or "",
                status,
                dollars,
                deal.outcome,
                deal.planted,
            )
        )
    return tuple(columns.split()), rows


def _status(source: str | None, said: str | None) -> str:
    """What became of the origin in the CRM's own field."""
    if not said:
        return "lost"
    # A blank source is no statement that could be contradicted.
    if not (source or "").strip():
        return "preserved"
    return "preserved" if source.strip().lower() == said.strip().lower() else "overwritten"


# --- people ----------------------------------------------------------------------------------------------------------


def _persons(world: World, web: Web) -> tuple:
    rows = []
    for human in world.humans:
        if not human.leads and not human.contacts:
            continue
        record = human.first_record()
        account = human.account()
        rows.append(
            (
                person_key(human),
                " ".join(lead.id for lead in human.leads),
                " ".join(contact.id for contact in human.contacts),
                " ".join(human.emails),
                " ".join(web.cookie_ids[cookie].decode() for cookie in human.cookies),
                "" if human.shared_mailbox or account is None else account.id,
                "shared_mailbox" if human.shared_mailbox else "",
                stamp(record.created),
                record.creator.id,
                team_now(record.creator, world),
                _source(record) or "",
            )
        )
    columns = (
        "person_key lead_ids contact_ids emails cookies account_id undecided created_at originator_user_id "
        "originator_team originator_source"
    )
    return tuple(columns.split()), rows


def _refused_keys(world: World, web: Web) -> tuple:
    rows: list[tuple] = [
        ("email", address, "shared_mailbox", "") for address in sorted(world.planted.get("shared_mailboxes", []))
    ]
    for cookie in world.planted["kiosk_cookie"]:
        rows.append(("anonymous_id", web.cookie_ids[cookie].decode(), "kiosk", len(world.planted["kiosk"])))
    return ("identifier_type", "identifier", "reason", "people"), rows


def _moved(world: World) -> tuple:
    rows = [
        (user.id, user.email, user.department_before, user.department, stamp(user.moved_at))
        for user in world.users
        if user.moved_at is not None
    ]
    return ("user_id", "email", "department_before", "department_now", "moved_at"), rows


# --- web -------------------------------------------------------------------------------------------------------------


def _sessions(world: World, web: Web) -> tuple:
    excluded = {*world.planted["kiosk_cookie"], *(cookie for cookie, _ in world.planted["splits"])}
    special = [cookie for human, *_ in world.planted.get("brand", []) for cookie in human.cookies]
    sessions = web.sessions
    told = (sessions.cookie % _SESSION_SAMPLE == 0) | np.isin(sessions.cookie, special)
    told &= ~np.isin(sessions.cookie, sorted(excluded))
    names = ("anonymous", "known", "known", "bot", "internal", "bought", "hidden_bot")
    rows = []
    for index in np.flatnonzero(told).tolist():
        traffic = web.site.traffic[int(sessions.traffic[index])]
        rows.append(
            (
                web.cookie_ids[sessions.cookie[index]].decode(),
                str(np.datetime64(int(sessions.start[index]), "ms")).replace("T", " "),
                traffic.kind,
                traffic.source or "",
                traffic.medium or "",
                traffic.name or "",
                (traffic.referrer or "").split("/")[2] if traffic.referrer else "",
                int(sessions.views[index]),
                names[int(sessions.audience[index])],
            )
        )
    return (
        "anonymous_id",
        "started_at",
        "traffic",
        "source",
        "medium",
        "campaign",
        "referrer_domain",
        "views",
        "visitor",
    ), rows


def _splits(world: World, web: Web) -> tuple:
    """Two visits ten minutes apart: a campaign in the second makes it a session of its own, a bare view doesn't."""
    rows = [(web.cookie_ids[cookie].decode(), 2 if word == "two" else 1, 3) for cookie, word in world.planted["splits"]]
    return ("anonymous_id", "sessions", "views"), rows


def _bought(world: World, web: Web) -> tuple:
    visits = visits_per_month(web)
    months = clock.month_names(world.plan.first_month, world.plan.months)
    rows = []
    for month, natural, bought in world.planted["bought_traffic"]:
        before = months[months.index(month) - 1] if months.index(month) else ""
        leads = Counter(clock.month_of(lead.created) for lead in world.leads if not lead.deleted)
        rows.append((month, BOUGHT_SOURCE, natural, bought, visits[month], leads[month], leads.get(before, 0)))
    return ("month", "source", "natural_visits", "bought_visits", "visits", "leads", "leads_month_before"), rows


def _internal(world: World, web: Web) -> tuple:
    rows = [(web.cookie_ids[cookie].decode(), user.email) for cookie, user in world.planted["internal_cookies"]]
    return ("anonymous_id", "email"), rows


# --- planted cases ---------------------------------------------------------------------------------------------------


def _padded(world: World) -> tuple:
    rows = [
        (month, lead.id, fate, "yes" if fate in ("refused", "never_worked") else "no")
        for month, lead, fate in world.planted.get("padded_sqls", [])
    ]
    return ("month", "lead_id", "fate", "fails"), sorted(rows)


def _brand(world: World, web: Web) -> tuple:
    rows = []
    for human, met, deal, way in world.planted.get("brand", []):
        cookie = web.cookie_ids[human.cookies[0]].decode()
        days = (deal.closed_at - met) // clock.DAY
        rows.append(
            (
                person_key(human),
                cookie,
                way,
                stamp(met),
                deal.id,
                day(deal.closed_at),
                days,
                money(deal.amount),
                deal.currency,
            )
        )
    columns = "person_key anonymous_id first_touch met_at opportunity_id close_date days_to_close amount currency"
    return tuple(columns.split()), rows


def _content() -> tuple:
    return ("asset_id", "designed_as"), [(BEST, "best"), (WORST, "worst"), (UNUSED, "never_used")]


def _pairs(world: World) -> tuple:
    """Named accounts shared by each marketer and seller on the last day."""
    named: dict[str, dict[str, set[str]]] = {"marketing": defaultdict(set), "sales": defaultdict(set)}
    for account, user, team, begin, finish in world.planted["portfolios"]:
        if begin <= world.end and (finish is None or finish > world.end):
            named[team][user.email].add(account.id)
    rows = []
    for marketer, theirs in sorted(named["marketing"].items()):
        for seller, others in sorted(named["sales"].items()):
            rows.append((marketer, seller, len(theirs), len(others), len(theirs & others), len(theirs | others)))
    return ("marketer", "seller", "marketer_accounts", "seller_accounts", "shared_accounts", "either"), rows


# --- totals ----------------------------------------------------------------------------------------------------------


def _monthly_won(world: World) -> tuple:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    deals: Counter[str] = Counter()
    for deal in world.deals:
        if deal.won and not deal.deleted:
            month = clock.month_of(deal.closing)
            totals[month] += currencies.in_dollars(world, deal.amount or 0, deal.currency, deal.closing)
            deals[month] += 1
    return ("month", "won_deals", "won_usd"), [(month, deals[month], totals[month]) for month in sorted(totals)]


def _spend(world: World, tables: dict) -> tuple:
    """What was paid to whom: nobody pays twice for what a network bills or for an activity that the CRM knows."""
    rows: list[tuple] = []
    for (network, name), made in sorted(tables.items()):
        if name != "daily_spend":
            continue
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for currency, cost in zip(made["currency"].to_pylist(), made["cost"].to_pylist(), strict=True):
            totals[currency] += Decimal(cost)
        rows += [(network, currency, totals[currency]) for currency in sorted(totals)]
    billed = {campaign.name for campaign in world.paid_campaigns}
    own = sum(campaign.cost for campaign in world.campaigns if campaign.name not in billed)
    rows.append(("salesforce", currencies.CORPORATE, money(own)))
    known = {campaign.name for campaign in world.campaigns}
    for *_, campaign, _, _, cents, currency in planning.build_brand_activities(world):
        if campaign not in known:
            rows.append(("planning", currency, money(cents)))
    return ("source", "currency", "cost"), rows


def _invoices(world: World) -> tuple:
    totals: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for *_, cents, currency in world.planted["invoices"]:
        totals[currency] += cents
        count[currency] += 1
    return ("currency", "invoices", "amount"), [(name, count[name], money(totals[name])) for name in sorted(totals)]


def _counts(tables: dict) -> tuple:
    """Distinct records per object, and those of them that are not deleted."""
    rows = []
    for (source, name), made in sorted(tables.items()):
        gone = sum(made["IsDeleted"].to_pylist()) if "IsDeleted" in made.column_names else 0
        rows.append((source, name, made.num_rows, made.num_rows - gone))
    return ("source", "object", "records", "live_records"), rows
