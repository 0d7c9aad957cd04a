"""What was promised: targets with bonuses, named-account portfolios, brand activities.

Whether a promise was kept is for the pipeline to find; the truth folder says what was planted.
"""

from __future__ import annotations

from seeds.generator import cases, clock
from seeds.generator.clock import DAY
from seeds.generator.world import User, World


def first_of(world: World, title: str) -> User:
    """The first user with this title."""
    return next(user for user in world.users if user.title == title)


def build_targets(world: World, visits: dict[str, int], opens: dict[str, int]) -> list[tuple]:
    """(metric, start, end, target, owner e-mail, bonus): visits, SQLs and opens by month, the rest by quarter.

    Those of the last year end later than the company's last day, unless it is the year's own.
    """
    rng, mail_rng = world.rng("targets"), world.rng("mail targets")
    plan = world.plan
    web, developers = first_of(world, "Web Marketing Manager"), first_of(world, "Sales Development Manager")
    marketing, sales = first_of(world, "VP Marketing"), first_of(world, "VP Sales")
    rows: list[tuple] = []
    months = clock.month_names(plan.first_month, plan.months)
    usual = max(1, round(plan.leads * 0.13 / plan.months))
    for month in months:
        begin, finish = clock.month_start(month), clock.month_start(month, 1) - 1
        padded = month in plan.padded_sql_months
        bought = month in plan.bought_traffic_months or month in plan.bot_visit_months
        sqls = plan.padded_sqls if padded else max(1, round(usual * rng.uniform(0.7, 1.2)))
        rows.append(("sqls", begin, finish, sqls, developers, 15_000 if padded else 4_000))
        seen = visits.get(month, 0)
        visit_target = round(seen * (0.94 if bought else rng.uniform(0.85, 1.12)))
        rows.append(("visits", begin, finish, max(1, visit_target), web, 8_000 if bought else 1_500))
        if plan.mails:
            machines = month in plan.padded_open_months
            wanted = round(opens.get(month, 0) * (0.94 if machines else mail_rng.uniform(0.85, 1.12)))
            rows.append(("email_opens", begin, finish, max(1, wanted), marketing, 4_000 if machines else 1_000))
    for number in range(0, plan.months - 2, 3):
        begin, finish = clock.month_start(plan.first_month, number), clock.month_start(plan.first_month, number + 3) - 1
        share = 3 / plan.months
        rows.append(("leads", begin, finish, round(plan.leads * share * rng.uniform(0.8, 1.15)), marketing, 5_000))
        rows.append(
            ("mqls", begin, finish, round(plan.leads * 0.45 * share * rng.uniform(0.8, 1.15)), marketing, 9_000)
        )
        rows.append(
            (
                "opportunities",
                begin,
                finish,
                round(plan.opportunities * share * rng.uniform(0.8, 1.15)),
                developers,
                6_000,
            )
        )
        won = round(plan.opportunities * 0.4 * 60_000 * share * rng.uniform(0.7, 1.2), -3)
        rows.append(("won_amount", begin, finish, int(won), sales, 20_000))
    return rows + _targets_of_the_year(world, marketing, developers, sales)


def _targets_of_the_year(world: World, marketing: User, developers: User, sales: User) -> list[tuple]:
    """What is to be reached by the end of the year in which the last day lies; none when that is the last day."""
    plan = world.plan
    year = clock.month_names(plan.first_month, plan.months)[-1][:4]
    begin, finish = clock.month_start(f"{year}-01"), clock.month_start(f"{year}-12", 1) - 1
    if begin < world.start or finish <= world.end:
        return []
    rng = world.rng("targets of the year")
    share = 12 / plan.months
    won = round(plan.opportunities * 0.4 * 60_000 * share * rng.uniform(0.9, 1.2), -3)
    return [
        ("mqls", begin, finish, round(plan.leads * 0.45 * share * rng.uniform(0.9, 1.15)), marketing, 20_000),
        ("sqls", begin, finish, round(plan.leads * 0.13 * share * rng.uniform(0.9, 1.15)), developers, 15_000),
        ("won_amount", begin, finish, int(won), sales, 60_000),
    ]


def build_portfolios(world: World) -> list[tuple]:
    """(account, owner, team, from, to): marketers and sellers who name the same accounts, and some who stopped."""
    rng = world.rng("portfolios")
    accounts = [account for account in world.accounts if not account.deleted]
    marketers = [user for user in world.by_department["Marketing"] if user.moved_at is None][:5]
    sellers = [user for user in world.by_department["Sales"] if user.title == "Account Executive"][:8]
    rows = []
    for team, users, size in (("sales", sellers, 0.11), ("marketing", marketers, 0.2)):
        for user in users:
            own = [account for account in accounts if account.owner is user] if team == "sales" else []
            pool = own or accounts
            chosen = rng.sample(pool, max(1, min(len(pool), round(len(accounts) * size))))
            for number, account in enumerate(chosen):
                begin = max(account.created // DAY * DAY, world.start)
                stopped = number % 9 == 8
                finish = begin + rng.randint(60, 240) * DAY if stopped else None
                rows.append((account, user, team, begin, finish if finish and finish < world.end else None))
    return sorted(rows, key=lambda row: (row[0].id, row[1].email, row[3]))


def build_brand_activities(world: World) -> list[tuple]:
    """(id, name, channel, campaign, start, end, cost in cents, currency)."""
    rows = []
    if world.planted.get("brand_period"):
        begin, finish = world.planted["brand_period"][0]
        rows.append(
            (
                "brand-001",
                "Harbor Talk podcast sponsorship",
                "podcast",
                cases.BRAND_CAMPAIGN,
                begin,
                finish,
                12_000_000,
                "USD",
            )
        )
    middle = clock.month_start(world.plan.first_month, world.plan.months // 2)
    rows.append(
        ("brand-002", "Ops summit stage sponsorship", "event", None, middle, middle + 3 * DAY, 3_500_000, "EUR")
    )
    rows.append(
        ("brand-003", "Station posters", "out-of-home", None, middle + 40 * DAY, middle + 68 * DAY, 2_250_000, "GBP")
    )
    return rows
