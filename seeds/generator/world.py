"""The simulated world: who exists and what happened to whom, before any export's columns.

Times are epoch seconds UTC, money is integer cents. A person here is a human being; what the exports show of them
are leads, contacts, addresses and cookies. Nothing is drawn at random in this module.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from random import Random

import numpy as np

from seeds.generator.ids import IdMaker
from seeds.generator.plan import CompanyPlan

TEAM_OF_DEPARTMENT = {
    "Marketing": "marketing",
    "Marketing Automation": "marketing",
    "Sales": "sales",
    "Sales Development": "sales",
    "Partner": "partner",
    "Customer Success": "service",
    "RevOps": "system",
}


@dataclass(slots=True, eq=False)
class User:
    """A CRM user; `department_before` and `moved_at` are set for those who changed teams."""

    id: str
    name: str
    email: str
    department: str
    title: str
    created: int
    active: bool = True
    department_before: str | None = None
    title_before: str | None = None
    moved_at: int | None = None
    manager: User | None = None

    def team(self, moment: int | None = None) -> str:
        """The team today, or at a moment."""
        before = moment is not None and self.moved_at is not None and moment < self.moved_at
        return TEAM_OF_DEPARTMENT[(self.department_before or "") if before else self.department]


@dataclass(slots=True, eq=False)
class Firm:
    """A company that people work for; `account` is set once the CRM knows it."""

    index: int
    name: str
    domain: str
    website: str
    industry: str
    employees: int
    country: str
    currency: str
    seller: User
    developer: User
    account: Account | None = None
    humans: list[Human] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    # Nobody of this firm may be known to the CRM before this moment (deals without people).
    quiet_until: int = 0
    # No people beyond the planted ones.
    reserved: bool = False


@dataclass(slots=True, eq=False)
class Human:
    """A human being. `cookies` are those that identified this human and may join; `emails` excludes shared ones."""

    index: int
    first: str
    last: str
    title: str
    firm: Firm
    email: str
    emails: list[str] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    cookies: list[int] = field(default_factory=list)
    shared_mailbox: bool = False
    names_employer: bool = True
    brand: bool = False

    @property
    def name(self) -> str:
        """Full name."""
        return f"{self.first} {self.last}"

    def first_record(self) -> Lead | Contact:
        """The earliest CRM record; deleted and merged ones count, for they prove who came first."""
        records: list[Lead | Contact] = [*self.leads, *self.contacts]
        return min(records, key=lambda record: (record.created, record.id))

    def account(self) -> Account | None:
        """The account by the definitions: converted or contact account, else e-mail domain, else company name."""
        if self.contacts:
            return min(self.contacts, key=lambda contact: (contact.created, contact.id)).account
        return self.firm.account if self.names_employer else None


@dataclass(slots=True, eq=False)
class Lead:
    """A lead with its own history: (moment, field, old, new, user)."""

    id: str
    human: Human
    email: str
    company: str
    created: int
    creator: User
    owner: User
    method: str
    first_source: str | None
    source: str | None
    status: str
    country: str
    history: list[tuple[int, str, str | None, str | None, User]] = field(default_factory=list)
    tasks: list[tuple[int, User, str]] = field(default_factory=list)
    converted_at: int | None = None
    contact: Contact | None = None
    account: Account | None = None
    deal: Deal | None = None
    master: Lead | None = None
    deleted: bool = False
    modified: int = 0
    planted: str = ""
    campaign: Campaign | None = None

    def change(self, moment: int, name: str, old: str | None, new: str | None, user: User) -> None:
        """Record a change of a tracked field."""
        self.history.append((moment, name, old, new, user))
        self.modified = max(self.modified, moment)

    def move(self, moment: int, status: str, user: User) -> None:
        """Enter a status."""
        self.change(moment, "Status", self.status, status, user)
        self.status = status

    def hand_over(self, moment: int, owner: User, user: User) -> None:
        """Change the owner; Salesforce keeps it twice, as names and as ids."""
        if owner is not self.owner:
            self.change(moment, "Owner", self.owner.name, owner.name, user)
            self.change(moment, "Owner", self.owner.id, owner.id, user)
            self.owner = owner


@dataclass(slots=True, eq=False)
class Contact:
    """A contact, from a conversion (`from_lead`) or made by hand."""

    id: str
    human: Human
    account: Account
    email: str
    created: int
    creator: User
    owner: User
    source: str | None
    from_lead: Lead | None = None


@dataclass(slots=True, eq=False)
class Account:
    """An account of the CRM."""

    id: str
    firm: Firm
    name: str
    created: int
    creator: User
    owner: User
    kind: str = "Prospect"
    parent: Account | None = None
    master: Account | None = None
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Role:
    """A contact role of a deal."""

    id: str
    contact: Contact
    role: str
    primary: bool
    created: int
    creator: User


@dataclass(slots=True, eq=False)
class Deal:
    """An opportunity; `amount` in cents of `currency`, None when blank; `closing` is a moment of the CloseDate."""

    id: str
    account: Account
    name: str
    kind: str
    type: str | None
    created: int
    creator: User
    owner: User
    currency: str
    amount: int | None
    source: str | None = None
    stage: str = "Prospecting"
    closing: int = 0
    closed_at: int | None = None
    won: bool = False
    campaign: Campaign | None = None
    lead: Lead | None = None
    roles: list[Role] = field(default_factory=list)
    history: list[tuple[int, str, int | None, int, User]] = field(default_factory=list)
    changes: list[tuple[int, str, str | None, str | None, User]] = field(default_factory=list)
    deleted: bool = False
    planted: str = ""

    @property
    def closed(self) -> bool:
        """Whether it is closed now."""
        return self.stage.startswith("Closed")

    @property
    def outcome(self) -> str:
        """won, lost or open."""
        return ("won" if self.won else "lost") if self.closed else "open"


@dataclass(slots=True, eq=False)
class Campaign:
    """A CRM campaign."""

    id: str
    name: str
    type: str
    start: int
    end: int
    budget: int
    cost: int
    owner: User
    parent: Campaign | None = None


@dataclass(slots=True)
class PaidCampaign:
    """A campaign of an advertising network, active from month number `first` to before `last`."""

    network: str
    ad_account: str
    id: str
    name: str
    currency: str
    first: int
    last: int
    cost_per_click: int


@dataclass(slots=True)
class Asset:
    """A piece of content. `published` is None while in development."""

    id: str
    title: str
    type: str
    topic: str
    persona: str
    author: str
    path: str
    published: int | None
    planned: int | None = None
    first_planned: int | None = None
    stage: str | None = None
    requested_by: User | None = None


class World:
    """Everything of one company, filled by the domain modules in the order that `generate` calls them."""

    def __init__(self, plan: CompanyPlan) -> None:
        """Empty, but for the plan and the id maker."""
        self.plan = plan
        self.start = plan.start
        self.end = plan.end
        self.new_id = IdMaker(plan.seed)
        self.users: list[User] = []
        self.by_department: dict[str, list[User]] = {}
        self.form_sync: User = None
        self.firms: list[Firm] = []
        self.account_firms: list[Firm] = []
        self.humans: list[Human] = []
        self.leads: list[Lead] = []
        self.contacts: list[Contact] = []
        self.accounts: list[Account] = []
        self.deals: list[Deal] = []
        self.campaigns: list[Campaign] = []
        self.members: list[tuple] = []
        self.tasks: list[tuple] = []
        self.events: list[tuple] = []
        self.assets: list[Asset] = []
        self.shares: list[tuple] = []
        self.feedback: list[tuple] = []
        self.questions: list[tuple] = []
        self.paid_campaigns: list[PaidCampaign] = []
        self.rates: dict[str, list[str]] = {}
        self.addresses: dict[str, int] = {}
        # Facts that only the planting knows, for the truth folder.
        self.planted: dict[str, list] = {}

    def rng(self, tag: str) -> Random:
        """A stream of random numbers of its own per purpose, so that one domain's change leaves the others alone."""
        return Random(f"{self.plan.seed}/{tag}")

    def np_rng(self, tag: str) -> np.random.Generator:
        """The same for arrays."""
        digest = hashlib.sha256(f"{self.plan.seed}/{tag}".encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))
