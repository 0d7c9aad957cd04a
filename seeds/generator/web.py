"""What people did on the site: sessions first, then their page views, in arrays.

Sessions that something depends on (a form that made a lead, the first visit of the brand's people) are laid down one
by one; the rest is drawn in bulk, so that ten million views take seconds. Sessions of a cookie keep their distance:
what is one session here is one by the 30-minute rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import pyarrow as pa

from seeds.generator import cases, content, names, people
from seeds.generator.clock import DAY, HOUR
from seeds.generator.ids import hex_ids, uuids
from seeds.generator.world import Human, Lead, World

ANONYMOUS, KNOWN, BUYER, BOT, INTERNAL, BOUGHT, HIDDEN_BOT = range(7)
BOUGHT_SOURCE, BOUGHT_REFERRER = "clickharvest", "https://clickharvest.example/offers"
# Sessions of one cookie are at least this far apart, well over the 30 minutes that end a session.
SESSION_GAP_MS = 45 * 60 * 1000
# Shares of the page views.
KNOWN_SHARE, BOT_SHARE, INTERNAL_SHARE = 0.30, 0.03, 0.02
BOUGHT_FACTOR = HIDDEN_BOT_FACTOR = 0.6

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0 Mobile Safari/537.36",
)
BOT_AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/119.0 Safari/537.36",
    "SiteCrawler/1.0 (+https://crawler.example/bot)",
)


@dataclass(frozen=True)
class Traffic:
    """Where a session comes from, as its first view shows it."""

    kind: str
    source: str | None = None
    medium: str | None = None
    name: str | None = None
    term: str | None = None
    content: str | None = None
    referrer: str | None = None


@dataclass
class Sessions:
    """Columns of equal length, one row per session; a `landing` below zero means: draw a page."""

    cookie: np.ndarray
    start: np.ndarray
    traffic: np.ndarray
    views: np.ndarray
    gap: np.ndarray
    landing: np.ndarray
    audience: np.ndarray
    fixed: np.ndarray

    def take(self, which: np.ndarray) -> Sessions:
        """The rows that an index or mask names."""
        return Sessions(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        """How many."""
        return len(self.cookie)

    @staticmethod
    def joined(parts: list[Sessions]) -> Sessions:
        """All of them, one after the other."""
        return Sessions(*(np.concatenate([getattr(p, name) for p in parts]) for name in Sessions.__dataclass_fields__))


class Site:
    """The site's pages and traffic sources as arrays to draw from."""

    def __init__(self, world: World) -> None:
        """Pages, their publication and popularity per audience; traffic and which campaign runs when."""
        self.world = world
        self.origin = f"https://www.{world.plan.domain}"
        assets = [asset for asset in world.assets if asset.published is not None]
        self.paths = [*content.SITE_PAGES, *(asset.path for asset in assets)]
        self.page_of = {asset.id: len(content.SITE_PAGES) + number for number, asset in enumerate(assets)}
        self.published = np.array([0] * len(content.SITE_PAGES) + [(asset.published or 0) * 1000 for asset in assets])
        base = np.concatenate([[30, 12, 10, 4, 4, 6, 4, 4, 2, 6], 1 + 3 * world.np_rng("pages").random(len(assets))])
        base[self.page_of[content.UNUSED]] = 0
        self.weights = {}
        for audience in (ANONYMOUS, KNOWN, BUYER, BOT, INTERNAL, BOUGHT, HIDDEN_BOT):
            weights = base.copy()
            weights[self.page_of[content.WORST]] = 26 if audience == ANONYMOUS else 0
            weights[self.page_of[content.BEST]] = 20 if audience == BUYER else 2 if audience == ANONYMOUS else 0
            if audience == BOUGHT:
                weights[:] = 0
                weights[[0, self.page_of[content.WORST]]] = (3, 7)
            self.weights[audience] = np.cumsum(weights / weights.sum())
        self.traffic: list[Traffic] = [Traffic("direct")]
        self.kinds: dict[str, list[int]] = {"direct": [0]}
        self._add_traffic()
        self.paid = {kind: self._active(kind) for kind in ("paid_search", "paid_social")}

    def _add(self, traffic: Traffic) -> int:
        self.traffic.append(traffic)
        self.kinds.setdefault(traffic.kind, []).append(len(self.traffic) - 1)
        return len(self.traffic) - 1

    def _add_traffic(self) -> None:
        for referrer in ("https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/"):
            self._add(Traffic("organic_search", referrer=referrer))
        for referrer in ("https://www.linkedin.com/feed/", "https://www.youtube.com/"):
            self._add(Traffic("organic_social", referrer=referrer))
        for referrer in (
            "https://opsweekly.example/reviews",
            "https://softwarecompare.example/inventory",
            "https://partner-hub.example/vendors",
        ):
            self._add(Traffic("referral", referrer=referrer))
        for name in ("newsletter-monthly", "nurture-cutover", "webinar-invite"):
            self._add(Traffic("email", "newsletter", "email", name))
        self._add(Traffic("brand", "harbor-talk", "podcast", cases.BRAND_CAMPAIGN))
        self._add(Traffic("bought", BOUGHT_SOURCE, "native", "traffic-boost", referrer=BOUGHT_REFERRER))
        self.by_campaign = {}
        for campaign in self.world.paid_campaigns:
            if campaign.network == "google_ads":
                traffic = Traffic(
                    "paid_search",
                    "google",
                    "cpc",
                    campaign.name,
                    "inventory software",
                    "ad-a",
                    "https://www.google.com/",
                )
            else:
                traffic = Traffic(
                    "paid_social",
                    "linkedin",
                    "paid_social",
                    campaign.name,
                    None,
                    "carousel",
                    "https://www.linkedin.com/",
                )
            self.by_campaign[campaign.name] = self._add(traffic)

    def _active(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Per month the traffic ids of running campaigns, and how many they are; a month without any is direct."""
        network = "google_ads" if kind == "paid_search" else "linkedin_ads"
        campaigns = [campaign for campaign in self.world.paid_campaigns if campaign.network == network]
        table = np.zeros((self.world.plan.months, len(campaigns)), dtype=np.int32)
        counts = np.ones(self.world.plan.months, dtype=np.int32)
        for month in range(self.world.plan.months):
            running = [self.by_campaign[c.name] for c in campaigns if c.first <= month < c.last]
            table[month, : len(running)] = running
            counts[month] = max(1, len(running))
        return table, counts

    def month_number(self, moments: np.ndarray) -> np.ndarray:
        """Number of the company's month of each moment in milliseconds."""
        first = np.datetime64(self.world.plan.first_month, "M")
        number = (moments.astype("datetime64[ms]").astype("datetime64[M]") - first).astype(np.int64)
        return np.clip(number, 0, self.world.plan.months - 1)

    def draw_traffic(
        self, rng: np.random.Generator, moments: np.ndarray, mix: tuple[tuple[str, float], ...]
    ) -> np.ndarray:
        """A traffic id per moment, from a mix of kinds; paid kinds by the campaigns that run then."""
        chosen = rng.choice(len(mix), len(moments), p=np.array([weight for _, weight in mix]) / sum(w for _, w in mix))
        draw = rng.random(len(moments))
        months = self.month_number(moments)
        out = np.zeros(len(moments), dtype=np.int32)
        for number, (kind, _) in enumerate(mix):
            rows = np.flatnonzero(chosen == number)
            if kind in self.paid:
                table, counts = self.paid[kind]
                out[rows] = table[months[rows], (draw[rows] * counts[months[rows]]).astype(np.int64)]
            else:
                ids = np.array(self.kinds[kind], dtype=np.int32)
                out[rows] = ids[(draw[rows] * len(ids)).astype(np.int64)]
        return out


_ANONYMOUS_MIX = (
    ("organic_search", 38),
    ("direct", 22),
    ("paid_search", 16),
    ("paid_social", 12),
    ("organic_social", 6),
    ("referral", 6),
)
_KNOWN_MIX = (
    ("direct", 32),
    ("organic_search", 22),
    ("email", 22),
    ("paid_search", 10),
    ("paid_social", 6),
    ("referral", 8),
)
_FORM_TRAFFIC = {
    "Organic Search": "organic_search",
    "Paid Search": "paid_search",
    "Paid Social": "paid_social",
    "Content Download": "organic_search",
    "Webinar": "email",
    "Email": "email",
    "Referral": "referral",
}


class Builder:
    """Gathers the sessions of one company."""

    def __init__(self, world: World, site: Site) -> None:
        """Nothing yet."""
        self.world, self.site = world, site
        self.rng = world.rng("web")
        self.owner: list[Human | None] = []  # per cookie, for known ones
        self.rows: list[tuple] = []
        self.identifies: list[tuple[int, int, str, str | None]] = []  # cookie, ms, user_id, email
        self.tracks: list[tuple[int, int, str, int, int]] = []  # cookie, ms, user_id, page, traffic
        self.identities: dict[int, set[str]] = {}

    def new_cookie(self, human: Human | None = None) -> int:
        """A browser; with a human, one that will identify them."""
        self.owner.append(human)
        cookie = len(self.owner) - 1
        if human is not None:
            human.cookies.append(cookie)
        return cookie

    def lay(self, cookie: int, start: int, traffic: int, views: int, gap: int, landing: int, audience: int) -> None:
        """One session whose place is fixed."""
        self.rows.append((cookie, start, traffic, views, gap, landing, audience))

    def visit(self, cookie: int, moment: int, kind: str, landing: int, audience: int) -> tuple[int, int]:
        """A session that ends in something (a form, a click) at `moment` in ms; gives its traffic and page."""
        rng = self.rng
        views, gap = rng.choice((1, 2, 2, 3, 4)), rng.randint(30_000, 110_000)
        traffic = self.traffic(kind, moment)
        self.lay(cookie, moment - 20_000 - (views - 1) * gap, traffic, views, gap, landing, audience)
        return traffic, landing

    def traffic(self, kind: str, moment: int) -> int:
        """A traffic id of this kind at this moment."""
        if kind in self.site.paid:
            month = int(self.site.month_number(np.array([moment]))[0])
            table, counts = self.site.paid[kind]
            return int(table[month, self.rng.randrange(int(counts[month]))])
        return self.rng.choice(self.site.kinds[kind])

    def identify(self, cookie: int, moment: int, user_id: str, email: str | None) -> None:
        """The cookie says whose it is."""
        self.identifies.append((cookie, moment, user_id, email))
        self.identities.setdefault(cookie, set()).add(user_id)

    def form(self, cookie: int, moment: int, user_id: str, traffic: int, page: int) -> None:
        """A form is sent."""
        self.tracks.append((cookie, moment, user_id, page, traffic))


def _landing_page(site: Site, rng: Random, human: Human, moment: int) -> int:
    """Which page's form: the best piece starts the deals that are won."""
    deals = [lead.deal for lead in human.leads if lead.deal]
    won = any(deal.won for deal in deals)
    if rng.random() < (0.6 if won else 0.2 if deals else 0.03):
        return site.page_of[content.BEST]
    pages = [
        page
        for page in range(len(content.SITE_PAGES), len(site.paths))
        if site.published[page] < moment
        and page not in (site.page_of[one] for one in (content.BEST, content.WORST, content.UNUSED))
    ]
    return rng.choice((3, 4)) if rng.random() < 0.35 or not pages else rng.choice(pages)


def _audience(human: Human) -> int:
    return BUYER if any(lead.deal and lead.deal.won for lead in human.leads) else KNOWN


def _lay_known(build: Builder) -> None:
    """Forms that made leads, e-mail clicks that tell a browser's owner, second devices."""
    world, site, rng = build.world, build.site, build.rng
    kiosk = build.new_cookie() if world.planted.get("kiosk") else -1
    world.planted["kiosk_cookie"] = [kiosk] if kiosk >= 0 else []
    end = world.end * 1000
    for human in world.humans:
        for lead in sorted(human.leads, key=lambda one: (one.created, one.id)):
            if lead.method == "form":
                _lay_form(build, human, lead, kiosk)
        if human.shared_mailbox or not human.emails:
            continue
        first = human.first_record().created * 1000
        late = first + int(rng.uniform(0.5, 60) * DAY * 1000)
        chance = 0.22 if human.cookies else 0.42
        if (
            rng.random() < chance
            and late < end - HOUR * 1000
            and not (human.leads and human.leads[0].planted == "kiosk")
        ):
            cookie = build.new_cookie(human)
            traffic, page = build.visit(cookie, late, "email", _landing_page(site, rng, human, late), _audience(human))
            # A click in a mail carries the address; some systems send the record's id instead.
            by_id = len(human.leads) == 1 and not human.leads[0].deleted and rng.random() < 0.3
            user_id = human.leads[0].id if by_id else human.email
            if by_id and world.plan.has("short_ids") and rng.random() < 0.4:
                user_id = user_id[:15]
            build.identify(cookie, late, user_id, None if by_id else human.email)
            if rng.random() < 0.5:
                build.form(cookie, late, user_id, traffic, page)


def _lay_form(build: Builder, human: Human, lead: Lead, kiosk: int) -> None:
    world, site, rng = build.world, build.site, build.rng
    moment = lead.created * 1000 - rng.randint(15_000, 90_000)
    if lead.planted == "kiosk":
        build.lay(kiosk, moment - 20_000, 0, 1, 0, 3, KNOWN)
        build.identify(kiosk, moment, lead.email, lead.email)
        build.form(kiosk, moment, lead.email, 0, 3)
        return
    if human.shared_mailbox:
        cookie = build.new_cookie()
        traffic, page = build.visit(cookie, moment, "organic_search", 4, KNOWN)
        build.identify(cookie, moment, lead.email, lead.email)
        build.form(cookie, moment, lead.email, traffic, page)
        return
    # A second form of the same human often comes from the same browser, but never a third address from one browser.
    cookie = human.cookies[0] if human.cookies and rng.random() < 0.5 else build.new_cookie(human)
    if len(build.identities.get(cookie, set()) | {lead.email.lower()}) > 2:
        cookie = build.new_cookie(human)
    kind = _FORM_TRAFFIC.get(lead.first_source or "", "direct")
    traffic, page = build.visit(cookie, moment, kind, _landing_page(site, rng, human, moment), _audience(human))
    email = lead.email.lower() if rng.random() < 0.9 else lead.email
    build.identify(cookie, moment, email.lower(), email)
    build.form(cookie, moment, email.lower(), traffic, page)
    if (
        world.plan.has("free_mail")
        and len(build.identities[cookie]) == 1
        and len(human.leads) == 1
        and rng.random() < 0.015
    ):
        # The same browser signs up for the newsletter with a private address some days later.
        later = moment + rng.randint(2, 20) * DAY * 1000
        if later < world.end * 1000 - HOUR * 1000:
            private = people.unique_address(world, f"{human.first}.{human.last}".lower(), names.FREE_MAIL_DOMAINS[0])
            human.emails.append(private)
            build.visit(cookie, later, "direct", 0, _audience(human))
            build.identify(cookie, later, private, private)


def _lay_brand(build: Builder) -> None:
    """The first visits of the brand campaign's people, on the browser they still use two years later."""
    brand = build.site.kinds["brand"][0]
    for human, met, _, way in build.world.planted.get("brand", []):
        cookie = human.cookies[0] if human.cookies else build.new_cookie(human)
        build.lay(cookie, met * 1000, brand if way == "utm" else 0, 2, 50_000, 0, BUYER)
        build.lay(cookie, (met + 2 * DAY) * 1000 + 3 * HOUR * 1000, 0, 1, 0, 1, BUYER)


def _lay_internal(build: Builder) -> None:
    """Employees' browsers, identified with their company address."""
    world = build.world
    world.planted["internal_cookies"] = []
    if not world.plan.has("internal_visits"):
        return
    for user in world.users[: max(3, len(world.users) // 3)]:
        if user is world.form_sync:
            continue
        cookie = build.new_cookie()
        moment = (world.start + build.rng.randint(1, 40) * DAY + 10 * HOUR) * 1000
        build.visit(cookie, moment, "direct", 0, INTERNAL)
        build.identify(cookie, moment, user.email, user.email)
        world.planted["internal_cookies"].append((cookie, user))


def _lay_splits(build: Builder) -> None:
    """Within half an hour: another campaign (a new session), and a bare view (still the same session)."""
    world, site = build.world, build.site
    world.planted["splits"] = []
    if not world.plan.has("session_splits"):
        return
    for number in range(max(2, min(12, round(12 * world.plan.size)))):
        cookie = build.new_cookie()
        start = (world.start + (20 + number * 7) % (world.plan.months * 30) * DAY + 11 * HOUR) * 1000
        first, second = build.traffic("organic_search", start), site.kinds["email"][number % 3]
        build.lay(cookie, start, first, 2, 60_000, 0, ANONYMOUS)
        build.lay(cookie, start + 600_000, second if number % 2 == 0 else 0, 1, 0, 2, ANONYMOUS)
        world.planted["splits"].append((cookie, "two" if number % 2 == 0 else "one"))


def _starts(rng: np.random.Generator, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Moments in ms, a day between low and high and an hour around midday."""
    days = (low + (high - low) * rng.random(len(low))) // (DAY * 1000)
    hours = np.clip(rng.normal(13.5, 3.6, len(low)), 0.2, 23.2)
    return (days * DAY * 1000 + hours * HOUR * 1000).astype(np.int64)


def _bulk(
    rng: np.random.Generator,
    cookie: np.ndarray,
    start: np.ndarray,
    traffic: np.ndarray,
    audience: int | np.ndarray,
    mean: float,
) -> Sessions:
    count = len(cookie)
    return Sessions(
        cookie.astype(np.int64),
        start.astype(np.int64),
        traffic.astype(np.int32),
        np.minimum(rng.geometric(1 / mean, count), 14).astype(np.int32),
        rng.integers(20_000, 170_000, count),
        np.full(count, -1, dtype=np.int32),
        np.broadcast_to(np.asarray(audience, dtype=np.int8), count).copy(),
        np.zeros(count, dtype=bool),
    )


def _known_sessions(build: Builder, rng: np.random.Generator, views: float) -> Sessions:
    """Further visits of people whose browsers are known, from weeks before their first record on."""
    world, mean = build.world, 2.8
    cookies = [cookie for cookie, human in enumerate(build.owner) if human is not None]
    if not cookies or views < 1:
        return _bulk(rng, np.zeros(0), np.zeros(0), np.zeros(0), KNOWN, mean)
    low, high, weight, audience = [], [], [], []
    for cookie in cookies:
        human = build.owner[cookie]
        deals = [lead.deal for lead in human.leads if lead.deal]
        created = human.first_record().created
        last = max([created + 60 * DAY, *(deal.closed_at or world.end for deal in deals)]) + 45 * DAY
        low.append(created if human.brand else created - build.rng.randint(2, 100) * DAY)
        high.append(last)
        weight.append(1 + 5 * len(deals))
        audience.append(_audience(human))
    low_ms, high_ms = np.maximum(low, world.start) * 1000, np.minimum(high, world.end - HOUR) * 1000
    share = np.array(weight) / sum(weight)
    which = np.repeat(np.arange(len(cookies)), rng.multinomial(int(views / mean), share))
    start = _starts(rng, low_ms[which], np.maximum(high_ms, low_ms + 1)[which])
    traffic = build.site.draw_traffic(rng, start, _KNOWN_MIX)
    return _bulk(rng, np.array(cookies)[which], start, traffic, np.array(audience)[which], mean)


def _anonymous_sessions(build: Builder, rng: np.random.Generator, views: float) -> Sessions:
    """People who never say who they are; their number grows with the company."""
    world, mean = build.world, 1.9
    count = max(1, int(views / mean))
    people = max(1, int(count / 1.5))
    first_cookie = len(build.owner)
    build.owner.extend([None] * people)
    # Growth from 1 to 1.8: the inverse of the cumulative linear trend.
    position = (np.sqrt(1 + (1.8**2 - 1) * rng.random(people)) - 1) / 0.8
    born = world.start * 1000 + position * (world.end - world.start) * 1000
    which = np.concatenate([np.arange(people), rng.integers(0, people, max(0, count - people))])
    start = _starts(rng, born[which], born[which] + 1)
    again = np.arange(len(which)) >= people
    start[again] += (rng.exponential(12, again.sum()).astype(np.int64) + 1) * DAY * 1000
    traffic = build.site.draw_traffic(rng, start, _ANONYMOUS_MIX)
    return _bulk(rng, which + first_cookie, start, traffic, ANONYMOUS, mean)


def _own_cookie_sessions(
    build: Builder, rng: np.random.Generator, cookies: list[int], views: float, audience: int, mean: float
) -> Sessions:
    """Visits spread evenly over the company's time and these cookies; all direct."""
    world = build.world
    count = int(views / mean) if cookies else 0
    which = np.array(cookies or [0])[rng.integers(0, max(1, len(cookies)), count)]
    low = np.full(count, (world.start + 45 * DAY) * 1000)
    start = _starts(rng, low, np.full(count, world.end * 1000))
    return _bulk(rng, which, start, np.zeros(count), audience, mean)


def _kept_apart(world: World, sessions: Sessions) -> Sessions:
    """Without those outside the company's time or too close to a neighbour of the same cookie; fixed ones stay."""
    last_end = sessions.start + (sessions.views - 1) * (sessions.gap + 10_000)
    inside = (sessions.start >= world.start * 1000) & (last_end <= world.end * 1000)
    sessions = sessions.take(inside | sessions.fixed)
    order = np.lexsort((sessions.views, sessions.start, sessions.cookie))
    sessions = sessions.take(order)
    finish = sessions.start + (sessions.views - 1) * (sessions.gap + 10_000)
    near = np.zeros(len(sessions), dtype=bool)
    near[1:] = (sessions.cookie[1:] == sessions.cookie[:-1]) & (sessions.start[1:] - finish[:-1] < SESSION_GAP_MS)
    drop = near.copy()
    drop[:-1] |= near[1:]  # the earlier one goes too: the fixed one of a pair always stays
    return sessions.take(~drop | sessions.fixed)


def _bought_sessions(build: Builder, rng: np.random.Generator, natural: Sessions) -> Sessions:
    """Junk: new browsers, one or two views, one source, +60 % on the month's natural visits."""
    return _padded_visits(
        build, rng, natural, build.world.plan.bought_traffic_months, BOUGHT, BOUGHT_FACTOR, "bought", "bought_traffic"
    )


def _hidden_bot_sessions(build: Builder, natural: Sessions) -> Sessions:
    """Machines with a browser's name and no origin, a new browser each time, +60 % on the month's natural visits."""
    return _padded_visits(
        build,
        build.world.np_rng("hidden bots"),
        natural,
        build.world.plan.bot_visit_months,
        HIDDEN_BOT,
        HIDDEN_BOT_FACTOR,
        "direct",
        "hidden_bots",
    )


def _padded_visits(
    build: Builder,
    rng: np.random.Generator,
    natural: Sessions,
    padded_months: tuple[str, ...],
    audience: int,
    factor: float,
    kind: str,
    note: str,
) -> Sessions:
    """The natural visits and as many more in these months as the factor says, by nobody; noted as month and counts."""
    parts = []
    counted = np.isin(natural.audience, (ANONYMOUS, KNOWN, BUYER))
    moments = natural.start[counted].astype("datetime64[ms]").astype("datetime64[M]")
    build.world.planted[note] = []
    for month in padded_months:
        visits = int((moments == np.datetime64(month)).sum())
        count = round(visits * factor)
        first_cookie = len(build.owner)
        build.owner.extend([None] * count)
        low = np.datetime64(month, "ms").astype(np.int64)
        high = (np.datetime64(month, "M") + 1).astype("datetime64[ms]").astype(np.int64) - DAY * 1000
        start = _starts(rng, np.full(count, low), np.full(count, high))
        traffic = np.full(count, build.site.kinds[kind][0])
        sessions = _bulk(rng, np.arange(count) + first_cookie, start, traffic, audience, 1.1)
        sessions.views = np.minimum(sessions.views, 2)
        parts.append(sessions)
        build.world.planted[note].append((month, visits, count))
    return Sessions.joined([natural, *parts])


@dataclass
class Web:
    """The finished site data: sessions with their cookies, and the three exported tables."""

    site: Site
    sessions: Sessions
    cookie_ids: np.ndarray
    pages: pa.Table
    identifies: list[tuple]
    tracks: list[tuple]


def build_web(world: World) -> Web:
    """Every session, then every page view."""
    site = Site(world)
    build = Builder(world, site)
    rng = world.np_rng("web")
    plan = world.plan
    _lay_known(build)
    _lay_brand(build)
    _lay_internal(build)
    _lay_splits(build)
    columns = list(zip(*build.rows, strict=True))
    kinds = (np.int64, np.int64, np.int32, np.int32, np.int64, np.int32, np.int8)
    drawn = [np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)]
    laid = Sessions(*[*drawn, np.ones(len(build.rows), dtype=bool)])
    bots = [build.new_cookie() for _ in range(max(2, round(20 * plan.size)))] if plan.has("bots") else []
    total = plan.page_views
    padded_months = len(plan.bought_traffic_months) + len(plan.bot_visit_months)
    padded_views = total * BOUGHT_FACTOR / plan.months / 2 * padded_months
    known = max(0.0, total * KNOWN_SHARE - laid.views.sum() * 0.3)
    robots = total * BOT_SHARE if bots else 0
    internal_cookies = [cookie for cookie, _ in world.planted["internal_cookies"]]
    internal = total * INTERNAL_SHARE if internal_cookies else 0
    natural_views = total - padded_views
    anonymous = max(1.0, (natural_views - laid.views.sum() - known - robots - internal) * 1.12)
    parts = [
        laid,
        _known_sessions(build, rng, known),
        _own_cookie_sessions(build, rng, bots, robots, BOT, 4.0),
        _own_cookie_sessions(build, rng, internal_cookies, internal, INTERNAL, 3.0),
        _anonymous_sessions(build, rng, anonymous),
    ]
    natural = _trimmed(rng, _kept_apart(world, Sessions.joined(parts)), natural_views)
    sessions = _hidden_bot_sessions(build, _bought_sessions(build, rng, natural))
    sessions = sessions.take(np.lexsort((sessions.start, sessions.cookie)))
    cookie_ids = uuids(world.np_rng("cookies"), len(build.owner))
    world.planted["cookie_owner"] = build.owner
    pages = _page_views(world, build, site, sessions, cookie_ids)
    return Web(site, sessions, cookie_ids, pages, build.identifies, build.tracks)


def _trimmed(rng: np.random.Generator, sessions: Sessions, views: float) -> Sessions:
    """Without as many anonymous sessions, drawn by lot, as the total of views is over the plan."""
    excess = sessions.views.sum() - views
    candidates = np.flatnonzero((sessions.audience == ANONYMOUS) & ~sessions.fixed)
    lot = rng.permutation(candidates)
    gone = lot[: int(np.searchsorted(np.cumsum(sessions.views[lot]), max(0, excess)))]
    keep = np.ones(len(sessions), dtype=bool)
    keep[gone] = False
    return sessions.take(keep)


def _dictionary(codes: np.ndarray, values: list[str | None]) -> pa.Array:
    """Strings by number; a None among the values is a null."""
    empty = np.array([value is None for value in values])
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=empty[codes]), pa.array([value or "" for value in values])
    )


def _page_views(world: World, build: Builder, site: Site, sessions: Sessions, cookie_ids: np.ndarray) -> pa.Table:
    """The exported table, in order of time."""
    rng = world.np_rng("page views")
    total = int(sessions.views.sum())
    owner = np.repeat(np.arange(len(sessions)), sessions.views)
    position = np.arange(total) - np.repeat(np.cumsum(sessions.views) - sessions.views, sessions.views)
    moment = sessions.start[owner] + position * sessions.gap[owner]
    moment += np.where(position > 0, rng.integers(0, 10_000, total), 0)
    audience = sessions.audience[owner]
    page = np.zeros(total, dtype=np.int32)
    draw = rng.random(total)
    for kind, cumulative in site.weights.items():
        rows = audience == kind
        page[rows] = np.minimum(np.searchsorted(cumulative, draw[rows], side="right"), len(site.paths) - 1)
    page[site.published[page] > moment] = 0
    landing = sessions.landing[owner]
    page = np.where((position == 0) & (landing >= 0), landing, page)
    before = np.concatenate([[0], page[:-1]])
    order = np.lexsort((owner, moment))
    first = position[order] == 0
    page, before, moment, owner = page[order], before[order], moment[order], owner[order]
    cookie, traffic = sessions.cookie[owner], np.where(first, sessions.traffic[owner], 0)

    plain = [f"{site.origin}{path}" for path in site.paths]
    tagged = np.array([t.source is not None for t in site.traffic])
    code = np.where(tagged[traffic], (traffic.astype(np.int64) + 1) * len(plain) + page, page)
    distinct, code = np.unique(code, return_inverse=True)
    urls = []
    for value in distinct.tolist():
        number, path = divmod(value, len(plain))
        extra = ""
        if number:
            t = site.traffic[number - 1]
            extra = f"?utm_source={t.source}&utm_medium={t.medium}&utm_campaign={t.name}"
        urls.append(plain[path] + extra)
    # Inside a session the referrer is the page before; on its first view it is where the visitor comes from.
    referrers = [t.referrer for t in site.traffic] + plain
    referrer = np.where(first, traffic, before + len(site.traffic))

    agents = np.array([hash_ % len(_AGENTS) for hash_ in range(97)])
    is_bot = sessions.audience[owner] == BOT
    agent = np.where(is_bot, len(_AGENTS) + cookie % len(BOT_AGENTS), agents[cookie % 97])
    address = (cookie * 2_654_435_761 >> 7) % 762
    nets = [f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(1, 255)]
    user_code, users = _users_of(build, sessions, cookie, moment)
    cookie_texts = pa.array(cookie_ids.astype("U36")) if len(cookie_ids) else pa.array([], pa.string())
    campaign = {
        "source": [t.source for t in site.traffic],
        "medium": [t.medium for t in site.traffic],
        "name": [t.name for t in site.traffic],
        "term": [t.term for t in site.traffic],
        "content": [t.content for t in site.traffic],
    }
    return pa.table(
        {
            "id": pa.array(hex_ids(world.np_rng("page ids"), total).astype("U24")),
            "anonymous_id": pa.DictionaryArray.from_arrays(pa.array(cookie.astype(np.int32)), cookie_texts),
            "user_id": _dictionary(user_code, users),
            "timestamp": pa.array(moment.astype("datetime64[ms]")),
            "url": _dictionary(code, urls),
            "referrer": _dictionary(referrer, referrers),
            **{f"context_campaign_{name}": _dictionary(traffic, values) for name, values in campaign.items()},
            "context_user_agent": _dictionary(agent, [*_AGENTS, *BOT_AGENTS]),
            "context_ip": _dictionary(address, nets),
        }
    )


def _users_of(
    build: Builder, sessions: Sessions, cookie: np.ndarray, moment: np.ndarray
) -> tuple[np.ndarray, list[str | None]]:
    """The user id that a view carries: that of the cookie's latest identify before it; none on a kiosk."""
    crowded = {one for one, ids in build.identities.items() if len(ids) > 2}
    start = build.world.start * 1000
    # Cookie and moment in one sortable number: 37 bits hold four years of milliseconds.
    calls = sorted((c, m - start, u) for c, m, u, _ in build.identifies if c not in crowded)
    users: list[str | None] = [None, *sorted({u for _, _, u in calls})]
    number = {user: code for code, user in enumerate(users)}
    if not calls:
        return np.zeros(len(cookie), dtype=np.int64), users
    key = np.array([(c << 37) + m for c, m, _ in calls], dtype=np.int64)
    place = np.searchsorted(key, (cookie << 37) + moment - start, side="right") - 1
    found = (place >= 0) & (np.array([c for c, _, _ in calls])[np.maximum(place, 0)] == cookie)
    codes = np.array([number[u] for _, _, u in calls])
    return np.where(found, codes[np.maximum(place, 0)], 0), users
