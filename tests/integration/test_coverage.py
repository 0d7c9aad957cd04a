"""What a company's sources don't answer is said, and a delivery that loses links is noticed."""

from __future__ import annotations

import json

from dagster_project.landing.catalog import catalog
from dagster_project.landing.coverage import WITHOUT_SYSTEM
from dagster_project.transform.project import prepared_project
from tests.company import Company
from tests.runs import build_marts

READ = ("rpt_source_coverage", "rpt_link_rates", "rpt_revenue_coverage", "int_coverage__link_rate_memory")


def sold(company: Company, deals: int, accounts: int) -> None:
    """Won opportunities, of which the first so many name their account."""
    company.user("rep", department="Sales")
    for number in range(deals):
        company.account(f"A{number}", created="2024-01-01")
        company.opportunity(
            f"O{number}",
            account=f"A{number}" if number < accounts else None,
            created="2024-02-01",
            created_by="rep",
            amount="10.00",
            won="2024-03-01",
        )


def test_what_is_missing_is_told_with_what_follows(company: Company) -> None:
    sold(company, 2, 2)
    company.lead("L1", created="2024-01-02", created_by="rep", source=None, email="ann@firm.example")
    marts = build_marts(company, only=READ)
    found = {(row["source_system"], row["object_name"]): row for row in marts.records("from marts.rpt_source_coverage")}
    lead = found["salesforce", "Lead"]
    assert (lead["is_delivered"], lead["records"]) == (True, 1)
    assert "LeadSource" in lead["blank_columns"].split(", ")
    assert "LeadSource: originator_source is blank" in lead["consequence"]
    task = found["salesforce", "Task"]
    assert (task["is_delivered"], task["records"], task["absent_columns"]) == (False, 0, None)
    assert "No call" in task["consequence"]
    # What stands for a whole system says which, and a system in use has no such row.
    systems = marts.rows("select system from marts.rpt_source_coverage where object_name is null order by 1")
    assert systems == [("ads",), ("content",), ("finance",), ("marketing",), ("planning",), ("signals",), ("web",)]
    assert marts.rows(
        "select month, won_amount, with_touches_amount, with_creator_amount, with_stages_amount"
        " from marts.rpt_revenue_coverage"
    ) == [(marts.value("select date '2024-03-01'"), 20, 0, 20, 0)]


def test_a_spelling_is_told(company: Company) -> None:
    sold(company, 1, 1)
    company.write()
    (file,) = (company.landing_dir / "salesforce").glob("Account.csv")
    header, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(header.replace("CreatedDate", "created_date") + "".join(rows), encoding="utf-8")
    marts = build_marts(company.folders(), only=READ)
    spelt = marts.value("select spelt_columns from marts.rpt_source_coverage where object_name = 'Account'")
    assert spelt == "CreatedDate as created_date"


def test_a_delivery_that_loses_accounts_is_noticed(company: Company) -> None:
    sold(company, 40, 40)
    rates = "select rate, earlier_runs, is_fallen from marts.rpt_link_rates where link = 'opportunity_account'"
    assert build_marts(company, "2024-04-01", only=READ).rows(rates) == [(1.0, 0, False)]
    for number in range(30):
        company.change("Opportunity", f"O{number}", AccountId=None)
    assert build_marts(company, "2024-04-02", later_night=True, only=READ).rows(rates) == [(0.25, 1, True)]
    # The same run again compares with the runs before it, not with itself.
    assert build_marts(company, "2024-04-02", later_night=True, only=READ).rows(rates) == [(0.25, 1, True)]


def test_every_system_says_what_is_missing_without_it() -> None:
    assert {source.system for source in catalog().sources} <= set(WITHOUT_SYSTEM)


def test_every_object_that_a_model_reads_says_what_is_missing_without_it() -> None:
    nodes = json.loads(prepared_project().manifest_path.read_text(encoding="utf-8"))["nodes"].values()
    staged = {node["name"] for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "staging"}
    read = {
        dependency.split(".")[-1]
        for node in nodes
        if node["resource_type"] == "model"
        for dependency in node["depends_on"]["nodes"]
    }
    silent = [
        landing_object.label
        for landing_object in catalog().objects
        if not landing_object.required
        and not landing_object.without
        and (model := f"stg_{landing_object.source}__{landing_object.snake_name}") in staged
        and model in read
    ]
    assert silent == []
