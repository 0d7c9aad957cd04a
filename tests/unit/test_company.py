"""The made-up company writes what its tests say."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from dagster_project.reference.validate import read_reference
from tests.company import Company


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_salesforce_is_complete_even_without_a_record(company):
    company.write()
    files = {path.name for path in company.landing_dir.rglob("*.csv")}
    assert files == {"User.csv", "Lead.csv", "Account.csv", "Contact.csv", "Opportunity.csv"}
    assert all(path.read_text().count("\n") == 1 for path in company.landing_dir.rglob("*.csv"))


def test_a_source_with_one_record_lands_with_its_required_objects(company):
    company.identify("cookie", "2024-01-01", email="ann@example.com")
    company.write()
    assert (company.landing_dir / "segment" / "pages.csv").exists()
    assert not (company.landing_dir / "content").exists()


@pytest.mark.parametrize("file_format", ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
def test_every_format_holds_the_same_records(tmp_path, file_format):
    company = Company(tmp_path, file_format=file_format)
    company.lead("L1", created="2024-01-02 10:30", source='a "quoted", one', Score__c="7")
    company.write()
    reader = {"c": "read_csv", "j": "read_json", "p": "read_parquet"}[file_format[0]]
    options = ", all_varchar = true" if reader == "read_csv" else ""
    file = company.landing_dir / "salesforce" / f"Lead.{file_format}"
    query = f"select Id, LeadSource, Score__c::varchar, CreatedDate::varchar from {reader}('{file}'{options})"
    lead_id, source, score, created = duckdb.sql(query).fetchone()
    assert (lead_id, source, score) == ("L1", 'a "quoted", one', "7")
    assert created.startswith("2024-01-02")


def test_a_delivery_holds_what_is_new_or_changed(company):
    company.lead("L1", created="2024-01-01")
    company.lead("L2", created="2024-01-01")
    company.deliver("2024-01-01")
    company.change("Lead", "L2", LeadSource="Webinar")
    company.lead("L3", created="2024-01-02")
    company.deliver("2024-01-02")
    folder = company.landing_dir / "salesforce" / "Lead"
    assert [row["Id"] for row in rows(folder / "2024-01-01.csv")] == ["L1", "L2"]
    assert [row["Id"] for row in rows(folder / "2024-01-02.csv")] == ["L2", "L3"]
    assert not (company.landing_dir / "salesforce" / "User" / "2024-01-02.csv").exists()


def test_reference_tables_are_the_shipped_ones_with_changes(company):
    company.settings(timezone="Europe/Berlin")
    company.model("mine", first_touch=50, close=50)
    company.first_reference_row("teams", match_field="email", match_value="*", team="partner")
    reference = read_reference(company.reference_dir)
    assert reference.settings["timezone"] == "Europe/Berlin"
    assert reference.tables["attribution_models"].rows[-1][0] == "mine"
    assert reference.tables["teams"].rows[0] == ("email", "*", "partner")
    assert len(reference.tables["teams"].rows) > 1
