"""Bad input through the real job: either one clear line and yesterday's file, or a published night that tells.

What each reader and validator does with a single bad file is tested beside it, in `tests/unit/`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.integration.test_publishing import deal, subprocess_environment
from tests.runs import Night, run_nightly


def small_company(folder: Path) -> Company:
    company = Company(folder)
    company.user("marketer", department="Marketing")
    company.user("seller", department="Sales")
    deal(company, 1, "100.00")
    return company


def remove_leads(company: Company) -> None:
    (company.landing_dir / "salesforce" / "Lead.csv").unlink()


def remove_amounts(company: Company) -> None:
    file = company.landing_dir / "salesforce" / "Opportunity.csv"
    header, rest = file.read_text().split("\n", 1)
    file.write_text(header.replace("Amount", "Value") + "\n" + rest)


def empty_accounts(company: Company) -> None:
    (company.landing_dir / "salesforce" / "Account.csv").write_bytes(b"")


def break_gzip(company: Company) -> None:
    import gzip

    file = company.landing_dir / "salesforce" / "Contact.csv"
    zipped = gzip.compress(file.read_bytes())
    file.unlink()
    file.with_name("Contact.csv.gz").write_bytes(zipped[: len(zipped) // 2])


def unknown_team(company: Company) -> None:
    (company.reference_dir / "teams.csv").write_text("match_field,match_value,team\ndepartment,Marketing,growth\n")


def weights_of_ninety(company: Company) -> None:
    file = company.reference_dir / "attribution_models.csv"
    file.write_text(file.read_text().replace("w_shaped,positions,30,30,30,,10", "w_shaped,positions,30,30,20,,10"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (remove_leads, ["salesforce", "Lead"]),
        (remove_amounts, ["Opportunity.csv", "Amount"]),
        (empty_accounts, ["Account.csv", "0 bytes"]),
        (break_gzip, ["Contact.csv.gz", "gzip"]),
        (unknown_team, ["teams.csv", "line 2", "growth", "marketing, "]),
        (weights_of_ninety, ["attribution_models.csv", "w_shaped", "90"]),
    ],
)
def test_the_run_stops_with_one_line_and_publishes_nothing(
    tmp_path: Path, spoil: Callable[[Company], None], words: list[str]
) -> None:
    company = small_company(tmp_path)
    company.write()
    spoil(company)
    night = run_nightly(company.folders())
    assert not night.success
    for word in words:
        assert word in night.failure, night.failure
    assert not night.published.file.exists()


BY_DAGSTER = ["dagster", "job", "execute", "-m", "dagster_project.definitions", "-j", "nightly"]
BY_ITSELF = ["python", "-m", "dagster_project.run"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "variable", "value", "words"),
    [
        (BY_DAGSTER, "THROUGHLINE_LANDING_DIR", "no/such/folder", "does not exist"),
        (BY_ITSELF, "THROUGHLINE_WAREHOUSE_DIR", "README.md/warehouse", "not a folder"),
        (BY_ITSELF, "THROUGHLINE_AS_OF", "yesterday; drop table leads", "neither a date"),
    ],
)
def test_a_wrong_setting_stops_the_command_in_one_line(
    tmp_path: Path, command: list[str], variable: str, value: str, words: str
) -> None:
    company = small_company(tmp_path)
    company.write()
    result = subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]],
        env={**subprocess_environment(company), variable: value},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert any(variable in line and words in line for line in (result.stdout + result.stderr).splitlines())
    assert not company.warehouse_dir.exists()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """A company whose export is full of things that happen, none of which may stop it or get lost."""
    company = small_company(tmp_path_factory.mktemp("bad_input") / 'it\'s; a "folder"')
    company.opportunity("O-orphan", account="A-nowhere", created="2024-02-01", amount="10.00", won="2024-03-01")
    company.opportunity("O-negative", account="A1", created="2024-02-01", amount="-25.50", won="2024-03-02")
    company.opportunity("O-zero", account="A1", created="2024-02-01", amount="0", won="2024-03-03")
    company.opportunity("O-null", account="A1", created="2024-02-01", amount=None, won="2024-03-04")
    company.opportunity("O-future", account="A1", created="2024-02-01", amount="7.00", won="2031-03-04")
    company.lead("L-ancient", created="1970-01-01", source="'; drop table marts.fct_opportunities; --")
    company.lead("L-unmapped", created="2024-02-02", created_by="nobody", status='Brand "new"; status')
    company.write()
    with (company.landing_dir / "salesforce" / "Opportunity.csv").open("a", encoding="utf-8") as file:
        file.write("O-short,A1\n")
    return run_nightly(company.folders())


def test_an_imperfect_export_is_published_with_warnings(night: Night) -> None:
    assert night.success, night.failure
    assert night.failed_checks, "imperfect data must show in the checks"
    assert [check for check in night.failed_checks.values() if not check.startswith("WARN")] == []


def test_amounts_of_every_kind_stay_in_the_total_and_conserve(night: Night) -> None:
    won = Decimal("100.00") + Decimal("10.00") - Decimal("25.50") + Decimal("7.00")
    assert night.value("select sum(won_amount) from marts.rpt_lead_to_revenue") == won
    assert night.rows("select distinct difference from marts.rpt_reconciliation") == [(0,)]
    assert night.value("select is_amount_missing from marts.fct_opportunities where opportunity_id = 'O-null'")


def test_a_row_with_too_few_fields_is_a_reject_row_with_file_line_and_reason(night: Night) -> None:
    rejected = night.records("select * from audit.rejected_rows")
    assert len(rejected) == 1
    assert rejected[0]["file"].endswith("Opportunity.csv")
    assert rejected[0]["line"] == 8
    assert rejected[0]["reason"]


def test_what_no_reference_row_covers_is_unmapped_and_told(night: Night) -> None:
    assert night.rows("select stage from marts.fct_lifecycle_transitions where stage = 'unmapped'")
    assert night.value("select count(*) from marts.dim_person where originator_team = 'unmapped'") >= 1
    warned = night.rows("select promise from audit.check_results where status = 'failed' and severity = 'warn'")
    assert len(warned) >= 3
