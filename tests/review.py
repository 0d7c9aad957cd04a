"""Companies for the review page, and the walk over its cards: every figure beside plain SQL on the published file."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from dagster_project.audit.schema import prepare_audit
from dagster_project.engine import connected
from dagster_project.publish import kept
from dagster_project.review.cards import cards
from dagster_project.review.columnar import plain
from dagster_project.review.published import opened
from dagster_project.review.views import View, substituted
from tests.company import Company
from tests.runs import build_marts

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Names as people type them, and as somebody types who wants to break a page.
EVIL = """</script><img src=x onerror="window.broken = 1">'"&<b>"""


def small_company(company: Company) -> Company:
    """Two marketers, two sellers, three customers: new business, a renewal, a lost one, MQLs of every outcome."""
    for user, department in (("mia", "Marketing"), ("moe", "Marketing"), ("rep", "Sales"), ("sam", "Sales")):
        company.user(user, department=department, name=user.title(), Email=f"{user}@us.example")
    for number, name in enumerate(("Birch Mill", "Cedar Bank", EVIL), start=1):
        company.account(f"A{number}", Name=name, created="2023-12-01", Website=f"a{number}.example")
        company.portfolio(f"A{number}", "mia@us.example", "marketing", valid_from="2024-01-01")
        company.portfolio(f"A{number}", "rep@us.example", "sales", valid_from="2024-01-01")
    company.asset("guide", "/guide", title="The guide", type="guide", topic="cost", persona="finance")
    company.asset("evil", "/evil", title=EVIL, type="paper", topic="risk", persona="it")
    company.asset(
        "later",
        "/later",
        title="Still to come",
        type="paper",
        topic="risk",
        persona="it",
        status="in_development",
        published_at=None,
        planned_at="2024-05-01 00:00:00",
    )
    company.campaign("webinar", kind="Webinar", name=EVIL)
    company.spend("google_ads", "2024-01-10", "Launch", "500.00")
    for number, (marketer, seller, amount, won) in enumerate(
        (
            ("mia", "rep", "1000.00", "2024-02-20"),
            ("moe", "sam", "2500.50", "2024-04-05"),
            ("mia", "sam", "0.01", "2024-04-06"),
        ),
        start=1,
    ):
        lead, deal, visitor = f"L{number}", f"O{number}", f"visitor{number}"
        address = f"p{number}@a{number}.example"
        company.page_view(visitor, "2024-01-12 10:00", "https://www.example.com/guide?utm_source=google&utm_medium=cpc")
        company.page_view(visitor, "2024-01-14 10:00", "https://www.example.com/evil")
        company.identify(visitor, "2024-01-14 10:05", email=address)
        company.lead(
            lead,
            created="2024-01-14 10:06",
            created_by=marketer,
            email=address,
            status="Inquiry",
            source="Web",
            OwnerId=seller,
        )
        company.lead_status(lead, "MQL", at="2024-01-15 09:00", by=marketer)
        company.lead_status(lead, "SQL", at="2024-01-16 09:00", by=seller)
        company.opportunity(
            deal,
            account=f"A{number}",
            created="2024-01-20",
            created_by=seller,
            amount=amount,
            won=won,
            kind="New Business",
        )
        company.convert(lead, account=f"A{number}", opportunity=deal, at="2024-01-20")
    company.share("guide", by_email="rep@us.example", to_email="p1@a1.example", at="2024-02-01 10:00", opportunity="O1")
    company.feedback("guide", by_email="rep@us.example", at="2024-03-01", rating="4", comment=EVIL)
    company.lead("L4", created="2024-04-01", created_by="moe", email="no@else.example", status="Inquiry", OwnerId="rep")
    company.lead_status("L4", "MQL", at="2024-04-02 09:00", by="moe")
    company.lead_status("L4", "Rejected - Not ICP", at="2024-04-03 09:00", by="rep")
    company.lead(
        "L5", created="2024-04-01", created_by="mia", email="wait@else.example", status="Inquiry", OwnerId="sam"
    )
    company.lead_status("L5", "MQL", at="2024-04-04 09:00", by="mia")
    company.opportunity(
        "O4", account="A1", created="2024-04-01", created_by="rep", amount="700.00", kind="Renewal", Name="Birch again"
    )
    company.target("won_amount", "2024-01-01", "2024-03-31", "800", owner_email="rep@us.example", bonus_amount="50.00")
    company.target("sqls", "2024-01-01", "2024-01-31", "2", owner_email="mia@us.example", bonus_amount="20.00")
    return company


def ready_file(company: Company, as_of: str = "2024-04-10", later_night: bool = False) -> Path:
    """The company's marts with the audit tables, in a file that the page reads as it reads the published one."""
    built = build_marts(company, as_of, later_night=later_night)
    with connected(built.file) as connection:
        prepare_audit(connection)
    return built.file


def restated_file(company: Company) -> Path:
    """The small company's file, after a publication in which a deal had another amount."""
    company.change("Opportunity", "O2", Amount="2400.25")
    before = build_marts(company, "2024-04-09")
    with connected(before.file) as connection:
        kept.prepare(connection, "before")
        kept.confirm(connection, "before")
    company.change("Opportunity", "O2", Amount="2500.50")
    company.is_delivered = False
    return ready_file(company, later_night=True)


def sealed_file(company: Company) -> Path:
    """The small company's file, after a publication by which January to March were sealed.

    Since then a deal of February has another amount, as has the target that it met, and one of March has come.
    """
    company.change("Opportunity", "O1", Amount="900.00")
    company.opportunity("O5", account="A2", created="2024-03-01", created_by="sam", amount="50.00", won="2024-03-20")
    before = build_marts(company, "2024-04-09")
    with connected(before.file) as connection:
        kept.prepare(connection, "before")
        kept.confirm(connection, "before")
    company.reference(
        "sealed_months", [{"month": f"2024-{month}", "sealed_at": "2024-04-09"} for month in ("01", "02", "03")]
    )
    company.change("Opportunity", "O1", Amount="700.00")
    company.is_delivered = False
    return ready_file(company, later_night=True)


@contextmanager
def browser_page(index: Path, ready: bool = True, **context: Any) -> Iterator[tuple[Page, list[str]]]:
    """The page in a real browser, from the file, and everything that went wrong or left the folder."""
    assert CHROMIUM, "the pages are looked at in a real browser: install Debian's chromium"
    wrong: list[str] = []
    folder = index.parent.as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page(**{"viewport": {"width": 1440, "height": 1000}, **context})
        page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((folder, "data:", "blob:"))
                else wrong.append(f"leaves the folder: {request.url}")
            ),
        )
        try:
            page.goto(index.as_uri())
            if ready:
                page.wait_for_selector("body[data-ready]", timeout=20_000)
            yield page, wrong
        finally:
            browser.close()


def figures(page: Page) -> dict[str, dict[tuple[str, str], str]]:
    """Every figure of the page: by view, row and column the value as plain text."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for view, row, column, value in page.eval_on_selector_all(
        "[data-column]", "all => all.map((e) => [e.dataset.view, e.dataset.row, e.dataset.column, e.dataset.value])"
    ):
        rows = found.setdefault(view, {})
        assert (row, column) not in rows, f"{view} has two figures for {row}, {column}"
        rows[row, column] = value
    return found


def expected(file: Path, view: View, filters: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """What the view's SQL finds in the published file."""
    with opened(file) as published:
        rows = published.records(substituted(view.sql, filters))
    key = "id" if any(column.name == "id" for column in view.columns) else view.columns[0].name
    return {
        ("" if view.form == "numbers" else str(plain(row[key])), column.name): row[column.name]
        for row in rows
        for column in view.columns
        if column.name != "id"
    }


def same(kind: str, shown: str, asked: Any) -> bool:
    """Whether the page's figure is the one that SQL finds; money and counts to the last digit."""
    if asked is None:
        return shown == ""
    if kind in {"money", "cents"}:
        return shown != "" and Decimal(shown) == Decimal(asked)
    if kind in {"count", "days", "signed"}:
        return shown == str(asked)
    if kind in {"share", "decimal", "hours"}:
        return shown != "" and math.isclose(float(shown), float(asked), rel_tol=1e-9, abs_tol=1e-9)
    if kind == "flag":
        return shown == str(bool(asked)).lower()
    return shown == str(plain(asked))


def differences(page: Page, file: Path) -> list[str]:
    """Every figure of every card that isn't what SQL finds with the filters of the moment, and every one amiss."""
    filters = page.evaluate("window.review.filters")
    found = figures(page)
    wrong: list[str] = []
    with opened(file) as published:
        views = [view for card in cards() for view in card.views if not published.lacks(view.requires)]
    for view in views:
        asked = expected(file, view, filters)
        shown = found.pop(view.name, {})
        wrong += [f"{view.name}: only on the page: {key}" for key in shown.keys() - asked.keys()]
        wrong += [f"{view.name}: not on the page: {key}" for key in asked.keys() - shown.keys()]
        kinds = {column.name: column.kind for column in view.columns}
        wrong += [
            f"{view.name}, {key}: the page says {shown[key]}, SQL {asked[key]}"
            for key in asked.keys() & shown.keys()
            if not same(kinds[key[1]], shown[key], asked[key])
        ]
    return wrong + [f"{name}: a view that no card declares" for name in found]
