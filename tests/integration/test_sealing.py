"""A sealed month keeps its figures, a target its first publication; what moved since stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.check import check
from dagster_project.engine import connected
from dagster_project.publish import kept
from dagster_project.publish.seals import SealBroken
from tests.company import Company
from tests.publications import Publisher
from tests.runs import Warehouse

D = Decimal

FIGURES = "select figure, member, sealed_amount, current_amount from marts.rpt_sealed_months order by all"
TARGETS = """
    select metric, target, bonus_amount, delivered, verdict, is_sealed, current_delivered, current_verdict, target_now,
        bonus_amount_now, plan_status
    from marts.rpt_target_integrity order by metric
"""


def sold(company: Company) -> None:
    """Two opportunities won in March, for which there is a target of 200.00, and one in April."""
    company.user("rep", department="Sales", Email="rep@us.example")
    company.account("A1", created="2024-01-10", created_by="rep")
    for name, won in {"O1": "2024-03-01", "O2": "2024-03-20", "O3": "2024-04-02"}.items():
        company.opportunity(name, account="A1", created="2024-02-01", created_by="rep", amount="100.00", won=won)
    planned(company, "won_amount", "200", "50")


def planned(company: Company, metric: str, target: str, bonus: str) -> None:
    company.target(metric, "2024-03-01", "2024-03-31", target, owner_email="rep@us.example", bonus_amount=bonus)


def replan(company: Company, *targets: tuple[str, str, str]) -> None:
    """Planning delivers other targets in place of the former ones."""
    company._records["planning", "targets"].clear()
    for target in targets:
        planned(company, *target)


def seal(company: Company, *rows: tuple[str, str]) -> None:
    company.reference("sealed_months", [{"month": month, "sealed_at": sealed_at} for month, sealed_at in rows])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Publisher, dict[str, Warehouse]]]:
    """Three publications: the first one, one after March was sealed and much was edited, and one a day later.

    Of the second and third, what the marts said is kept in copies of the file.
    """
    company = Company(tmp_path_factory.mktemp("sealed"))
    sold(company)
    publisher = Publisher(company, as_of="2024-04-05")
    copies: dict[str, Warehouse] = {}

    def publish(name: str, as_of: str) -> None:
        built = publisher.publish(as_of)
        copy = company.warehouse_dir.with_name(f"{name}.duckdb")
        copy.write_bytes(built.file.read_bytes())
        copies[name] = Warehouse(copy)

    company.settings(snapshot_objects="planning.targets")
    publish("first", "2024-04-05")
    seal(company, ("2024-03", "2024-04-05"), ("2024-04", "2024-05-05"))
    company.change("Opportunity", "O1", Amount="130.00")
    company.delete("Opportunity", "O2")
    company.opportunity("O4", account="A1", created="2024-02-02", created_by="rep", amount="7.00", won="2024-03-05")
    replan(company, ("won_amount", "100", "900"))
    publish("second", "2024-04-06")
    company.first_reference_row("teams", match_field="id", match_value="rep", team="partner")
    replan(company, ("opportunities", "5", "0"))
    publish("third", "2024-04-07")
    yield publisher, copies


def test_nothing_is_sealed_before_there_is_something_to_seal(story: tuple[Publisher, dict[str, Warehouse]]) -> None:
    first = story[1]["first"]
    assert first.rows(FIGURES) == []
    assert first.rows(TARGETS) == [
        ("won_amount", D(200), D(50), D(200), "verified", False, D(200), "verified", D(200), D(50), "as_published")
    ]


def test_a_sealed_figure_stands_beside_what_it_reads_now(story: tuple[Publisher, dict[str, Warehouse]]) -> None:
    second = story[1]["second"]
    assert second.rows(
        "select figure, sealed_amount, current_amount, change_amount, new_deal_amount,"
        " deal_changed_amount, deletion_amount, sealed_publication_id[:6] from marts.rpt_sealed_months"
        " where figure in ('won_revenue', 'originated') order by figure"
    ) == [(figure, D(200), D(137), D(-63), D(7), D(30), D(-100), "P00001") for figure in ("originated", "won_revenue")]
    # April isn't due: it is sealed on 5 May.
    assert second.rows("select distinct month_name from marts.rpt_sealed_months") == [("2024-03",)]
    assert second.rows(
        "select strftime(month, '%m'), status from intermediate.int_sealing__sealed_months order by 1"
    ) == [
        ("03", "sealed"),
        ("04", "not_due"),
    ]


def test_changes_of_several_publications_add_up(story: tuple[Publisher, dict[str, Warehouse]]) -> None:
    third = story[1]["third"]
    # Nobody who sold before is re-created by an edited team: the originator is remembered.
    assert third.rows(FIGURES) == story[1]["second"].rows(FIGURES)
    assert third.value("select count(distinct publication_id) from marts.rpt_restatements") == 1


def test_a_target_is_judged_as_it_was_first_published(story: tuple[Publisher, dict[str, Warehouse]]) -> None:
    second, third = story[1]["second"], story[1]["third"]
    sealed = ("won_amount", D(200), D(50), D(200), "verified", True, D(137), "missed")
    assert second.rows(TARGETS) == [(*sealed, D(100), D(900), "edited")]
    # Planning has another one now; the first is withdrawn and judged all the same. The new one comes after the sealing.
    assert third.rows(TARGETS) == [
        ("opportunities", D(5), D(0), D(0), "missed", False, D(0), "missed", D(5), D(0), "as_published"),
        (*sealed, None, None, "withdrawn"),
    ]


def test_a_row_of_a_sealed_month_is_neither_edited_nor_removed(
    story: tuple[Publisher, dict[str, Warehouse]],
) -> None:
    publisher, copies = story
    company = publisher.company
    kept_row = "write the row back: 2024-03,2024-04-05"
    first = copies["first"].value("select publication_id from marts.dim_publication")
    before = company.warehouse_dir.joinpath("throughline.duckdb").read_bytes()
    for rows, said in (((), "its row is gone"), ((("2024-03", "2024-04-30"),), "its row says 2024-04-30")):
        seal(company, *rows)
        with pytest.raises(SealBroken) as stopped:
            publisher.publish("2024-04-08")
        assert f"2024-03 was sealed at 2024-04-05 with the figures of publication {first}, but {said}" in str(
            stopped.value
        )
        assert kept_row in str(stopped.value)
        report = check(
            company.landing_dir, company.reference_dir, build_file=company.warehouse_dir / "throughline.duckdb"
        )
        assert [problem for problem in report.problems if said in problem and kept_row in problem]
        assert report.exit_code == 1
    assert before
    # A month that is not sealed yet may be.
    seal(company, ("2024-03", "2024-04-05"))
    assert (
        check(
            company.landing_dir, company.reference_dir, build_file=company.warehouse_dir / "throughline.duckdb"
        ).problems
        == []
    )


def test_the_first_publication_after_seals_what_none_was_before(tmp_path: Path) -> None:
    """A seal that stands in the table on the first night waits for it, and is told; a run that dies keeps none."""
    company = Company(tmp_path)
    sold(company)
    seal(company, ("2024-03", "2024-04-05"))
    publisher = Publisher(company, as_of="2024-05-01")
    waiting = "select status from intermediate.int_sealing__sealed_months"
    assert publisher.publish().rows(waiting) == [("nothing_published",)]
    company.change("Opportunity", "O1", Amount="130.00")
    built = publisher.publish()
    assert built.rows(waiting) == [("sealed",)]
    assert ("won_revenue", "", D(200), D(230)) in built.rows(FIGURES)
    with connected(built.file) as connection:
        held = "select sealed_by from audit.kept_seals"
        assert connection.execute(held).fetchall() == [(2,)]
        kept.take_back(connection, 2)
        assert connection.execute(held).fetchall() == []
