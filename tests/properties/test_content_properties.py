"""What holds for content and spend on any site: nothing read before a deal is missed, nothing else is counted.

Each site is random: nested and moved pages, addresses in every spelling, visits to several pieces with forms between,
clicks in e-mails, webinars, shares by sellers, machines and employees, deals at every distance. What must come out is
told from the raw events by this module's own few lines. Costs of campaigns are told the same way.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

TIMEZONE = ZoneInfo("Europe/Berlin")
# Path → piece: nested pages, the home page, one that moved twice. The webinar's piece has no page at all.
PIECES = {
    "/": "home",
    "/guides": "guides",
    "/guides/roi": "roi",
    "/guides/roi/part-2": "part-2",
    "/blog/hello": "hello",
    "/old/hello": "hello",
    "/archive/2019/hello": "hello",
    "/papers/cost": "cost",
}
OTHER_PATHS = ["/guides-overview", "/pricing", "/old", "/papers", "/guidesroi", "/blog/hello-again"]
HOURS = (6, 10, 14, 23)


@dataclass(frozen=True)
class Use:
    """A touch's use of a piece: its first moment in the touch and how often."""

    person: str
    piece: str
    kind: str
    at: datetime
    times: int = 1


@dataclass
class Touch:
    at: datetime
    uses: list[Use]
    is_sellers: bool = False


@dataclass
class Site:
    """What really happened, as the test keeps it, beside the landing folder that tells it to the pipeline."""

    company: Company
    rng: random.Random
    touches: dict[str, list[Touch]] = field(default_factory=lambda: defaultdict(list))
    members: dict[str, list[str]] = field(default_factory=dict)
    deals: dict[str, tuple[str, date, Decimal]] = field(default_factory=dict)
    shares_for: dict[str, list[Use]] = field(default_factory=lambda: defaultdict(list))
    mql_at: dict[str, datetime] = field(default_factory=dict)
    costs: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def uses(self, person: str) -> Iterator[Use]:
        for touch in self.touches[person]:
            yield from touch.uses


def piece_of(url: str) -> str | None:
    """The piece whose path has the most segments among those that lead to the address."""
    segments = [part for part in urlsplit(url).path.lower().split("/") if part]
    if not segments:
        return PIECES["/"]
    for length in range(len(segments), 0, -1):
        if piece := PIECES.get("/" + "/".join(segments[:length])):
            return piece
    return None


def local_date(moment: datetime) -> date:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(TIMEZONE).date()


def some_url(rng: random.Random) -> str:
    path = rng.choice([*PIECES, *PIECES, *OTHER_PATHS])
    if rng.random() < 0.2:
        path = path.rstrip("/") + rng.choice(["/deeper", "/a/b", "-not"])
    if rng.random() < 0.3:
        path = rng.choice([path.upper(), path.title(), path.replace("/", "//")])
    path += rng.choice(["", "", "/"]) if path != "/" else ""
    host = rng.choice(["https://www.example.com", "http://example.com:8080"])
    return host + path + rng.choice(["", "?a=/blog", "#x"])


def random_site(folder: Path, seed: int) -> Site:
    rng = random.Random(seed)
    company = Company(folder)
    company.settings(timezone="Europe/Berlin", reporting_currency="EUR", report_model="linear")
    site = Site(company, rng)
    company.user("rep", department="Sales", Email="rep@us.example")
    company.user("marketer", department="Marketing", Email="marketer@us.example")
    _library(company)
    cookies = {}
    for number in range(16):
        account = company.account(f"A{number}", created="2023-01-01")
        site.members[account] = [f"{account}-p{person}" for person in range(rng.randint(1, 3))]
        for person in site.members[account]:
            cookies[person] = f"cookie-{person}"
            company.contact(person, account=account, created="2023-01-01", email=f"{person}@{account}.example")
            company.identify(cookies[person], "2023-01-01", email=f"{person}@{account}.example")
    for number in range(14):
        person = f"lead{number}"
        cookies[person] = f"cookie-{person}"
        company.lead(person, created="2023-01-01", email=f"{person}@nowhere.example")
        company.identify(cookies[person], "2023-01-01", email=f"{person}@nowhere.example")
    cookies |= {f"stranger{number}": f"stranger{number}" for number in range(8)}
    for number in range(20):
        account = rng.choice(list(site.members)) if number > 15 else f"A{number}"
        closed = date(2024, 3 + number % 5, rng.randint(1, 28))
        amount = Decimal(rng.choice([1000, 2000, rng.randint(1, 999_999)])) / 100
        deal = company.opportunity(
            f"D{number:02}", account=account, created="2024-01-01", amount=f"{amount}", won=f"{closed}", currency="EUR"
        )
        site.deals[deal] = (account, closed, amount)
    for person, cookie in cookies.items():
        _live(site, person, cookie)
    _noise(site)
    for person in [person for person in cookies if person.startswith("lead")]:
        if rng.random() < 0.8:
            moments = [use.at for use in site.uses(person)] + [datetime(2024, rng.randint(1, 7), 15, 12)]
            site.mql_at[person] = rng.choice(moments)
            company.lead_status(person, "MQL", at=f"{site.mql_at[person]:%Y-%m-%d %H:%M:%S}")
    _costs(site)
    return site


def _library(company: Company) -> None:
    company.asset("home", "https://www.example.com/")
    company.asset("guides", "/guides/", topic="cost")
    company.asset("roi", "/Guides/ROI?utm_source=library", topic="cost")
    company.asset("part-2", "/guides/roi/part-2")
    company.asset("hello", "/blog/hello", aliases="/old/hello/; https://example.com/archive/2019/Hello")
    company.asset("cost", "/papers/cost")
    company.asset("webinar", "", campaigns="Fair; roi webinar")
    company.campaign("CW", name="ROI Webinar", kind="Webinar")
    company.campaign("CX", name="Unrelated", kind="Webinar")


def _live(site: Site, person: str, cookie: str) -> None:
    """Up to nine slots in which the person does something; slots are far enough apart to be visits of their own."""
    rng, company = site.rng, site.company
    days = rng.sample(range(200), 9)
    for day in sorted(days[: rng.randint(0, 9)]):
        at = datetime(2024, 1, 2) + timedelta(days=day, hours=rng.choice(HOURS))
        match rng.choice(["visit", "visit", "visit", "email", "response", "share"]):
            case "visit":
                site.touches[person] += _visit(site, person, cookie, at)
            case "email":
                url = some_url(rng)
                company.form(cookie, f"{at}", url, event="email_clicked", event_text="Email Clicked")
                site.touches[person].append(Touch(at, _single(person, piece_of(url), "email", at)))
            case "response" if not person.startswith("stranger"):
                campaign = rng.choice(["CW", "CW", "CX"])
                company.response(campaign, at=f"{at}", **{"lead" if person.startswith("lead") else "contact": person})
                piece = "webinar" if campaign == "CW" else None
                site.touches[person].append(Touch(at, _single(person, piece, "response", at)))
            case "share" if not person.startswith("stranger"):
                _share(site, person, at)


def _visit(site: Site, person: str, cookie: str, at: datetime) -> Iterator[Touch]:
    """A session of several pages with forms in between: one touch for the views, one for each form."""
    rng = site.rng
    views: dict[str, list[datetime]] = defaultdict(list)
    start = at
    for _ in range(rng.randint(1, 6)):
        url = some_url(rng)
        site.company.page_view(cookie, f"{at}", url)
        if piece := piece_of(url):
            views[piece].append(at)
        while rng.random() < 0.3:
            at += timedelta(seconds=rng.randint(1, 60))
            url = some_url(rng)
            site.company.form(cookie, f"{at}", url)
            yield Touch(at, _single(person, piece_of(url), "form", at))
        at += timedelta(seconds=rng.randint(1, 400))
    yield Touch(start, [Use(person, piece, "visit", min(seen), len(seen)) for piece, seen in views.items()])


def _share(site: Site, person: str, at: datetime) -> None:
    """To a known address, or for a deal to an unknown one or to none at all."""
    rng = site.rng
    piece = rng.choice([*PIECES.values(), "webinar"])
    deal = rng.choice([None, None, *site.deals])
    if deal and rng.random() < 0.5:
        person = rng.choice(["", f"new{rng.randint(1, 10**9)}@unknown.example"])
        email = person or None
    else:
        email = f"{person}@{'nowhere' if person.startswith('lead') else person.split('-')[0]}.example"
    site.company.share(piece, by_email="rep@us.example", to_email=email, at=f"{at}", opportunity=deal)
    use = Use(person, piece, "share", at)
    if person:
        site.touches[person].append(Touch(at, [use], is_sellers=True))
    if deal:
        site.shares_for[deal].append(use)


def _single(person: str, piece: str | None, kind: str, at: datetime) -> list[Use]:
    return [Use(person, piece, kind, at)] if piece else []


def _noise(site: Site) -> None:
    """Machines on customers' browsers, employees on their own."""
    company, rng = site.company, site.rng
    company.identify("desk", "2023-01-01", email="rep@us.example")
    for number in range(20):
        at = f"2024-02-{1 + number:02} 18:00:00"
        company.page_view(f"cookie-A{number % 16}-p0", at, some_url(rng), context_user_agent="Googlebot/2.1")
        company.page_view("desk", at, some_url(rng))


def _costs(site: Site) -> None:
    """CRM campaigns, brand activities and a network's days; a few of them are the same campaign under two roofs."""
    company, rng = site.company, site.rng
    company.currency("EUR", "1", corporate=True)
    company.currency("USD", "1.1")
    billed: dict[str, list[date]] = defaultdict(list)
    for name in ("Search", "Social"):
        for day in range(rng.randint(1, 40)):
            cost = Decimal(rng.randint(0, 99_999)) / 100
            billed[name.lower()].append(date(2024, 2, 1) + timedelta(days=day))
            company.spend("google_ads", f"{billed[name.lower()][-1]}", name, f"{cost}", currency="USD")
            site.costs["google_ads", "USD"] += cost
    in_crm = set()
    for number in range(14):
        name = rng.choice(["Search", " social ", f"Event {number}"])
        first = date(2024, rng.randint(1, 5), rng.randint(1, 28))
        last = first + timedelta(days=rng.choice([-3, 0, 2, 59]))
        cost = Decimal(rng.choice([0, 1, 7, -5, rng.randint(1, 9_999_999)])) / 100
        currency = rng.choice(["EUR", "USD"])
        company.campaign(
            f"C{number}",
            name=name,
            kind="Event",
            ActualCost=f"{cost}",
            CurrencyIsoCode=currency,
            StartDate=f"{first}",
            EndDate=f"{last}",
        )
        if cost:
            in_crm.add(name.strip().lower())
        if not any(first <= day <= max(first, last) for day in _span(billed[name.strip().lower()])):
            site.costs["salesforce", currency] += cost
    for number in range(6):
        campaign = rng.choice([None, f"Event {number}", f"EVENT {number + 3}", "Never seen"])
        cost = Decimal(rng.randint(1, 9_999_999)) / 100
        company.brand_activity(
            f"B{number}", "2024-02-10", end="2024-03-15", cost=f"{cost}", currency="EUR", campaign=campaign
        )
        if campaign is None or campaign.lower() not in in_crm:
            site.costs["planning", "EUR"] += cost


def _span(days: list[date]) -> Iterator[date]:
    """Every day from the first to the last."""
    for number in range((max(days) - min(days)).days + 1 if days else 0):
        yield min(days) + timedelta(days=number)


@dataclass(frozen=True)
class Built:
    site: Site
    warehouse: Warehouse
    person_of: dict[str, str]

    def rows(self, sql: str) -> list[tuple]:
        return self.warehouse.rows(sql)

    def person(self, person_id: str | None) -> str:
        return self.person_of[person_id] if person_id else ""


@pytest.fixture(scope="module", params=range(3))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    site = random_site(tmp_path_factory.mktemp("site"), request.param)
    warehouse = build_marts(site.company, "2024-12-31")
    identifiers = warehouse.rows(
        "select person_id, identifier_type, identifier from intermediate.int_identity__person_identifiers"
        " where identifier_type in ('salesforce_lead', 'salesforce_contact', 'anonymous_id', 'email')"
        " order by identifier_type"
    )
    return Built(site, warehouse, {person: identifier for person, _, identifier in identifiers})


def test_spotlight_shows_every_use_of_the_largest_deals_in_order(built: Built) -> None:
    site = built.site
    months: dict[date, list[tuple[Decimal, str]]] = defaultdict(list)
    for deal, (_, closed, amount) in site.deals.items():
        months[closed.replace(day=1)].append((-amount, deal))
    expected = {}
    for deals in months.values():
        for _, deal in sorted(deals)[:3]:
            account, closed, _ = site.deals[deal]
            uses = {use for person in site.members[account] for use in site.uses(person)} | set(site.shares_for[deal])
            in_time = [use for use in uses if local_date(use.at) <= closed]
            if in_time:
                expected[deal] = Counter((use.person, use.piece, use.kind, use.at, use.times) for use in in_time)
    found: dict[str, list[tuple]] = defaultdict(list)
    for deal, position, person, *rest in built.rows(
        "select opportunity_id, position, used_by_person_id, asset_id, use_type, used_at, uses"
        " from marts.rpt_content_spotlight where position > 0 order by 1, 2"
    ):
        found[deal].append((built.person(person), *rest))
        assert position == len(found[deal])
    assert {deal: Counter(rows) for deal, rows in found.items()} == expected
    for rows in found.values():
        assert [row[3] for row in rows] == sorted(row[3] for row in rows)
    assert sum(len(rows) for rows in found.values()) > 60


def test_visits_and_people_are_those_of_the_raw_events(built: Built) -> None:
    visits: Counter[str] = Counter()
    people: dict[str, set[str]] = defaultdict(set)
    for person in list(built.site.touches):
        for use in built.site.uses(person):
            visits[use.piece] += use.kind == "visit"
            people[use.piece].add(person)
    found = built.rows(
        "select asset_id, visits, people from marts.rpt_content_effectiveness where model = 'linear' order by 1"
    )
    assert found == [(piece, visits[piece], len(people[piece])) for piece in sorted({*PIECES.values(), "webinar"})]


def test_mql_credit_is_shared_by_the_pieces_used_before(built: Built) -> None:
    touched: Counter[str] = Counter()
    sourced: Counter[str] = Counter()
    credit: dict[str, Fraction] = defaultdict(Fraction)
    with_content = 0
    for person, mql_at in built.site.mql_at.items():
        pieces = {use.piece for use in built.site.uses(person) if use.at <= mql_at}
        with_content += bool(pieces)
        for piece in pieces:
            touched[piece] += 1
            credit[piece] += Fraction(1, len(pieces))
        marketing = [touch for touch in built.site.touches[person] if not touch.is_sellers]
        if marketing:
            first = min(marketing, key=lambda touch: touch.at)
            uses = [use for use in first.uses if use.at <= mql_at]
            if uses:
                sourced[min(uses, key=lambda use: (use.at, use.piece)).piece] += 1
    found = built.rows(
        "select asset_id, mqls_touched, mqls_sourced, mql_credit from marts.rpt_content_effectiveness"
        " where model = 'linear' order by 1"
    )
    assert [row[:3] for row in found] == [
        (piece, touched[piece], sourced[piece]) for piece in sorted({*PIECES.values(), "webinar"})
    ]
    assert all(abs(Fraction(share) - credit[piece]) <= Fraction(with_content, 10**6) for piece, _, _, share in found)
    assert sum(row[3] for row in found) == with_content > 5


def test_weekly_top_five_are_the_most_visited(built: Built) -> None:
    weeks: dict[date, Counter[str]] = defaultdict(Counter)
    for person in list(built.site.touches):
        for use in built.site.uses(person):
            day = local_date(use.at)
            weeks[day - timedelta(days=day.weekday())][use.piece] += use.kind == "visit"
    expected = [
        (week, rank, piece, visits)
        for week, counts in sorted(weeks.items())
        for rank, (piece, visits) in enumerate(
            sorted(((piece, n) for piece, n in counts.items() if n), key=lambda row: (-row[1], row[0]))[:5], start=1
        )
    ]
    assert built.rows("select week, rank, asset_id, visits from marts.rpt_content_weekly_top5 order by 1, 2") == (
        expected
    )


def test_content_credit_and_the_rest_are_all_won_revenue(built: Built) -> None:
    won = sum((amount for _, _, amount in built.site.deals.values()), Decimal(0))
    found = built.rows(
        "select model, sum(attributed_amount) from (select model, attributed_amount from"
        " marts.rpt_content_effectiveness union all select model, attributed_amount from marts.rpt_content_by_theme"
        " where breakdown = 'topic' and theme = '(no content)') group by model"
    )
    assert len(found) > 10
    assert {amount for _, amount in found} == {won}
    credited = "select sum(attributed_amount) from marts.rpt_content_effectiveness where model = 'linear'"
    assert 0 < built.warehouse.value(credited) < won


def test_spend_is_the_files_to_the_cent_and_no_cost_counts_twice(built: Built) -> None:
    found = built.rows("select source_system, currency, sum(cost_original) from marts.fct_spend group by all")
    costs = {key: cost for key, cost in built.site.costs.items() if cost}
    assert {(source, currency): cost for source, currency, cost in found} == costs
    uneven = built.rows(
        "select campaign_id from marts.fct_spend where source_system <> 'google_ads' group by campaign_id"
        " having max(cost_original) - min(cost_original) > 0.01 or count(*) <> max(spend_date) - min(spend_date) + 1"
    )
    assert uneven == []
    total = built.warehouse.value("select sum(cost) from marts.fct_spend")
    assert set(built.rows("select sum(cost) from marts.rpt_channel_roi group by model")) == {(total,)}
