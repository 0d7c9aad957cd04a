"""Invoices of payment systems against won opportunities, from the landing files to the reconciliation."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from dagster_project.landing.errors import LandingError
from tests.company import Company
from tests.runs import Warehouse, build_marts

RECONCILED = """
    select currency, won_amount_original, invoiced_amount_original, invoiced_elsewhere_amount_original
    from marts.rpt_invoice_reconciliation
    order by currency
"""
INVOICES = """
    select source_system, invoice_id, account_id, opportunity_id, amount_original, currency
    from intermediate.int_finance__invoices
    order by all
"""
O1 = "006A0000001aaaaIAA"


def put(company: Company, name: str, *records: dict[str, Any]) -> None:
    path = company.landing_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture
def won(company: Company) -> Company:
    company.account("001A0000001aaaaIAA")
    company.currency("USD", "1", corporate=True)
    company.currency("KWD", "0.3")
    company.currency("JPY", "150")
    company.currency("ISK", "140")
    company.opportunity(
        O1, account="001A0000001aaaaIAA", created="2024-01-01", amount="120.00", won="2024-02-01", CurrencyIsoCode="USD"
    )
    return company


def stripe_invoice(
    number: str, total: int, currency: str = "usd", status: str = "paid", **fields: Any
) -> dict[str, Any]:
    return {
        "id": number,
        "status": status,
        "currency": currency,
        "total": total,
        "created": 1706832000,
        "customer": "cus_1",
        **fields,
    }


def rows(built: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(str(cell) if isinstance(cell, Decimal) else cell for cell in row) for row in built.rows(sql)]


def test_stripes_invoices_are_tied_to_the_opportunity_that_their_metadata_names(won: Company) -> None:
    named = {"metadata": {"salesforce_opportunity_id": O1[:15]}}
    put(
        won,
        "stripe/invoices.jsonl",
        stripe_invoice("in_1", 15000, total_excluding_tax=12500, **named),
        stripe_invoice("in_2", 9900, status="draft", **named),
        stripe_invoice("in_3", 9900, status="void", **named),
        stripe_invoice("in_4", 9900, status="uncollectible", **named),
        stripe_invoice("in_5", 700, tax=50),
        stripe_invoice("in_6", 1235, currency="kwd"),
        stripe_invoice("in_7", 500, currency="jpy"),
        stripe_invoice("in_8", 500, currency="isk", subscription_details={"metadata": {"hubspot_deal_id": "51"}}),
    )
    put(
        won,
        "stripe/credit_notes.jsonl",
        {"id": "cn_1", "invoice": "in_1", "status": "issued", "currency": "usd", "total": 500, "created": 1706832000},
        {"id": "cn_2", "invoice": "in_1", "status": "void", "currency": "usd", "total": 500, "created": 1706832000},
        {"id": "cn_3", "invoice": "in_3", "status": "issued", "currency": "usd", "total": 500, "created": 1706832000},
    )
    put(won, "stripe/customers.jsonl", {"id": "cus_1", "metadata": {"salesforce_account_id": "001A0000001aaaaIAA"}})
    built = build_marts(won)
    account = "001A0000001aaaaIAA"
    assert rows(built, INVOICES) == [
        ("stripe", "credit_note:cn_1", account, O1, "-5.00", "USD"),
        ("stripe", "in_1", account, O1, "125.00", "USD"),
        ("stripe", "in_5", account, None, "6.50", "USD"),
        ("stripe", "in_6", account, None, "1.24", "KWD"),
        ("stripe", "in_7", account, None, "500.00", "JPY"),
        ("stripe", "in_8", account, "hubspot:opportunity:51", "5.00", "ISK"),
    ]
    assert rows(built, RECONCILED)[-1] == ("USD", "120.00", "120.00", "6.50")


def test_chargebees_invoices_are_read_in_a_loaders_spelling(won: Company) -> None:
    put(
        won,
        "chargebee/invoice.jsonl",
        {
            "id": "1",
            "status": "paid",
            "currency_code": "USD",
            "total": "14280",
            "tax": "2280",
            "date": "2024-02-02T00:00:00Z",
            "cf_opportunity_id": O1,
        },
        {"id": "2", "status": "voided", "currency_code": "USD", "total": "900", "date": "2024-02-02T00:00:00Z"},
        {"id": "3", "status": "not_paid", "currency_code": "USD", "total": "900", "date": "2024-02-02T00:00:00Z"},
        {"id": "4", "status": "payment_due", "currency_code": "ISK", "total": "900", "date": "2024-02-02T00:00:00Z"},
    )
    built = build_marts(won)
    assert rows(built, INVOICES) == [
        ("chargebee", "1", None, O1, "120.00", "USD"),
        ("chargebee", "4", None, None, "900.00", "ISK"),
    ]


@pytest.mark.parametrize(
    ("fields", "column", "reason"),
    [
        ({"currency": "usdt"}, "currency", "currency: 'usdt' is not the code of a currency (ISO 4217)"),
        ({"currency": None}, "currency", "currency: blank, so that nobody knows what the amount is"),
        ({"total": "12.50"}, "total", "total: '12.50' is not a whole number of the currency's smallest unit"),
        ({"total": "1,250"}, "total", "total: '1,250' is not a whole number"),
    ],
)
def test_an_amount_that_nobody_can_tell_is_a_reject(
    won: Company, fields: dict[str, Any], column: str, reason: str
) -> None:
    good = [stripe_invoice(f"in_{number}", 100) for number in range(40)]
    put(won, "stripe/invoices.jsonl", *good, {**stripe_invoice("in_bad", 1), **fields})
    built = build_marts(won)
    assert built.value("select count(*) from raw_stripe.invoices") == 40
    ((found, said),) = built.rows("select column_name, reason from audit.rejected_rows")
    assert found == column
    assert said.startswith(reason)


def test_the_dashboards_file_with_whole_units_is_refused(won: Company) -> None:
    put(won, "stripe/invoices.jsonl", *[{**stripe_invoice(f"in_{n}", 0), "total": "39.00"} for n in range(3)])
    with pytest.raises(LandingError, match="none of its 3 rows can be read"):
        build_marts(won)
