"""The review page in a real browser, opened as a file: every figure, every filter, whatever names people type."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from dagster_project.engine import connected
from dagster_project.review import explanations
from dagster_project.review.page import write_review
from tests.company import Company
from tests.profiles import deep_but
from tests.review import (
    EVIL,
    browser_page,
    differences,
    figures,
    ready_file,
    restated_file,
    sealed_file,
    small_company,
)
from tests.runs import Night

pytestmark = pytest.mark.slow

Opened = tuple[Page, list[str]]

FILTERS = ("unit", "period", "type", "team", "marketer", "seller", "channel", "model", "topic", "persona")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return restated_file(small_company(Company(tmp_path_factory.mktemp("review"))))


@pytest.fixture(scope="module")
def index(file: Path) -> Path:
    return write_review(file, file.parent / "review").path


@pytest.fixture
def opened(index: Path) -> Iterator[Opened]:
    with browser_page(index) as found:
        yield found


@pytest.mark.deep
def test_every_figure_is_what_sql_finds_under_every_filter(file: Path, opened: Opened) -> None:
    page, wrong = opened
    assert differences(page, file) == []
    for name in FILTERS:
        values = page.eval_on_selector_all(f"#filter-{name} option", "options => options.map((o) => o.value)")
        assert len(values) > 1, f"the company has nothing to filter by {name}"
        page.select_option(f"#filter-{name}", values[-1])
        assert differences(page, file) == [], f"{name} = {values[-1]}"
        page.select_option(f"#filter-{name}", values[0])
    assert wrong == []


def test_what_moved_most_leads_to_its_deal(opened: Opened) -> None:
    page, _ = opened
    moved = figures(page)["movers"]
    (place,) = [
        row for (row, column), value in moved.items() if column == "said" and value.startswith("Won revenue in")
    ]
    assert moved[place, "change_amount"] == "100.25"
    page.locator(f'[data-view="movers"][data-row="{place}"] button').click()
    assert page.locator("dialog").get_by_text("2,500.50").count() > 0


def test_sealed_months_that_moved_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    file = sealed_file(small_company(Company(tmp_path)))
    with browser_page(write_review(file, tmp_path / "review").path) as (page, wrong):
        assert differences(page, file) == []
        moved = figures(page)["sealed"]
        (won,) = [row for (row, column), value in moved.items() if column == "figure_name" and value == "Won revenue"]
        assert {column: value for (row, column), value in moved.items() if row == won} == {
            "month": "2024-02-01",
            "figure_name": "Won revenue",
            "sealed_amount": "900.00",
            "current_amount": "700.00",
            "change_amount": "-200.00",
            "causes": "the CRM says something else -200.00",
        }
        # The deal's pipeline is January's, whose MQLs and costs stand. March has figures, and none moved.
        assert {value for (_, column), value in moved.items() if column == "month"} == {"2024-01-01", "2024-02-01"}
        card = page.locator("#card-changes").inner_text()
        said = "Of 3 sealed months 2 read otherwise than they were sealed (won revenue -200.00 in all)."
        assert said in card
        assert "1 sealed month and 2 other figures stand as they were sealed." in card
        page.select_option("#filter-period", "2024-01-01")
        assert differences(page, file) == []
        target = page.locator("tr", has=page.locator('[data-view="targets"][data-value="won_amount"]'))
        assert "verified, judged as sealed; today missed" in target.inner_text()
        target.locator('[data-column="delivered"]').get_by_role("button").click()
        page.locator("dialog [data-id]").first.wait_for()
        assert "as they count today. The target is judged as sealed" in page.locator("dialog .sum").inner_text()
        assert wrong == []
    for digest in ("week", "month"):
        for kind in ("html", "md"):
            assert said in (tmp_path / "review" / f"digest-{digest}.{kind}").read_text().replace("\\", "")


def test_where_no_month_is_sealed_nothing_is_said_of_it(index: Path, opened: Opened) -> None:
    page, _ = opened
    assert "sealed" not in page.locator("#card-changes .views").inner_text()
    assert "judged as sealed" not in page.locator("main").inner_text()
    assert "sealed" not in (index.parent / "digest-week.md").read_text()


def test_every_figure_of_the_sample_is_what_sql_finds(sample_night: Night) -> None:
    published = sample_night.published.file
    with browser_page(published.parent / "review" / "index.html") as (page, wrong):
        assert differences(page, published) == []
        assert sum(map(len, figures(page).values())) > 5_000
        page.select_option("#filter-unit", "month")
        page.select_option("#filter-type", "new_business")
        page.select_option("#filter-model", "w_shaped")
        assert differences(page, published) == []
        assert wrong == []
    files = [path for path in (published.parent / "review").rglob("*") if path.is_file()]
    assert (published.parent / "review" / "index.html").stat().st_size < 2_000_000
    assert sum(path.stat().st_size for path in files) < 25_000_000


def test_names_with_markup_are_text(opened: Opened) -> None:
    page, wrong = opened
    page.get_by_role("button", name="Show the 3 deals behind it").first.click()
    assert page.locator("dialog").get_by_text(EVIL, exact=True).count() > 0
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0
    assert wrong == []


def test_digests_say_names_with_markup_as_text(index: Path) -> None:
    with browser_page(index) as (page, wrong):
        for name in ("week", "month"):
            page.goto((index.parent / f"digest-{name}.html").as_uri())
            assert page.locator("img").count() == 0
            assert "<img" not in (index.parent / f"digest-{name}.md").read_text()
        assert page.evaluate("window.broken") is None
        assert wrong == []


def test_a_click_leads_to_the_deals_and_on_to_the_cents(file: Path, opened: Opened) -> None:
    page, wrong = opened
    won = page.locator('[data-view="number"][data-column="before_amount"]')
    value = Decimal(won.get_attribute("data-value") or "")
    won.get_by_role("button").click()
    dialog = page.locator("dialog")
    assert f"{value:,.2f}" in dialog.locator(".sum").inner_text()
    dialog.locator('[data-id="O1"]').get_by_role("button").click()
    dialog.locator(".explanation tbody tr").first.wait_for()
    for model in ("linear", "first_touch", "w_shaped"):
        dialog.locator("#explained-model").select_option(model)
        shown = [
            int(cents) for cents in dialog.locator("[data-cents]").evaluate_all("a => a.map(e => e.dataset.cents)")
        ]
        with connected(file, read_only=True) as connection:
            asked = connection.execute(
                "select (attributed_amount * 100)::bigint, source_record_id, rule from marts.explain_credit"
                " where opportunity_id = 'O1' and model = $model order by touch_number",
                {"model": model},
            ).fetchall()
        assert shown == [cents for cents, *_ in asked]
        assert sum(shown) == 100_000
        said = dialog.locator(".explanation").inner_text()
        assert all(record in said and rule in said for _, record, rule in asked)
    dialog.get_by_role("button", name="Back").click()
    assert dialog.locator("[data-id]").count() == 1
    assert wrong == []


# Clicks on every figure of the views, and says what stood on it and in the list behind it.
BEHIND = """
async (names) => {
  const found = [];
  const dialog = document.querySelector("#behind");
  for (const name of names) for (const cell of document.querySelectorAll(`[data-view="${name}"]`)) {
    const figure = cell.querySelector("button.figure");
    if (!figure) continue;
    figure.click();
    while (dialog.querySelector(".content [aria-live]")) await new Promise((done) => setTimeout(done, 5));
    const said = dialog.querySelector(".sum").innerText;
    found.push([name, cell.dataset.row, cell.dataset.column, cell.dataset.value, said]);
    dialog.close();
  }
  return found;
}
"""
# A rate, a median or a wait has the rows that it is of behind it; their number isn't the figure.
NO_COUNTS = {"acceptance_rate", "late_share", "median_hours_to_response", "hours_waiting"}


def behind_counts(page: Page, *views: str) -> set[tuple[str, str]]:
    """Follow every figure of these views to its list, which must be as long, or sum to as much, as the figure says."""
    followed = set()
    for view, row, column, value, said in page.evaluate(BEHIND, views):
        followed.add((view, column))
        if column.endswith("amount"):
            assert f"{Decimal(value):,.2f}" in said, (view, row, column, value, said)
        elif column not in NO_COUNTS:
            assert said.split()[0] == f"{int(value):,}", (view, row, column, value, said)
        else:
            assert int(said.split()[0].replace(",", "")) > 0, (view, row, column, said)
    return followed


@pytest.mark.deep
def test_behind_every_count_of_mqls_are_as_many(sample_night: Night) -> None:
    with browser_page(sample_night.published.file.parent / "review" / "index.html") as (page, wrong):
        page.select_option("#filter-period", page.eval_on_selector("#filter-period", "e => e.options[1].value"))
        found = behind_counts(
            page, "handover_period", "handover_months", "handover_sellers", "reasons", "reasons_campaign", "pairs"
        )
        found |= behind_counts(page, "handover_marketers", "reasons_seller", "response_months", "integrations")
        page.select_option("#filter-seller", page.eval_on_selector("#filter-seller", "e => e.options[2].value"))
        found |= behind_counts(page, "handover_period", "reasons_marketer", "reasons_source", "pairs_heat")
        assert wrong == []
    assert {
        ("handover_period", "mqls"),
        ("handover_months", "rejected"),
        ("handover_months", "no_response"),
        ("reasons", "rejected_mqls"),
        ("reasons", "later_opportunities"),
        ("pairs", "opportunities"),
        ("pairs", "won_amount"),
        ("integrations", "mqls"),
        ("response_months", "responses"),
    } <= found


def test_an_mql_leads_to_its_deal_and_on_to_the_cents(opened: Opened) -> None:
    page, wrong = opened
    page.select_option("#filter-period", "2024-01-01")
    page.locator('[data-view="handover_period"][data-column="mqls"]').get_by_role("button").click()
    dialog = page.locator("dialog")
    dialog.locator("[data-id]").first.wait_for()
    assert dialog.locator(".sum").inner_text().startswith("3 MQLs, of which came 3 deals")
    dialog.locator("[data-id]", has_text="L1").get_by_role("button").click()
    dialog.locator('[data-id="O1"]').get_by_role("button").click()
    dialog.locator(".explanation tbody tr").first.wait_for()
    dialog.get_by_role("button", name="Back").click()
    dialog.get_by_role("button", name="Back").click()
    dialog.locator("[data-id]").first.wait_for()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert sorted((row["lead"], row["outcome"], row["deals"]) for row in rows) == [
        (lead, "accepted", "1") for lead in ("L1", "L2", "L3")
    ]
    assert wrong == []


def test_refused_and_waiting_mqls_say_who_and_why(opened: Opened) -> None:
    page, _ = opened
    dialog = page.locator("dialog")
    page.locator('[data-view="reasons"][data-column="rejected_mqls"]').get_by_role("button").click()
    dialog.locator("[data-id]").first.wait_for()
    assert "L4" in dialog.inner_text() and "Rejected - Not ICP" in dialog.inner_text()
    page.keyboard.press("Escape")
    page.locator('[data-view="waiting"][data-column="hours_waiting"]').get_by_role("button").click()
    dialog.locator("[data-id]").first.wait_for()
    assert "L5" in dialog.inner_text() and dialog.locator("[data-id]").count() == 1


def test_a_target_leads_to_the_records_that_count_for_it(opened: Opened) -> None:
    page, wrong = opened
    page.select_option("#filter-period", "2024-01-01")
    dialog = page.locator("dialog")
    counted = {}
    for name in ("won_amount", "sqls"):
        row = page.locator("tr", has=page.locator(f'[data-view="targets"][data-column="metric"][data-value="{name}"]'))
        row.locator('[data-column="delivered"]').get_by_role("button").click()
        dialog.locator("[data-id]").first.wait_for()
        counted[name] = dialog.locator("[data-id] th").all_inner_texts()
        page.keyboard.press("Escape")
    assert sorted(counted["sqls"]) == ["L1", "L2", "L3"]
    assert counted["won_amount"] == ["Deal O1"]
    assert wrong == []


def test_a_file_of_an_earlier_version_has_no_lists_of_mqls(file: Path, tmp_path: Path) -> None:
    older = Path(shutil.copy(file, tmp_path / file.name))
    with connected(older) as connection:
        connection.execute("drop table marts.fct_mqls cascade")
    with browser_page(write_review(older, tmp_path / "review").path) as (page, wrong):
        assert page.locator('[data-view="handover_months"] button.figure').count() == 0
        assert page.locator('[data-view="quarters"] button.figure').count() > 0
        assert wrong == []


def test_deals_beyond_the_page_s_size_get_the_query(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanations, "MOST_TOUCHES", 6)
    with browser_page(write_review(file, tmp_path / "review").path) as (page, wrong):
        page.locator('[data-view="number"][data-column="before_amount"]').get_by_role("button").click()
        page.locator('dialog [data-id="O1"]').get_by_role("button").click()
        assert "explains the newest deals only" in page.locator("dialog").inner_text()
        assert "where opportunity_id = 'O1'" in page.locator("dialog").inner_text()
        assert wrong == []


def test_a_table_s_csv_has_its_figures_and_no_formula(opened: Opened) -> None:
    page, _ = opened
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV: Open pipeline by stage").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["stage"], row["deals"], row["amount"]) for row in rows] == [("Proposal", "1", "700.00")]


def test_a_view_can_be_sent_as_a_link(index: Path, opened: Opened) -> None:
    page, _ = opened
    page.select_option("#filter-unit", "month")
    page.select_option("#filter-seller", "rep")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("[window.review.filters.unit, window.review.filters.seller]") == ["month", "rep"]


def test_the_keyboard_reaches_a_figure_and_comes_back(opened: Opened) -> None:
    page, _ = opened
    figure = page.locator(".figure").first
    figure.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert figure.evaluate("element => element === document.activeElement")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_nobody_is_shut_out(index: Path, look: str) -> None:
    size = {"width": 390, "height": 800} if look == "phone" else {"width": 1440, "height": 1000}
    with browser_page(index, viewport=size, color_scheme="dark" if look == "dark" else "light") as (page, _):
        serious = _serious(page)
        page.locator(".figure").first.click()
        serious += _serious(page)
        page.locator("dialog [data-id]").first.get_by_role("button").click()
        page.locator(".explanation tbody tr").first.wait_for()
        serious += _serious(page)
        page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than it"
    assert serious == []


def _serious(page: Page) -> list[str]:
    # Charts are pictures with a table beside them.
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


def test_it_prints(opened: Opened, tmp_path: Path) -> None:
    page, _ = opened
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#filters").is_visible()
    assert page.locator("#chosen").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(path=tmp_path / "page.pdf").startswith(b"%PDF")


def test_files_of_two_nights_are_not_mixed(index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "review"
    shutil.copytree(index.parent, folder)
    core = folder / "data" / "core.js"
    core.write_text(core.read_text().replace('"build":"', '"build":"0'))
    with browser_page(folder / "index.html", ready=False) as (page, _):
        assert (
            page.get_by_role("alert").inner_text()
            == "This page was replaced while it was being opened. Please reload it."
        )


def test_a_table_that_the_file_lacks_is_said(file: Path, tmp_path: Path) -> None:
    older = tmp_path / "throughline.duckdb"  # its views name the file
    shutil.copy(file, older)
    with connected(older) as connection:
        for table in ("rpt_waiting_mqls", "rpt_rejections_by_seller", "rpt_seller_feedback", "rpt_running_targets"):
            connection.execute(f"drop table marts.{table}")
        connection.execute("alter table marts.dim_user drop column is_integration")
    with browser_page(write_review(older, tmp_path / "review").path) as (page, wrong):
        assert differences(page, older) == []
        for card, words in (
            ("waiting", "The list of waiting MQLs isn't in this published file"),
            ("reasons", "Refusals by campaign aren't in this published file"),
            ("voices", "Single ratings and comments aren't in this published file"),
            ("running", "Targets of running periods aren't in this published file"),
            ("pairs", "which users are integrations"),
        ):
            assert words in page.locator(f"#card-{card}").inner_text()
        assert wrong == []


def nobody(company: Company) -> None:
    """No record at all."""


def one_deal(company: Company) -> None:
    company.account("A1")
    company.opportunity("O1", account="A1", created="2024-02-01", created_by="rep", amount="10.00", won="2024-03-01")


def without_marketing(company: Company) -> None:
    company.user("rep", department="Sales")
    for number in range(3):
        company.account(f"A{number}")
        company.lead(f"L{number}", created="2024-01-05", created_by="rep", email=f"p{number}@a{number}.example")
        company.opportunity(
            f"O{number}", account=f"A{number}", created="2024-02-01", created_by="rep", amount="10.00", won="2024-03-01"
        )
        company.convert(f"L{number}", account=f"A{number}", opportunity=f"O{number}", at="2024-02-01")


def without_content_and_spend(company: Company) -> None:
    company.user("mia", department="Marketing")
    without_marketing(company)
    company.lead("L9", created="2024-01-05", created_by="mia", email="p@a9.example")
    company.page_view("visitor", "2024-01-04 10:00", "https://www.example.com/?utm_source=google&utm_medium=cpc")
    company.identify("visitor", "2024-01-04 10:05", email="p0@a0.example")


@pytest.mark.parametrize("fill", deep_but(1, [nobody, one_deal, without_marketing, without_content_and_spend]))
def test_what_a_company_lacks_is_said_and_nothing_breaks(tmp_path: Path, fill: Callable[[Company], None]) -> None:
    company = Company(tmp_path)
    fill(company)
    file = ready_file(company)
    with browser_page(write_review(file, tmp_path / "review").path) as (page, wrong):
        assert differences(page, file) == []
        page.select_option("#filter-unit", "week")
        assert differences(page, file) == []
        silent = page.eval_on_selector_all(
            ".view", "all => all.filter((e) => !e.querySelector('[data-value], .miss')).map((e) => e.innerText)"
        )
        assert silent == []
        assert page.locator(".miss:text-is('')").count() == 0
        assert wrong == []
