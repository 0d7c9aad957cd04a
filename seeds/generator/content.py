"""The content library: pieces, the site's plain pages, sellers' shares, feedback and questions.

Who read what is in `web`. One piece is the best by design (it starts the deals that are won), one the worst (crowds
read it and nobody of them ever buys), one is never used at all.
"""

from __future__ import annotations

from seeds.generator import names
from seeds.generator.clock import DAY, HOUR
from seeds.generator.world import Asset, World

SITE_PAGES = (
    "/",
    "/product",
    "/pricing",
    "/demo",
    "/contact",
    "/customers",
    "/about",
    "/integrations",
    "/security",
    "/careers",
)
BEST, WORST, UNUSED = "asset-001", "asset-002", "asset-003"

_TOPICS = (
    "cutover planning",
    "inventory accuracy",
    "order orchestration",
    "cost control",
    "data quality",
    "compliance",
)
_PERSONAS = ("operations", "it", "finance", "executive")
_STAGES = ("idea", "outline", "draft", "review")
# What prospects ask sellers, by topic.
_QUESTIONS = (
    ("cutover planning", "How long does a cutover take, and what can go wrong?"),
    ("inventory accuracy", "How do we count stock while we migrate?"),
    ("order orchestration", "Which orders can be split between warehouses?"),
    ("cost control", "What does it cost to run after the first year?"),
    ("data quality", "Who cleans our master data?"),
    ("compliance", "Is there a paper for our auditors?"),
    ("security", "Do you have a description of the security model?"),
)
_SHAPES = (
    ("guide", "guides", "The {topic} guide for {persona} teams"),
    ("blog", "blog", "What {persona} teams get wrong about {topic}"),
    ("webinar", "webinars", "Webinar: {topic}, live with {persona} leaders"),
    ("case_study", "customers", "How a {persona} team mastered {topic}"),
    ("whitepaper", "papers", "{topic}: a paper for {persona} readers"),
)


def build_assets(world: World) -> None:
    """Published pieces and those still in development."""
    rng = world.rng("content")
    authors = [user.name for user in world.by_department["Marketing"] if user.title == "Content Manager"]
    fixed = (
        ("The calm cutover playbook", "guide", "cutover planning", "operations", "/guides/calm-cutover-playbook"),
        ("101 office hacks you will love", "blog", "productivity", "executive", "/blog/101-office-hacks"),
        ("Legacy migration, frequently asked", "blog", "data quality", "it", "/blog/legacy-migration-faq"),
    )
    for title, kind, topic, persona, path in fixed:
        world.assets.append(
            Asset(
                f"asset-{len(world.assets) + 1:03d}",
                title,
                kind,
                topic,
                persona,
                rng.choice(authors),
                path,
                world.start - 40 * DAY,
            )
        )
    pairs = [(topic, persona) for topic in _TOPICS for persona in _PERSONAS]
    rng.shuffle(pairs)
    for number in range(65):
        topic, persona = pairs[number % len(pairs)]
        kind, folder, wording = _SHAPES[(number + number // len(pairs)) % len(_SHAPES)]
        asset_id = f"asset-{len(world.assets) + 1:03d}"
        title = wording.format(topic=topic, persona=persona)
        title = title[0].upper() + title[1:]
        path = f"/{folder}/{names.slug(topic)}-{persona}-{number + 1}"
        published: int | None = world.start - 20 * DAY
        planned = None
        if number >= 57:
            published, planned = None, world.end + (number - 50) * 7 * DAY
        elif number % 3 == 2:
            published = world.start + int((world.end - world.start) * 0.9 * rng.random()) // DAY * DAY + 9 * HOUR
        world.assets.append(Asset(asset_id, title, kind, topic, persona, rng.choice(authors), path, published, planned))


def webinar_campaigns(world: World) -> dict[str, str]:
    """The CRM campaign that each webinar was held as: its name by the piece's id, first with first."""
    pieces = [asset.id for asset in world.assets if asset.type == "webinar" and asset.published is not None]
    held = [campaign.name for campaign in world.campaigns if campaign.type == "Webinar"]
    return dict(zip(pieces, held, strict=False))


def build_shares(world: World) -> None:
    """Sellers hand pieces to people with a role in their deal; they like what works."""
    rng = world.rng("shares")
    usable = [asset for asset in world.assets if asset.published is not None and asset.id not in (WORST, UNUSED)]
    for deal in world.deals:
        if not deal.roles or deal.deleted or rng.random() > 0.4:
            continue
        last = deal.closed_at or world.end
        for _ in range(rng.randint(1, 3)):
            role = rng.choice(deal.roles)
            earliest = max(deal.created, role.contact.created) + HOUR
            if earliest >= last - HOUR:
                continue
            moment = earliest + int((last - HOUR - earliest) * rng.random())
            choices = [asset for asset in usable if asset.published < moment]
            best_first = deal.won and rng.random() < 0.35
            asset = choices[0] if best_first else rng.choice(choices)
            world.shares.append((asset, deal.owner, role.contact, deal if rng.random() < 0.7 else None, moment))
    sellers = world.by_department["Sales"]
    for asset in usable + [one for one in world.assets if one.id == WORST]:
        for user in rng.sample(sellers, min(len(sellers), rng.randint(0, 3) + (2 if asset.id in (BEST, WORST) else 0))):
            rating = 5 if asset.id == BEST else 1 if asset.id == WORST else rng.randint(2, 5)
            moment = max(asset.published or 0, world.start) + int(rng.random() * 60 * DAY)
            comment = {5: "Prospects ask for it", 1: "Nobody I sell to reads this"}.get(rating, "")
            world.feedback.append((asset, user, min(moment, world.end), rating, comment))


def build_questions(world: World) -> None:
    """What sellers are asked: most of it has a piece by now, some a piece in the making, the rest none.

    The pieces in the making get their stage, who asked for them and the date that was planned first.
    """
    rng = world.rng("questions")
    sellers = world.by_department["Sales"]
    making = [asset for asset in world.assets if asset.published is None]
    for number, asset in enumerate(making):
        asset.stage = _STAGES[number % len(_STAGES)]
        asset.requested_by = rng.choice(sellers)
        asset.first_planned = asset.planned - (number % 3) * 14 * DAY if asset.planned is not None else None
    for number in range(28):
        topic, words = _QUESTIONS[number % len(_QUESTIONS)]
        asked = world.start + 30 * DAY + int((world.end - world.start - 40 * DAY) * (number + rng.random()) / 28)
        persona = rng.choice(_PERSONAS)
        out = [one for one in world.assets if one.topic == topic and one.published is not None]
        planned = [one for one in making if one.topic == topic]
        answer, answered = None, None
        if out and number % 4 < 2:
            answer = rng.choice(out)
            answered = min(max(asked, answer.published or 0) + rng.randint(1, 20) * DAY, world.end)
        elif planned and number % 4 == 2:
            answer = rng.choice(planned)
        world.questions.append(
            (f"question-{number + 1:03d}", rng.choice(sellers), asked, words, topic, persona, answer, answered)
        )
