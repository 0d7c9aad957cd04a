"""Who exists: users of the CRM, companies, human beings, and how a lead or contact record of one is created.

What happens to a lead afterwards is in `crm`; what its human did on the web is in `web`.
"""

from __future__ import annotations

from random import Random

from seeds.generator import clock, names
from seeds.generator.clock import DAY
from seeds.generator.world import Account, Contact, Firm, Human, Lead, User, World

# department, title, how many in the standard company
_STAFF = (
    ("Marketing", "VP Marketing", 1),
    ("Marketing", "Demand Generation Manager", 3),
    ("Marketing", "Content Manager", 2),
    ("Marketing", "Field Marketing Manager", 2),
    ("Marketing", "Web Marketing Manager", 1),
    ("Sales Development", "Sales Development Manager", 1),
    ("Sales Development", "Sales Development Representative", 8),
    ("Sales", "VP Sales", 1),
    ("Sales", "Account Executive", 11),
    ("Partner", "Partner Manager", 3),
    ("Customer Success", "Customer Success Manager", 4),
    ("RevOps", "Revenue Operations Analyst", 2),
)

# How a lead comes into being: weight, source as typed or synced, weight of the source.
METHODS: dict[str, tuple[int, tuple[tuple[str, int], ...]]] = {
    "form": (
        62,
        (
            ("Organic Search", 22),
            ("Paid Search", 18),
            ("Paid Social", 14),
            ("Content Download", 18),
            ("Webinar", 10),
            ("Email", 8),
            ("Referral", 6),
            ("Website", 14),
        ),
    ),
    "import": (9, (("Trade Show", 7), ("Webinar", 3))),
    "sdr": (16, (("SDR Outbound", 8), ("Cold Call", 2))),
    "ae": (6, (("Sales Prospecting", 1),)),
    "partner": (7, (("Partner Referral", 1),)),
}
_DEPARTMENT_OF_METHOD = {"import": "Marketing", "sdr": "Sales Development", "ae": "Sales", "partner": "Partner"}
BLANK_SOURCE_SHARE = 0.02


def build_users(world: World) -> None:
    """Staff by department, the form integration, and those who changed teams."""
    rng = world.rng("users")
    growth = max(0.4, min(4.0, world.plan.size)) ** 0.5
    hired = world.start - 400 * DAY
    taken: set[str] = set()

    def add(name: str, local: str, department: str, title: str) -> User:
        user = User(
            world.new_id("User"),
            name,
            f"{local}@{world.plan.domain}",
            department,
            title,
            hired + rng.randrange(380 * DAY),
        )
        world.users.append(user)
        world.by_department.setdefault(department, []).append(user)
        return user

    for department, title, count in _STAFF:
        for _ in range(max(1, round(count * growth))):
            while True:
                first, last = rng.choice(names.FIRST_NAMES), rng.choice(names.LAST_NAMES)
                if f"{first} {last}" not in taken:
                    break
            taken.add(f"{first} {last}")
            add(f"{first} {last}", f"{first}.{last}".lower(), department, title)
    world.form_sync = add("Form Sync", "form-sync", "Marketing Automation", "Integration")
    for department in ("Marketing", "Sales", "Sales Development"):
        for user in world.by_department[department][1:]:
            user.manager = world.by_department[department][0]
    if world.plan.has("moved_creators"):
        _move_users(world)
    for title in ("Account Executive", "Sales Development Representative"):
        staff = [user for user in world.users if user.title == title]
        if len(staff) > 3:
            staff[1].active = False  # left the company; what they made and own stays


def _move_users(world: World) -> None:
    """Two developers went to marketing, a marketer to sales, a seller to customer success, half-way through."""
    middle = (world.start + world.end) // 2
    moves = (
        ("Sales Development", "Marketing", "Demand Generation Manager"),
        ("Sales Development", "Marketing", "Content Manager"),
        ("Marketing", "Sales", "Account Executive"),
        ("Sales", "Customer Success", "Customer Success Manager"),
    )
    for number, (before, after, title) in enumerate(moves):
        staff = [user for user in world.by_department[before] if user.moved_at is None]
        # Nobody leaves a post that only they hold: targets and merges need its owner.
        candidates = [user for user in staff if sum(one.title == user.title for one in staff) > 1]
        if not candidates:
            continue
        user = candidates[-1]
        user.department_before, user.moved_at = before, middle + number * 30 * DAY
        user.title_before = user.title
        user.department, user.title = after, title


def pick_user(world: World, rng: Random, department: str, moment: int) -> User:
    """Someone who was in the department at the moment."""
    staff = [user for user in world.by_department[department] if user.moved_at is None or moment < user.moved_at]
    return rng.choice(staff)


def build_firms(world: World) -> None:
    """The companies people work for; the first `accounts` of them become accounts of the CRM."""
    rng = world.rng("firms")
    plan = world.plan
    count = plan.accounts + max(10, round(plan.leads * 0.28))
    weights = [weight for _, _, weight in names.COUNTRIES]
    sellers = [user for user in world.by_department["Sales"] if user.title == "Account Executive"]
    sellers = [user for user in sellers if user.moved_at is None] or sellers
    developers = [user for user in world.by_department["Sales Development"] if user.moved_at is None]
    for index, name in enumerate(names.firm_names(rng, count)):
        domain = f"{names.slug(name)}.example"
        country, currency, _ = rng.choices(names.COUNTRIES, weights)[0]
        website = rng.choice(
            (f"https://www.{domain}", f"https://{domain}/", domain, f"http://www.{domain}/home", f"www.{domain}")
        )
        firm = Firm(
            index,
            name,
            domain,
            website,
            rng.choice(names.INDUSTRIES),
            int(10 ** rng.uniform(1.3, 4.2)),
            country,
            currency,
            rng.choice(sellers),
            rng.choice(developers),
        )
        world.firms.append(firm)
    world.account_firms = world.firms[: plan.accounts]


def new_human(world: World, rng: Random, firm: Firm, *, free_mail: bool = False) -> Human:
    """A human being with an address of their own that nobody else has."""
    first, last = rng.choice(names.FIRST_NAMES), rng.choice(names.LAST_NAMES)
    domain = rng.choice(names.FREE_MAIL_DOMAINS) if free_mail else firm.domain
    if not free_mail and firm.employees > 5_000 and rng.random() < 0.15:
        domain = f"eu.{domain}"  # same company by its registrable domain
    email = unique_address(world, f"{first}.{last}".lower(), domain)
    human = Human(len(world.humans), first, last, rng.choice(names.TITLES), firm, email, [email])
    world.humans.append(human)
    firm.humans.append(human)
    return human


def unique_address(world: World, local: str, domain: str) -> str:
    """An address that nobody has yet."""
    number = world.addresses.get(f"{local}@{domain}", 0) + 1
    world.addresses[f"{local}@{domain}"] = number
    if number == 1:
        return f"{local}@{domain}"
    return unique_address(world, f"{local}{number}", domain)


def pick_method(rng: Random) -> str:
    """How a lead comes into being."""
    return rng.choices(list(METHODS), [weight for weight, _ in METHODS.values()])[0]


def pick_source(rng: Random, method: str) -> str:
    """A lead source that fits the method."""
    sources = METHODS[method][1]
    return rng.choices([name for name, _ in sources], [weight for _, weight in sources])[0]


def new_lead(
    world: World,
    rng: Random,
    human: Human,
    moment: int,
    method: str,
    *,
    source: str | None = "",
    email: str | None = None,
    company: str | None = None,
    creator: User | None = None,
) -> Lead:
    """A lead record of this human, created now by whom the method says. An empty `source` means: draw one."""
    if source == "":
        source = pick_source(rng, method)
    if creator is None:
        if method == "form":
            creator = world.form_sync
        elif method == "sdr":
            creator = human.firm.developer if rng.random() < 0.7 else pick_user(world, rng, "Sales Development", moment)
        elif method == "ae":
            creator = human.firm.seller if rng.random() < 0.7 else pick_user(world, rng, "Sales", moment)
        else:
            creator = pick_user(world, rng, _DEPARTMENT_OF_METHOD[method], moment)
    lead = Lead(
        id=world.new_id("Lead"),
        human=human,
        email=email or human.email,
        company=human.firm.name if company is None else company,
        created=moment,
        creator=creator,
        owner=creator,
        method=method,
        first_source=source,
        source=source,
        status="Open - Not Contacted",
        country=human.firm.country,
        modified=moment,
    )
    lead.change(moment, "created", None, None, creator)
    human.leads.append(lead)
    world.leads.append(lead)
    return lead


def new_merged_lead(world: World, rng: Random, winner: Lead, moment: int, method: str, merged_at: int) -> Lead:
    """A lead of the same human under another address, merged into the winner later."""
    human = winner.human
    email = unique_address(world, f"{human.first[0]}{human.last}".lower(), human.firm.domain)
    human.emails.append(email)
    loser = new_lead(world, rng, human, moment, method, email=email)
    loser.master, loser.deleted, loser.planted = winner, True, "merged"
    loser.modified = min(max(merged_at, moment + clock.MINUTE), world.end)
    return loser


def new_account(world: World, firm: Firm, moment: int, creator: User, owner: User) -> Account:
    """The CRM gets to know a company."""
    account = Account(world.new_id("Account"), firm, firm.name, moment, creator, owner)
    firm.account = account
    world.accounts.append(account)
    return account


def new_contact(
    world: World,
    human: Human,
    account: Account,
    moment: int,
    creator: User,
    owner: User,
    source: str | None,
    from_lead: Lead | None = None,
) -> Contact:
    """A contact record of this human."""
    email = from_lead.email if from_lead else human.email
    contact = Contact(world.new_id("Contact"), human, account, email, moment, creator, owner, source, from_lead)
    human.contacts.append(contact)
    world.contacts.append(contact)
    return contact


def month_quotas(world: World, count: int) -> list[int]:
    """Leads per month: growing, a little seasonal, 30 % fewer where traffic was bought; they sum to `count`."""
    plan = world.plan
    months = clock.month_names(plan.first_month, plan.months)
    season = {"07": 0.9, "08": 0.8, "12": 0.75}
    weights = [
        (1 + 0.9 * number / plan.months)
        * season.get(month[-2:], 1.0)
        * (0.7 if month in plan.bought_traffic_months else 1.0)
        for number, month in enumerate(months)
    ]
    exact = [count * weight / sum(weights) for weight in weights]
    quotas = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda number: (quotas[number] - exact[number], number))
    for number in by_remainder[: count - sum(quotas)]:
        quotas[number] += 1
    return quotas
