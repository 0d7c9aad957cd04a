"""The fast path that property tests stand on builds what dbt builds."""

from __future__ import annotations

from tests.company import Company
from tests.compiled_models import invoke_dbt
from tests.runs import Warehouse, build_marts


def marts(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """Every row of every mart."""
    tables = warehouse.rows("select table_name from information_schema.tables where table_schema = 'marts' order by 1")
    return {table: sorted(warehouse.rows(f"from marts.{table}"), key=str) for (table,) in tables}


def test_dbt_builds_the_same_marts_row_for_row(company: Company):
    company.user("marketer", department="Marketing")
    company.user("seller", department="Sales", Email="seller@example.com")
    company.lead("L1", created="2024-01-02", source="Webinar", email="ann@acme.com")
    company.account("A1", created="2024-02-01", Website="acme.com")
    company.contact("C1", account="A1", created="2024-02-01", email="ann@acme.com")
    company.opportunity(
        "O1", account="A1", created="2024-02-01", amount="1000.00", created_by="seller", won="2024-03-01"
    )
    company.opportunity(
        "O2", account="A1", created="2024-05-01", amount="0.01", created_by="seller", close="2025-01-31"
    )
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-01")
    company.contact_role("O1", "C1", primary=True, created="2024-02-01")
    company.campaign("webinar", kind="Webinar")
    company.response("webinar", lead="L1", at="2024-01-10")
    company.page_view("cookie", "2024-01-01 10:00", source="google", medium="cpc")
    company.page_view("cookie", "2024-02-20 10:00")
    company.identify("cookie", "2024-01-02", email="ann@acme.com")
    company.meeting("C1", at="2024-02-10 09:00", by="seller", what="O1")
    company.spend("google_ads", "2024-01-01", "brand", "12.34")

    warehouse = build_marts(company)
    fast = marts(warehouse)
    assert fast["fct_attribution"]

    built = invoke_dbt(warehouse.file, "run")
    assert {result.status for result in built.results} == {"success"}
    assert marts(warehouse) == fast
