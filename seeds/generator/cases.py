"""The planted cases: what real CRMs are full of and a pipeline must not be fooled by.

Each function plants one case and notes in `world.planted` what the truth folder needs to know about it.
"""

from __future__ import annotations

import math
from random import Random

from seeds.generator import clock, crm, names, people
from seeds.generator.clock import DAY, HOUR, MINUTE
from seeds.generator.world import Deal, World

# A brand campaign pays off after about two years; a shorter company has no room for it.
BRAND_MONTHS = 27
BRAND_CAMPAIGN = "open-harbor"


def _some(world: World, count: float) -> int:
    """A planted number of the standard company, scaled to this one; at least one."""
    return max(1, round(count * world.plan.size))


# --- before the ordinary deals and leads -----------------------------------------------------------------------------


def plant_brand(world: World) -> None:
    """People who met the brand in its campaign, stayed away, and buy some 700 to 760 days later."""
    if not world.plan.has("brand") or world.plan.months < BRAND_MONTHS:
        return
    rng = world.rng("brand")
    first, last = world.start + 31 * DAY, world.start + 120 * DAY
    world.planted["brand_period"] = [(first, last)]
    world.planted["brand"] = []
    for number in range(min(_some(world, 15), max(1, world.plan.accounts // 5))):
        firm = world.account_firms[-1 - number]
        firm.reserved = True
        human = people.new_human(world, rng, firm)
        human.brand = True
        met = first + int(rng.random() * (last - first - 2 * DAY)) + 9 * HOUR
        won = min(clock.at_work(rng, met + rng.randint(702, 760) * DAY), world.end - DAY)
        began = won - rng.randint(35, 80) * DAY
        created = began - rng.randint(10, 35) * DAY
        lead = people.new_lead(world, rng, human, created, "form", source=rng.choice(("Website", "Organic Search")))
        crm.work_until_conversion(world, rng, lead, began)
        people.new_account(world, firm, began, lead.owner, firm.seller)
        account = firm.account
        contact = people.new_contact(world, human, account, began, lead.owner, firm.seller, lead.source, from_lead=lead)
        lead.move(began, crm.CONVERTED, lead.owner)
        lead.change(began, "leadConverted", None, None, lead.owner)
        lead.converted_at, lead.contact, lead.account = began, contact, account
        deal = crm.new_deal(
            world,
            rng,
            account,
            "converted_lead",
            "New Business",
            began,
            firm.seller,
            creator=lead.owner,
            outcome="won",
            close_at=won,
        )
        deal.lead, lead.deal, deal.source, deal.planted = lead, deal, lead.source, "brand"
        crm.add_role(world, rng, deal, contact, began, True)
        world.planted["brand"].append((human, met, deal, "utm" if number % 2 == 0 else "direct"))


def plant_kiosk(world: World) -> None:
    """Two days at a trade show: one tablet's cookie, many people's forms."""
    if not world.plan.has("kiosk"):
        return
    rng = world.rng("kiosk")
    day_one = clock.month_start(world.plan.first_month, world.plan.months // 3) + 8 * DAY
    world.planted["kiosk"] = []
    firms = [firm for firm in world.firms if not firm.reserved and firm.quiet_until < day_one]
    for number in range(max(5, min(25, _some(world, 25)))):
        moment = day_one + (number % 2) * DAY + 9 * HOUR + (number // 2) * 17 * MINUTE
        human = people.new_human(world, rng, rng.choice(firms))
        lead = people.new_lead(world, rng, human, moment, "form", source="Trade Show")
        lead.planted = "kiosk"
        world.planted["kiosk"].append(lead)


def plant_shared_mailboxes(world: World) -> None:
    """info@ and sales@ of a company, written into forms by different people."""
    if not world.plan.has("shared_mailboxes"):
        return
    rng = world.rng("shared")
    world.planted["shared_mailboxes"] = []
    firms = world.firms[world.plan.accounts : world.plan.accounts + max(2, min(6, _some(world, 6)))]
    for number, firm in enumerate(firms):
        address = f"{names.SHARED_LOCAL_PARTS[number % 2]}@{firm.domain}"
        world.planted["shared_mailboxes"].append(address)
        for _ in range(2 + number % 3):
            moment = world.start + int((world.end - world.start) * rng.uniform(0.05, 0.95))
            human = people.new_human(world, rng, firm)
            human.email, human.emails, human.shared_mailbox, human.names_employer = address, [], True, False
            lead = people.new_lead(world, rng, human, moment, "form")
            lead.planted = "shared_mailbox"


def plant_second_records(world: World) -> None:
    """Earlier leads of people whom sales converted later: deleted, merged away, or simply a duplicate."""
    rng = world.rng("second records")
    plan = world.plan
    ways = [case for case in ("duplicate_leads", "merged_records", "deleted_records") if plan.has(case)]
    if not ways:
        return
    converted = [
        lead
        for lead in world.leads
        if lead.deal is not None and not lead.human.brand and lead.created > world.start + 25 * DAY
    ]
    for lead in rng.sample(converted, min(len(converted), _some(world, 36))):
        firm, way = lead.human.firm, rng.choice(ways)
        moment = lead.created - int(rng.uniform(2, 20) * DAY)
        if moment <= firm.quiet_until:
            continue
        method = rng.choices(("form", "import", "sdr"), (6, 2, 2))[0]
        if way == "duplicate_leads":
            earlier = people.new_lead(world, rng, lead.human, moment, method, email=lead.email.title())
            earlier.planted = "duplicate"
        elif way == "deleted_records":
            earlier = people.new_lead(world, rng, lead.human, moment, method)
            earlier.deleted, earlier.planted = True, "deleted"
            earlier.modified = min(moment + rng.randint(30, 300) * DAY, world.end)
        else:
            people.new_merged_lead(world, rng, lead, moment, method, lead.created + HOUR)


# --- after the ordinary leads ----------------------------------------------------------------------------------------


def plant_padded_sqls(world: World) -> None:
    """A month in which the promised number of SQLs is met, half of it by leads refused or never worked."""
    for month in world.plan.padded_sql_months:
        _pad(world, world.rng(f"padded {month}"), month)


def _pad(world: World, rng: Random, month: str) -> None:
    plan = world.plan
    begin, finish = clock.month_start(month), clock.month_start(month, 1)
    entered = {
        lead.id: lead
        for lead in world.leads
        for moment, name, _, new, _ in lead.history
        if name == "Status" and new == crm.SQL and begin <= moment < finish
    }
    rows = [
        (lead, "refused" if lead.status == crm.DISQUALIFIED or lead.status.startswith("Rejected") else "worked")
        for lead in entered.values()
    ]
    held = sum(1 for _, fate in rows if fate == "worked")
    padded_needed = plan.padded_sqls // 2
    # The natural ones that did not hold up are part of the bad half.
    bad = len(rows) - held
    candidates = [
        lead
        for lead in world.leads
        if begin - 75 * DAY < lead.created < finish - 6 * DAY
        and lead.method in ("form", "import")
        and lead.converted_at is None
        and lead.id not in entered
        and not lead.planted
        and not lead.deleted
        and all(new != crm.SQL for _, name, _, new, _ in lead.history if name == "Status")
    ]
    rng.shuffle(candidates)
    manager = world.by_department["Sales Development"][0]
    good = max(0, plan.padded_sqls - padded_needed - held)
    for number, lead in enumerate(candidates[: max(0, padded_needed - bad) + good]):
        lead.history, lead.tasks = [row for row in lead.history if row[1] == "created"], []
        lead.status, lead.owner, lead.modified = crm.OPEN, lead.creator, lead.created
        mql = lead.created + rng.randint(5, 300) * MINUTE
        lead.move(mql, crm.MQL, world.form_sync)
        worked = number < good
        user = lead.human.firm.developer if worked else manager
        lead.hand_over(mql + MINUTE, user, world.form_sync)
        sql = max(mql + HOUR, begin + int((finish - begin - 2 * DAY) * rng.uniform(0.6 if not worked else 0.05, 1.0)))
        if worked:
            contacted = mql + int((sql - mql) * 0.5)
            lead.move(contacted, crm.SAL, user)
            lead.tasks += [(contacted, user, "Call"), (min(sql + 2 * DAY, world.end), user, "Call")]
        lead.move(sql, crm.SQL, user)
        lead.planted = "sql_worked" if worked else "sql_padded"
        refused = sql + int(rng.uniform(1, 9) * DAY)
        if not worked and number % 2 == 0 and refused < world.end:
            lead.move(refused, rng.choice(("Rejected - Not ICP", "Rejected - Bad Data")), lead.human.firm.seller)
        rows.append((lead, "worked" if worked else "refused" if lead.status != crm.SQL else "never_worked"))
    world.planted.setdefault("padded_sqls", []).extend((month, lead, fate) for lead, fate in rows)


def plant_record_cases(world: World) -> None:
    """Deals and accounts with something odd about them."""
    plan = world.plan
    if plan.has("reopened_deals"):
        _reopen(world, world.rng("reopened"))
    if plan.has("odd_values"):
        _odd_values(world, world.rng("odd"))
    if plan.has("pushed_deals"):
        _push(world, world.rng("pushed"))
    if plan.has("deleted_records"):
        _delete_deals(world, world.rng("deleted deals"))
    if plan.has("merged_records"):
        _merge_accounts(world, world.rng("merged accounts"))


def _reopen(world: World, rng: Random) -> None:
    """Lost, opened again, closed again: only the last deal of a company, so that no other deal's order changes."""
    lost = [
        firm.deals[-1]
        for firm in world.account_firms
        if firm.deals
        and firm.deals[-1].closed
        and not firm.deals[-1].won
        and firm.deals[-1].type == "New Business"
        and firm.deals[-1].closed_at < world.end - 60 * DAY
        and not firm.reserved
    ]
    for number, deal in enumerate(rng.sample(lost, min(len(lost), _some(world, 6)))):
        again = deal.closed_at + rng.randint(8, 25) * DAY
        deal.planted = "reopened"
        expected = again + 20 * DAY
        deal.history.append((again, "Negotiation", deal.amount, expected, deal.owner))
        crm.close(deal, again + rng.randint(5, 25) * DAY, number % 3 != 2, deal.owner)


def _set_amount(deal: Deal, cents: int | None) -> None:
    deal.amount = cents
    moment, stage, _, closing, user = deal.history[-1]
    deal.history[-1] = (moment, stage, cents, closing, user)


def _odd_values(world: World, rng: Random) -> None:
    """Amounts blank, zero, one cent, negative; first deals without a type; a renewal of nothing."""
    opened = [deal for deal in world.deals if not deal.closed and not deal.planted]
    for number, deal in enumerate(rng.sample(opened, min(len(opened), _some(world, 10)))):
        _set_amount(deal, None if number % 2 == 0 else 0)
    firsts = [firm.deals[0] for firm in world.account_firms if firm.deals and not firm.deals[0].planted]
    rng.shuffle(firsts)
    won_alone = [deal for deal in firsts if deal.won and len(deal.account.firm.deals) == 1]
    if won_alone:
        _set_amount(won_alone[0], 1)
        won_alone[0].planted = "one_cent"
    upsells = [deal for deal in world.deals if deal.won and deal.type == "Upsell"]
    if upsells:
        _set_amount(upsells[0], -120_000)
        upsells[0].planted = "negative"
    plain = [deal for deal in firsts if not deal.planted and deal.type == "New Business"]
    few = _some(world, 4)
    for deal in plain[:few]:
        deal.type = None
    for deal in plain[few : 2 * few]:
        deal.type, deal.name = "Renewal", f"{deal.account.firm.name} - Renewal"


def _push(world: World, rng: Random) -> None:
    """Close dates pushed three times or more; deals made at a quarter's end and lost soon after."""
    slow = [
        deal
        for deal in world.deals
        if not deal.planted and deal.history[-1][0] - deal.created > 70 * DAY and not deal.won and len(deal.history) > 2
    ]
    for deal in rng.sample(slow, min(len(slow), _some(world, 12))):
        deal.planted = deal.planted or "pushed"
        middle = deal.history[-2] if deal.closed else deal.history[-1]
        until = deal.closed_at or world.end
        if until - middle[0] < 4 * HOUR:
            middle = deal.history[0]
            until = deal.history[1][0]
        step = max(HOUR, (until - middle[0]) // 5)
        position = deal.history.index(middle) + 1
        closing = middle[3]
        for push in range(3):
            moment = middle[0] + step * (push + 1)
            later = closing + 30 * DAY
            deal.changes.append((moment, "CloseDate", clock.day(closing), clock.day(later), deal.owner))
            deal.history.insert(position + push, (moment, middle[1], middle[2], later, deal.owner))
            closing = later
        if not deal.closed:
            deal.closing = closing
    months = clock.month_names(world.plan.first_month, world.plan.months)
    quarters = [month for month in months[4:-2] if month[-2:] in ("03", "06", "09", "12")]
    if not quarters:
        return
    quarter = quarters[len(quarters) // 2]
    finish = clock.month_start(quarter, 1)
    # Never a company's first deal: that one is known by its kind.
    accounts = [
        firm.account
        for firm in world.account_firms
        if firm.deals and firm.deals[0].created < finish - 3 * DAY and not firm.reserved
    ]
    if not accounts:
        return
    for _ in range(_some(world, 8)):
        account = rng.choice(accounts)
        moment = finish - int(rng.uniform(0.2, 1.8) * DAY)
        deal = crm.new_deal(
            world,
            rng,
            account,
            "quarter_end",
            "New Business",
            moment,
            account.owner,
            outcome="lost",
            close_at=moment + 9 * DAY,
        )
        deal.planted = "quarter_end"


def _delete_deals(world: World, rng: Random) -> None:
    """Deals deleted since: one that a lead was converted into, and some made by mistake."""
    for deal in world.deals:
        if deal.lead and not deal.planted and deal.outcome == "lost" and deal.lead.method == "form":
            deal.deleted, deal.planted = True, "deleted"
            break
    accounts = [firm.account for firm in world.account_firms if firm.deals and not firm.reserved]
    for account in rng.sample(accounts, min(len(accounts), _some(world, 3))):
        moment = account.created + int((world.end - account.created) * rng.uniform(0.3, 0.8))
        deal = crm.new_deal(
            world,
            rng,
            account,
            "deleted",
            "New Business",
            moment,
            account.owner,
            outcome="lost",
            close_at=moment + 20 * DAY,
        )
        deal.deleted, deal.planted = True, "deleted"


def _merge_accounts(world: World, rng: Random) -> None:
    """Second accounts of a company, merged into the first."""
    firms = [firm for firm in world.account_firms if firm.account and not firm.reserved]
    for firm in rng.sample(firms, min(len(firms), _some(world, 4))):
        winner = firm.account
        moment = min(winner.created + int(rng.lognormvariate(math.log(40), 0.5) * DAY), world.end - DAY)
        loser = people.new_account(world, firm, moment, firm.seller, firm.seller)
        loser.master, loser.deleted, loser.name = winner, True, f"{firm.name} (duplicate)"
        firm.account = winner
