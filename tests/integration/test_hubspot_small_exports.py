"""HubSpot in exports that hold less than they should, or a thing twice: what can be known is, nothing is made up.

Each company is a handful of rows written by hand, in the shape of one loader.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

STAGES = [
    {"stage_id": "111", "pipeline_id": "p", "label": "Talks", "probability": "0.2", "is_closed": "false"},
    {"stage_id": "closedwon", "pipeline_id": "p", "label": "Won", "probability": "1", "is_closed": "true"},
    {
        "stage_id": "4b27b500-f031-4927-9811-68a0b525cbae",
        "pipeline_id": "p",
        "label": "Offer",
        "probability": "0.5",
        "is_closed": "false",
    },
]
PIPELINES = [{"pipeline_id": "p", "label": "Sales Pipeline"}]
COMPANIES = [{"id": "900", "property_name": "Alpha", "property_createdate": "2024-01-01T00:00:00Z"}]


def put(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A file of `hubspot/`: CSV, or JSON Lines if the name says so."""
    path = folder / "hubspot" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        if name.endswith(".jsonl"):
            out.writelines(json.dumps(row) + "\n" for row in rows)
            return
        header = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def build(
    folder: Path, files: Mapping[str, Sequence[Mapping[str, Any]]], **reference: Sequence[Sequence[str]]
) -> Warehouse:
    """The marts of the files, with rows added to reference tables."""
    company = Company(folder)
    for name, rows in files.items():
        put(company.landing_dir, name, rows)
    for table, added in reference.items():
        with (company.reference_dir / f"{table}.csv").open("a", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(added)
    company.is_delivered = True
    return build_marts(company)


LIFE = (
    "select stage, entered_at::varchar from marts.fct_lifecycle_transitions"
    " where source_record_id in ('hubspot:lead:1', 'hubspot:opportunity:5') order by entered_at, stage desc"
)
HISTORY = (
    "select stage_name, changed_at::varchar from intermediate.int_crm__opportunity_history"
    " where opportunity_id = 'hubspot:opportunity:5' order by changed_at"
)


# ---------------------------------------------------------------- dates of stages instead of a history


CONTACT = {
    "id": "1",
    "property_email": "jo@alpha.example",
    "property_createdate": "2024-01-02T09:00:00Z",
    "property_lifecyclestage": "777",
    "property_associatedcompanyid": "900",
}
DEAL = {
    "deal_id": "5",
    "property_dealname": "Five",
    "deal_pipeline_stage_id": "closedwon",
    "property_amount": "100.00",
    "property_createdate": "2024-02-01T10:00:00Z",
    "property_closedate": "2024-03-01T00:00:00Z",
}
DEAL_CONTACTS = [{"deal_id": "5", "contact_id": "1", "type_id": "3"}]
# The account's own stage 777 is its MQL.
OWN_STAGES = {"lifecycle_statuses": [("hubspot", "777", "mql", "")]}
ENTERED = {
    "contact": {"hs_v2_date_entered_lead": "2024-01-02T09:00:00Z", "hs_v2_date_entered_777": "2024-01-05T09:00:00Z"},
    "deal": {
        "hs_v2_date_entered_111": "2024-02-01T10:00:00Z",
        "hs_v2_date_entered_4b27b500_f031_4927_9811_68a0b525cbae_1223893877": "2024-02-10T10:00:00Z",
        "hs_v2_date_entered_closedwon": "2024-03-01T15:00:00Z",
        "hs_v2_date_entered_222": "",
        "hs_v2_date_exited_111": "2024-02-10T10:00:00Z",
        "hs_v2_cumulative_time_in_111": "777600000",
    },
}


def fivetran(prefix: str = "property_", v2: str = "hs_v_2_") -> dict[str, list[dict[str, str]]]:
    def spelt(dates: dict[str, str]) -> dict[str, str]:
        return {prefix + name.replace("hs_v2_", v2): value for name, value in dates.items()}

    return {
        "contact.csv": [CONTACT | spelt(ENTERED["contact"])],
        "company.csv": COMPANIES,
        "deal.csv": [DEAL | spelt(ENTERED["deal"])],
        "deal_contact.csv": DEAL_CONTACTS,
        "deal_pipeline.csv": PIPELINES,
        "deal_pipeline_stage.csv": STAGES,
    }


def api() -> dict[str, list[dict[str, Any]]]:
    def record(row: dict[str, str], dates: dict[str, str]) -> dict[str, Any]:
        properties = {key.removeprefix("property_"): value for key, value in row.items()}
        key = properties.pop("id", None) or properties.pop("deal_id")
        properties["dealstage"] = properties.pop("deal_pipeline_stage_id", "")
        return {"id": key, "properties": properties | {name: value or None for name, value in dates.items()}}

    return {
        "contacts.jsonl": [record(CONTACT, ENTERED["contact"])],
        "companies.csv": COMPANIES,
        "deals.jsonl": [record(DEAL, ENTERED["deal"])],
        "deal_contact.csv": DEAL_CONTACTS,
        "deal_pipelines.csv": PIPELINES,
        "deal_pipeline_stages.csv": STAGES,
    }


@pytest.mark.parametrize("files", [fivetran(), fivetran("properties_", "hs_v2_"), fivetran("", "hs_v2_"), api()])
def test_without_a_history_the_dates_of_the_stages_tell_the_life(tmp_path: Path, files: dict[str, Any]) -> None:
    """Also of stages that the account made itself, which have numbers for names."""
    built = build(tmp_path, files, **OWN_STAGES)
    assert built.rows(HISTORY) == [
        ("Talks", "2024-02-01 10:00:00"),
        ("Offer", "2024-02-10 10:00:00"),
        ("Won", "2024-03-01 15:00:00"),
    ]
    assert built.rows(LIFE) == [
        ("inquiry", "2024-01-02 09:00:00"),
        ("mql", "2024-01-05 09:00:00"),
        ("sql", "2024-02-01 10:00:00"),
        ("opportunity", "2024-02-01 10:00:00"),
        ("won", "2024-03-01 15:00:00"),
    ]
    assert built.rows("select closed_at::varchar, closed_at_precision from marts.fct_opportunities") == [
        ("2024-03-01 15:00:00", "timestamp")
    ]
    assert built.rows("select * from audit.rejected_rows") == []


def test_labels_of_an_export_name_their_stage(tmp_path: Path) -> None:
    files = {
        "contacts.csv": [{"Record ID": "1", "Email": "jo@alpha.example", "Create Date": "2024-01-02 09:00"}],
        "companies.csv": [{"Record ID": "900", "Company name": "Alpha", "Create Date": "2024-01-01 00:00"}],
        "deals.csv": [
            {
                "Record ID": "5",
                "Deal Name": "Five",
                "Deal Stage": "Won",
                "Amount": "100.00",
                "Create Date": "2024-02-01 10:00",
                "Close Date": "2024-03-01 00:00",
                "Associated Contact IDs": "1",
                'Date entered "Talks (Sales Pipeline)"': "2024-02-01 10:00",
                'Date entered "Won (Sales Pipeline)"': "2024-03-01 15:00",
            }
        ],
        "deal_pipelines.csv": PIPELINES,
        "deal_pipeline_stages.csv": STAGES,
    }
    assert build(tmp_path, files).rows(HISTORY) == [("Talks", "2024-02-01 10:00:00"), ("Won", "2024-03-01 15:00:00")]


def test_a_history_counts_before_the_dates_which_tell_what_it_lacks(tmp_path: Path) -> None:
    """The dates are those of the last entry only; a history that ends before the deal's stage of today is continued."""
    files = fivetran() | {
        "deal_property_history.csv": [
            {"deal_id": "5", "name": "dealstage", "value": value, "timestamp": at}
            for value, at in [
                ("111", "2024-02-01T10:00:00Z"),
                ("4b27b500-f031-4927-9811-68a0b525cbae", "2024-02-03T10:00:00Z"),
                ("111", "2024-02-05T10:00:00+02:00"),
            ]
        ]
    }
    assert build(tmp_path, files, **OWN_STAGES).rows(HISTORY) == [
        ("Talks", "2024-02-01 10:00:00"),
        ("Offer", "2024-02-03 10:00:00"),
        ("Talks", "2024-02-05 08:00:00"),
        ("Won", "2024-03-01 15:00:00"),
    ]


# ---------------------------------------------------------------- who a person is


def test_every_address_of_a_contact_and_its_number_is_the_person(tmp_path: Path) -> None:
    """A visitor who identified with the second address, and one whom the site calls by HubSpot's number."""
    company = Company(tmp_path)
    company.page_view("a1", "2024-01-03 10:00:00", "https://www.example.com/one")
    company.identify("a1", "2024-01-03 10:01:00", email="jo@private.example")
    company.page_view("a2", "2024-01-04 10:00:00", "https://www.example.com/two")
    company.identify("a2", "2024-01-04 10:01:00", user="1")
    company.page_view("a3", "2024-01-04 10:00:00", "https://www.example.com/two")
    company.identify("a3", "2024-01-04 10:01:00", user="2")
    company.write()
    contact = CONTACT | {"property_hs_additional_emails": "jo@private.example;JO@old.example"}
    merged = {"id": "3", "property_createdate": "2024-01-06T09:00:00Z", "property_hs_merged_object_ids": "2"}
    put(company.landing_dir, "contact.csv", [contact, merged])
    put(company.landing_dir, "company.csv", COMPANIES)
    put(company.landing_dir, "deal.csv", [DEAL])
    company.is_delivered = True
    people = build_marts(company).rows(
        "select string_agg(identifier, ' ' order by identifier) from intermediate.int_identity__person_identifiers"
        " group by person_id order by all"
    )
    assert people == [
        ("a1 a2 hubspot:contact:1 hubspot:lead:1 jo@alpha.example jo@old.example jo@private.example",),
        ("a3 hubspot:contact:3 hubspot:lead:3",),
    ]


# ---------------------------------------------------------------- money in another currency


def test_a_deal_in_another_currency_is_compared_with_its_invoices_in_that_currency(tmp_path: Path) -> None:
    """100 euros, which HubSpot makes 110 dollars of and which finance invoiced at 1.25 euros for two dollars."""
    euros = {
        "property_deal_currency_code": "EUR",
        "property_hs_exchange_rate": "1.1",
        "property_amount_in_home_currency": "110.00",
    }
    dollars = {
        "deal_id": "6",
        "property_deal_currency_code": "USD",
        "property_hs_exchange_rate": "1",
        "property_amount_in_home_currency": "10.00",
        "property_amount": "10.00",
    }
    company = Company(tmp_path)
    company.invoice("i1", at="2024-03-05", amount="60.00", currency="EUR", opportunity="5")
    company.invoice("i2", at="2024-04-05", amount="30.00", currency="EUR", opportunity="5")
    company.invoice("i3", at="2024-04-05", amount="10.00", currency="USD", opportunity="6")
    company.write()
    put(company.landing_dir, "contact.csv", [CONTACT])
    put(company.landing_dir, "company.csv", COMPANIES)
    put(company.landing_dir, "deal.csv", [DEAL | euros, DEAL | dollars])
    rates = company.landing_dir / "finance" / "exchange_rates.csv"
    rates.write_text("currency,valid_from,rate\nEUR,2024-01-01,0.8\n")
    company.is_delivered = True
    built = build_marts(company)
    assert built.rows(
        "select opportunity_id, currency, amount_original, amount from marts.fct_opportunities order by 1"
    ) == [
        ("hubspot:opportunity:5", "EUR", Decimal("100.00"), Decimal("110.00")),
        ("hubspot:opportunity:6", "USD", Decimal("10.00"), Decimal("10.00")),
    ]
    assert built.rows(
        "select currency, uninvoiced_amount_original, uninvoiced_amount, exchange_difference, invoiced_elsewhere_amount"
        " from marts.rpt_invoice_reconciliation order by currency"
    ) == [
        ("EUR", Decimal("10.00"), Decimal("11.00"), Decimal("-13.50"), Decimal("0.00")),
        ("USD", Decimal("0.00"), Decimal("0.00"), Decimal("0.00"), Decimal("0.00")),
    ]
