"""What holds for the origin of any company's deals, whatever its CRM looks like.

Each example is a landing folder with a dozen small companies, tangled as real ones are: duplicates, merges,
conversions, shared addresses and cookies, deals with and without roles, renewals. Many moments are equal, so that ties
are common.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.company import Company, Record
from tests.profiles import examples
from tests.runs import Warehouse, build_marts

USERS = {"marketer": "Marketing", "rep": "Sales", "ally": "Partner"}
SOURCES = ["Web", "Event", "Call", None]
COOKIE_MAX_PEOPLE = 2
READ = ("fct_opportunities", "rpt_lead_to_revenue", "int_identity__person_identifiers")


@dataclass
class World:
    """Records as plain data; `Id` and the fields that end in it hold names that a landing folder may rename."""

    leads: list[Record] = field(default_factory=list)
    contacts: list[Record] = field(default_factory=list)
    deals: list[Record] = field(default_factory=list)
    roles: list[tuple[str, str]] = field(default_factory=list)
    identifies: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)


@st.composite
def worlds(draw: Any) -> World:
    rng = draw(st.randoms(use_true_random=False))
    world = World()
    for number in range(rng.randint(8, 16)):
        _add_company(world, rng, f"c{number}")
    emails = [record["email"] for record in [*world.leads, *world.contacts] if record["email"]]
    for _ in range(rng.randint(0, 3) if emails else 0):
        world.identifies.append(("everybodys", rng.choice(emails)))
    return world


def _add_company(world: World, rng: random.Random, name: str) -> None:
    emails = [f"ann@{name}.example", f"bob@{name}.example", f"cy@{name}.example", f"info@{name}.example", None]
    leads = [f"{name}_l{i}" for i in range(rng.randint(0, 4))]
    contacts = [f"{name}_p{i}" for i in range(rng.randint(0, 3))]
    deals = [f"{name}_d{i}" for i in range(rng.randint(1, 4))]
    world.accounts.append(name)
    for contact in contacts:
        world.contacts.append(
            {
                "id": contact,
                "account": name,
                "created": _day(rng),
                "created_by": rng.choice(list(USERS)),
                "source": rng.choice(SOURCES),
                "email": _cased(rng, rng.choice(emails)),
                "deleted": rng.random() < 0.1,
            }
        )
    for index, lead in enumerate(leads):
        is_converted = bool(contacts) and rng.random() < 0.5
        is_merged = index > 0 and rng.random() < 0.2
        world.leads.append(
            {
                "id": lead,
                "created": _day(rng),
                "created_by": rng.choice(list(USERS)),
                "source": rng.choice(SOURCES),
                "email": _cased(rng, rng.choice(emails)),
                "deleted": is_merged or rng.random() < 0.1,
                "contact": rng.choice(contacts) if is_converted else None,
                "account": name if is_converted else None,
                "deal": rng.choice([*deals, None]) if is_converted else None,
                "master": rng.choice(leads[:index]) if is_merged else None,
            }
        )
    for deal in deals:
        world.deals.append(
            {
                "id": deal,
                "account": name,
                "created": _day(rng),
                "created_by": rng.choice(list(USERS)),
                "source": rng.choice(SOURCES),
                "kind": rng.choice([None, "New Business", "Renewal"]),
                "amount": f"{rng.randint(1, 10_000) / 100:.2f}",
                "outcome": rng.choice(["won", "won", "lost", "close"]),
                "closed": f"2024-03-0{rng.randint(1, 4)}",
            }
        )
        world.roles += [(deal, contact) for contact in contacts if rng.random() < 0.3]
    for cookie in range(rng.randint(0, 2)):
        named = [email for email in emails if email and rng.random() < 0.4]
        world.identifies += [(f"{name}_k{cookie}", email) for email in named]


def _day(rng: random.Random) -> str:
    return f"2024-0{rng.randint(1, 2)}-0{rng.randint(1, 3)}"


def _cased(rng: random.Random, email: str | None) -> str | None:
    return email.upper() if email and rng.random() < 0.2 else email


def build(world: World, folder: Path, name: Callable[[str], str] = str, rng: random.Random | None = None) -> Warehouse:
    """The marts of the world: with `rng` in files of several parts, rows in any order, and ids as `name` calls them."""
    company = Company(folder)

    def called(record_id: str | None) -> str | None:
        return None if record_id is None else name(record_id)

    steps: list[Callable[[], Any]] = []
    for user, department in USERS.items():
        steps.append(lambda user=user, department=department: company.user(name(user), department=department))
    for account in world.accounts:
        steps.append(lambda account=account: company.account(name(account), Website=f"{account}.example"))
    for lead in world.leads:
        steps.append(
            lambda lead=lead: company.lead(
                name(lead["id"]),
                created=lead["created"],
                created_by=name(lead["created_by"]),
                source=lead["source"],
                email=lead["email"],
                IsDeleted=lead["deleted"],
                IsConverted=lead["contact"] is not None,
                ConvertedDate="2024-02-01" if lead["contact"] else None,
                ConvertedContactId=called(lead["contact"]),
                ConvertedAccountId=called(lead["account"]),
                ConvertedOpportunityId=called(lead["deal"]),
                MasterRecordId=called(lead["master"]),
            )
        )
    for contact in world.contacts:
        steps.append(
            lambda contact=contact: company.contact(
                name(contact["id"]),
                account=name(contact["account"]),
                created=contact["created"],
                created_by=name(contact["created_by"]),
                source=contact["source"],
                email=contact["email"],
                IsDeleted=contact["deleted"],
            )
        )
    for deal in world.deals:
        steps.append(
            lambda deal=deal: company.opportunity(
                name(deal["id"]),
                account=name(deal["account"]),
                created=deal["created"],
                created_by=name(deal["created_by"]),
                source=deal["source"],
                kind=deal["kind"],
                amount=deal["amount"],
                **{deal["outcome"]: deal["closed"]},
            )
        )
    for deal_id, contact_id in world.roles:
        steps.append(lambda role=(deal_id, contact_id): company.contact_role(*(name(i) for i in role)))
    for cookie, email in world.identifies:
        steps.append(lambda cookie=cookie, email=email: company.identify(name(cookie), "2024-01-05", email=email))
    if rng is None:
        for step in steps:
            step()
        return build_marts(company, only=READ)
    rng.shuffle(steps)
    parts = ["b", "a", "c"]
    rng.shuffle(parts)
    for number, part in enumerate(parts):
        for step in steps[number :: len(parts)]:
            step()
        company.deliver(f"part-{part}")
    return build_marts(company, only=READ)


def origins(warehouse: Warehouse, name: Callable[[str], str] = str) -> dict[str, tuple[Any, ...]]:
    rows = warehouse.rows(
        "select opportunity_id, originator_user_id, originator_team, originator_source, originator_matched_by,"
        " originator_created_at, origin_status, days_lead_to_close from marts.fct_opportunities"
    )
    return {name(deal): (name(user), *rest) for deal, user, *rest in rows}


@examples(8)
@given(world=worlds(), seed=st.integers(0, 10**6))
def test_the_originator_is_the_same_whatever_the_order_and_whatever_the_ids(world: World, seed: int) -> None:
    rng = random.Random(seed)
    given_names: dict[str, str] = {}

    def renamed(record_id: str) -> str:
        # 11 characters: neither form of a Salesforce id, which would be one record with its other form.
        return given_names.setdefault(record_id, f"{rng.getrandbits(40):010x}z")

    with tempfile.TemporaryDirectory() as folder:
        expected = origins(build(world, Path(folder, "as_drawn")))
        shuffled = build(world, Path(folder, "shuffled"), renamed, rng)
        names = {given: record_id for record_id, given in given_names.items()}
        assert origins(shuffled, names.__getitem__) == expected


@examples(8)
@given(world=worlds())
def test_every_deal_has_one_originator_and_every_identifier_one_person(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = build(world, Path(folder))
        deals = warehouse.rows("select opportunity_id, originator_team from marts.fct_opportunities order by 1")
        assert [deal for deal, _ in deals] == sorted(deal["id"] for deal in world.deals)
        assert {team for _, team in deals} <= {"marketing", "sales", "partner"}

        won = sum((Decimal(deal["amount"]) for deal in world.deals if deal["outcome"] == "won"), Decimal(0))
        originated = warehouse.rows("select originator_team, sum(won_amount) from marts.rpt_lead_to_revenue group by 1")
        assert sum(amount for _, amount in originated) == won

        found = defaultdict(set)
        for person, kind, identifier in warehouse.rows(
            "select person_id, identifier_type, identifier from intermediate.int_identity__person_identifiers"
        ):
            found[person].add((kind, identifier))
        assert sum(len(identifiers) for identifiers in found.values()) == len(set().union(*found.values(), set()))
        assert {frozenset(identifiers) for identifiers in found.values()} == people_of(world)


class UnionFind:
    """Sets of things that were joined."""

    def __init__(self) -> None:
        self._parents: dict[Hashable, Hashable] = {}

    def find(self, thing: Hashable) -> Hashable:
        self._parents.setdefault(thing, thing)
        while self._parents[thing] != thing:
            thing = self._parents[thing]
        return thing

    def join(self, one: Hashable, other: Hashable) -> None:
        self._parents[self.find(one)] = self.find(other)

    def sets(self) -> Iterable[frozenset[Hashable]]:
        members = defaultdict(set)
        for thing in list(self._parents):
            members[self.find(thing)].add(thing)
        return (frozenset(things) for things in members.values())


def people_of(world: World) -> set[frozenset[Hashable]]:
    """The people by the definition alone: what conversion, merge and address join, then what cookies add.

    A cookie joins nobody when it named more than two people or two who live at work under different addresses, nor do
    cookies that only together would join two such people.
    """
    people = UnionFind()
    for kind, records in [("salesforce_lead", world.leads), ("salesforce_contact", world.contacts)]:
        for record in records:
            people.find((kind, record["id"]))
            if record["email"] and not record["email"].lower().startswith("info@"):
                people.join((kind, record["id"]), ("email", record["email"].lower()))
    for lead in world.leads:
        if lead["contact"]:
            people.join(("salesforce_lead", lead["id"]), ("salesforce_contact", lead["contact"]))
        if lead["master"]:
            people.join(("salesforce_lead", lead["id"]), ("salesforce_lead", lead["master"]))
    emails_of = defaultdict(set)
    for cookie, email in world.identifies:
        people.find(("anonymous_id", cookie))
        if not email.lower().startswith("info@"):
            emails_of[cookie].add(("email", email.lower()))
            people.find(("email", email.lower()))
    at_work = {
        people.find(("email", record["email"].lower()))
        for record in [*world.leads, *world.contacts]
        if record["email"]
        and not record["email"].lower().startswith("info@")
        and not record["deleted"]
        and not record.get("master")
        and record["id"] not in {lead["id"] for lead in world.leads if lead["contact"]}
    }
    named = {cookie: {people.find(email) for email in emails} for cookie, emails in emails_of.items()}
    usable = {
        cookie: known
        for cookie, known in named.items()
        if len(known) <= COOKIE_MAX_PEOPLE and len(known & at_work) <= 1
    }
    chains = UnionFind()
    for cookie, known in usable.items():
        for person in known:
            chains.join(cookie, person)
    contradictory = [chain for chain in chains.sets() if len(chain & at_work) > 1]
    for cookie, known in usable.items():
        if len(known) == 1 or not any(cookie in chain for chain in contradictory):
            for person in known:
                people.join(("anonymous_id", cookie), person)
    return set(people.sets())
