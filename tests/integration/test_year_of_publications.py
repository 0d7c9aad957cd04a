"""A year of publications: whatever happens between two is found with its amount, and nothing else moves.

Each has a new deal. Before some of them something else happens as well: late touches, people who are one, a mended
team, an edited and then a deleted deal, an exchange rate, another version of the rules, an edited target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.publish import kept
from dagster_project.rebuild import CannotRebuild
from dagster_project.reproduce import reproduce
from tests import compiled_models
from tests.company import Company
from tests.integration.test_restatements import ALONE, sold
from tests.publications import FILE_MODELS, Publisher, build_again, count_one_more, moved

pytestmark = pytest.mark.deep

D = Decimal
Moves = dict[tuple[str, str, str, str], Decimal]

FIRST_DAY = date(2024, 3, 10)
APART = timedelta(weeks=4)
LAST = 14
# Publications whose file is written, and built again at the end.
WITH_FILE = (1, 5, LAST)
NEW_RULES, EDITED_TARGET = 11, 12
O4_GONE = {("won_revenue", "2024-03", ""): D("-130.00"), ("originated", "2024-03", "sales"): D("-130.00")}
O4_GONE |= {("credited", "2024-03", "unattributed"): D("-130.00"), ("pipeline", "2024-02", ""): D("-130.00")}
HAPPENS = {3: "late_data", 4: "identity", 6: "configuration", 7: "deal_changed", 8: "deletion", 10: "currency"}


@dataclass
class Year:
    publisher: Publisher
    found: dict[int, Moves] = field(default_factory=dict)
    expected: dict[int, Moves] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    targets: dict[int, tuple] = field(default_factory=dict)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    company = Company(tmp_path_factory.mktemp("year"))
    sold(company)
    company.settings(snapshot_objects="planning.targets")
    plan(company, "200")
    told = Year(Publisher(company))
    with pytest.MonkeyPatch.context() as patch:
        for number in range(1, LAST + 1):
            day = FIRST_DAY + APART * (number - 1)
            told.expected[number] = dict(happen(company, number, day, patch)) if number > 1 else {}
            if number in WITH_FILE:
                told.ids[number] = told.publisher.publish_file(day.isoformat())
                told.found[number] = {}
            else:
                built = told.publisher.publish(day.isoformat())
                told.found[number] = moved(built)
                # Judged as soon as its period is over.
                for judged in built.rows(
                    "select target, target_now, bonus_amount, plan_status from marts.rpt_target_integrity"
                ):
                    told.targets[number] = judged
        yield told


def happen(company: Company, number: int, day: date, patch: pytest.MonkeyPatch) -> Iterator[tuple[tuple, Decimal]]:
    """Let it happen, and tell what should move."""
    if cause := HAPPENS.get(number):
        edit, moves = ALONE[cause]
        edit(company)
        moves = O4_GONE if cause == "deletion" else moves
        yield from (((*where, cause), amount) for where, amount in moves.items())
    if number == NEW_RULES:
        count_one_more(patch)
        # Every deal of before counts one unit more: the three that are left of March's first, and one each time.
        yield from rules_move(number)
        return
    if number == EDITED_TARGET:
        plan(company, "100")
    amount = D(number) + D("0.07")
    company.opportunity(
        f"N{number}",
        account="A2",
        created=day.isoformat(),
        created_by="rep",
        amount=str(amount),
        won=day.isoformat(),
    )
    counted = amount + 1 if number > NEW_RULES else amount
    month = f"{day:%Y-%m}"
    for figure, member in (
        ("won_revenue", ""),
        ("originated", "sales"),
        ("credited", "unattributed"),
        ("pipeline", ""),
    ):
        yield (figure, month, member, "new_deal"), counted


def rules_move(number: int) -> Iterator[tuple[tuple, Decimal]]:
    deals: dict[str, int] = {}
    for earlier in range(2, number):
        month = f"{FIRST_DAY + APART * (earlier - 1):%Y-%m}"
        deals[month] = deals.get(month, 0) + 1
    for month, count in deals.items():
        yield ("won_revenue", month, "", "definition"), D(count)
        yield ("pipeline", month, "", "definition"), D(count)
    yield ("won_revenue", "2024-03", "", "definition"), D(3)
    yield ("pipeline", "2024-02", "", "definition"), D(3)


def plan(company: Company, target: str) -> None:
    company._records.pop(("planning", "targets"), None)
    company.target("won_amount", "2024-03-01", "2024-03-31", target, owner_email="rep@us.example", bonus_amount="50")


@pytest.mark.slow
def test_each_cause_is_found_with_its_amount_and_nothing_else_moves(year: Year) -> None:
    """The promise that the causes sum to the cent was asked of each publication as well."""
    for number in set(range(2, LAST + 1)) - set(WITH_FILE) - {NEW_RULES}:
        assert year.found[number] == year.expected[number], f"publication {number}"


@pytest.mark.slow
def test_another_version_of_the_rules_has_all_of_its_publication(year: Year) -> None:
    found = year.found[NEW_RULES]
    assert {cause for *_, cause in found} == {"definition"}
    amounts = {where: amount for where, amount in found.items() if where[0] in ("won_revenue", "pipeline")}
    assert amounts == year.expected[NEW_RULES]


@pytest.mark.slow
def test_a_target_edited_in_the_year_is_shown_and_changes_nothing(year: Year) -> None:
    assert {year.targets[number] for number in range(3, EDITED_TARGET) if number in year.targets} == {
        (D(200), D(200), D(50), "as_published")
    }
    assert year.targets[EDITED_TARGET + 1] == (D(200), D(100), D(50), "edited")


@pytest.mark.slow
@pytest.mark.parametrize("number", WITH_FILE)
def test_a_publication_of_the_year_is_built_again(year: Year, number: int, tmp_path: Path) -> None:
    """The last one by the rules of its day, the others by those of theirs."""

    def again(file: Path, _: object) -> None:
        build_again(file, FILE_MODELS)

    if number < NEW_RULES:
        with pytest.raises(CannotRebuild, match="was made by other"):
            reproduce(year.publisher.build_file, tmp_path, year.ids[number], again)
        with pytest.MonkeyPatch.context() as patch:
            restore_rules(patch)
            done = reproduce(year.publisher.build_file, tmp_path, year.ids[number], again)
    else:
        done = reproduce(year.publisher.build_file, tmp_path, year.ids[number], again)
    assert done.is_equal, [table for table in done.tables if not table.is_equal]


RULES = compiled_models.compiled_models, kept._source_fingerprint


def restore_rules(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compiled_models, "compiled_models", RULES[0])
    patch.setattr(kept, "_source_fingerprint", RULES[1])
