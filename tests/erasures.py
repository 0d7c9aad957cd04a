"""A company with people to forget, and what must be the same of it before and after.

What lives here: the company, and its figures. What doesn't: forgetting.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from dagster_project.erasure import forget as forgetting
from dagster_project.erasure.absence import traces
from dagster_project.erasure.forget import Erasure, forget
from dagster_project.settings import Settings
from tests.company import Company
from tests.publications import FILE_MODELS, Publisher
from tests.runs import Warehouse, throughline_environment

JANE = "jane@buyer.example"
COOKIE = "0a1b2c3d-1111-4222-8333-444455556666"

# Jane's lead, contact and browser.
LEAD, CONTACT = "00Q5g000001aBcDEAU", "0035g000001xYzWAAU"

# Everything of Jane that may stand nowhere.
HERS = (JANE, "jane.doe@old.example", LEAD, CONTACT, COOKIE, "Jane Doe")

MODELS = (*FILE_MODELS, "dim_person", "dim_person_identifier", "rpt_refused_keys", "fct_mqls", "fct_opportunities")


def company_of_jane(folder: Path) -> Company:
    """Jane is a lead of marketing's, converted, with visits, and one of two buyers of a won deal."""
    company = Company(folder)
    company.user("marketer", department="Marketing")
    company.user("rep", department="Sales", Email="rep@halyard.example")
    company.account("A1", created="2024-01-01", Website="buyer.example")
    company.account("A2", created="2024-01-01", Website="other.example")
    hers = {"FirstName": "Jane", "LastName": "Doe", "Name": "Jane Doe", "Phone": "+49 170 5550123"}
    # Of one moment, so that their ids decide which comes first.
    company.lead(LEAD, created="2024-01-10", email=JANE, source="Webinar", company="Buyer", Street="Rosenweg 7", **hers)
    company.lead("00Q5g000001aBcCEAU", created="2024-01-10", email="joe@buyer.example", source="Event", LastName="Roe")
    company.lead("00Q5g000001aBcEEAU", created="2024-01-10", email="ann@other.example", source="Event", LastName="Doe")
    company.contact(CONTACT, account="A1", created="2024-02-01", email=JANE, **hers)
    company.contact("0035g000001xYzXAAU", account="A1", created="2024-02-01", email="joe@buyer.example", LastName="Roe")
    company.opportunity("O1", account="A1", created="2024-02-05", created_by="rep", amount="1000.01", won="2024-03-01")
    company.opportunity("O2", account="A2", created="2024-02-05", created_by="rep", amount="500.00", won="2024-03-02")
    company.convert(LEAD, account="A1", contact=CONTACT, opportunity="O1", at="2024-02-01")
    company.contact_role("O1", CONTACT, primary=True, created="2024-02-06")
    company.contact_role("O1", "0035g000001xYzXAAU", created="2024-02-06")
    company.lead_change(LEAD, "Email", at="2024-01-12", old="jane.doe@old.example", new=JANE)
    company.call(LEAD, at="2024-01-20", by="rep", Description="Jane Doe (jane@buyer.example) asked for a price")
    company.call("0035g000001xYzXAAU", at="2024-01-21", by="rep", Description="Said that Jane Doe decides")
    company.page_view(COOKIE, "2024-01-05 10:00", "https://www.example.com/?utm_source=google&utm_medium=cpc")
    company.page_view(
        COOKIE, "2024-01-09 10:00", "https://www.example.com/thanks?email=jane%40buyer.example", source="linkedin"
    )
    company.identify(COOKIE, "2024-01-09 10:01", email=JANE)
    company.page_view("joes-browser", "2024-01-06 10:00", source="newsletter", medium="email")
    company.identify("joes-browser", "2024-01-06 10:01", email="joe@buyer.example")
    company.asset("guide", "/guide")
    company.share("guide", by_email="rep@halyard.example", to_email=JANE, at="2024-02-10", opportunity="O1")
    # A row that can't be read.
    company.lead("00Q5g000001zZzZEAU", created="soon", email=JANE, LastName="Doe")
    return company


def published(company: Company) -> Publisher:
    """Its first publication."""
    publisher = Publisher(company, models=MODELS)
    publisher.publish_file()
    return publisher


def erase(company: Company, *wanted: str, home: Path | None = None) -> Erasure:
    """Forget people, as the command does."""
    # The logs of dbt's own folder are others', and long.
    no_logs = mock.patch.object(forgetting, "_DBT_ARTIFACTS", (company.warehouse_dir / "dbt", ()))
    with throughline_environment(company, "2024-12-31"), no_logs:
        settings = Settings.from_environment()
        return forget(settings, wanted, home or company.warehouse_dir / "no home", says=lambda _: None)


def where(company: Company, *values: str, salt: str = "test") -> list[str]:
    """In which files and columns of the warehouse the values stand."""
    return [f"{trace.file.name} {trace.place}" for trace in traces([company.warehouse_dir], values or HERS, salt)]


def figures(warehouse: Warehouse, schema: str = "marts") -> dict[str, list[tuple[Any, ...]]]:
    """Every number, date, team, channel and verdict of every table: all but texts that name somebody or a run."""
    tables: dict[str, list[str]] = {}
    for table, column in warehouse.rows(
        f"""
        select table_name, column_name from duckdb_columns()
        where schema_name = '{schema}' and table_name <> 'dim_publication' and not internal
            and not regexp_full_match(column_name, '(.*_)?(id|ids|hash|identifier|key|number|unit)|subject_id|evidence')
        order by table_name, column_index
        """
    ):
        tables.setdefault(table, []).append(f'"{column}"')
    return {
        table: warehouse.rows(f"select {', '.join(columns)} from {schema}.{table} order by all")
        for table, columns in tables.items()
    }


def restated(warehouse: Warehouse) -> Sequence[tuple[Any, ...]]:
    """What the latest publication says has moved."""
    return warehouse.rows(
        "select * from marts.rpt_restatements where publication_id = (select max(publication_id) "
        "from marts.dim_publication)"
    )
