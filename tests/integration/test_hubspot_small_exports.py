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

import duckdb
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


# ---------------------------------------------------------------- one company in two more spellings


def versions(*changes: tuple[str, str, str, str]) -> list[dict[str, str]]:
    """Stitch's list of what a property was: name, value, timestamp, source."""
    return [
        {"name": name, "value": value, "timestamp": at, "source": source, "sourceId": "userId:7"}
        for name, value, at, source in changes
    ]


STITCH = {
    "contacts.jsonl": [
        {
            "vid": 1,
            "canonical-vid": 1,
            "property_email": "jo@alpha.example",
            "property_createdate": "2024-01-02T09:00:00.000000Z",
            "property_lifecyclestage": "opportunity",
            "property_associatedcompanyid": 900,
            "property_hs_object_source": "FORM",
            "merged-vids": [],
            "identity-profiles": [{"vid": 1, "identities": [{"type": "EMAIL", "value": "jo@private.example"}]}],
            "properties_versions": versions(
                ("lifecyclestage", "lead", "2024-01-02T09:00:00Z", "FORM"),
                ("lifecyclestage", "marketingqualifiedlead", "2024-01-05T09:00:00Z", "AUTOMATION_PLATFORM"),
                ("lifecyclestage", "opportunity", "2024-02-01T10:00:00Z", "DEALS"),
            ),
            "_sdc_batched_at": "2024-06-01T00:00:00Z",
        }
    ],
    "companies.jsonl": [
        {
            "companyId": 900,
            "property_name__value": "Alpha",
            "property_domain__value": "alpha.example",
            "property_createdate__value": "2024-01-01T00:00:00Z",
            "property_createdate__timestamp": "2024-01-01T00:00:00Z",
        }
    ],
    "deals.jsonl": [
        {
            "dealId": 5,
            "isDeleted": False,
            "property_dealname__value": "Five",
            "property_dealstage__value": "closedwon",
            "property_dealstage__source": "CRM_UI",
            "property_dealstage__sourceId": "userId:7",
            "property_amount__value": "100.00",
            "property_createdate__value": "1706781600000",
            "property_closedate__value": "2024-03-01T15:00:00Z",
            "property_hs_v2_date_entered_closedwon__value": "2024-03-01T15:00:00Z",
            "property_hs_v2_date_entered_closedwon__timestamp": "2024-03-01T15:00:07Z",
            "property_hs_v2_date_entered_111__value": "1706781600000",
            "associations__associatedVids": [1],
            "associations__associatedCompanyIds": [900],
        }
    ],
    "deal_pipelines.jsonl": [
        {
            "pipelineId": "p",
            "label": "Sales Pipeline",
            "stages": [
                {"stageId": "111", "label": "Talks", "metadata": {"probability": "0.2", "isClosed": "false"}},
                {"stageId": "closedwon", "label": "Won", "metadata": {"probability": "1.0", "isClosed": "true"}},
            ],
        }
    ],
    "owners.jsonl": [{"ownerId": 70, "userIdIncludingInactive": 7, "email": "ann@own.example", "firstName": "Ann"}],
}
SHARE = {
    "OBJECTS_CONTACTS.csv": [
        {
            "OBJECTTYPEID": "0-1",
            "OBJECTID": "1",
            "PROPERTY_EMAIL": "jo@alpha.example",
            "PROPERTY_CREATEDATE": "2024-01-02 09:00:00.000 Z",
            "PROPERTY_LIFECYCLESTAGE": "opportunity",
            "PROPERTY_HS_OBJECT_SOURCE": "FORM",
            "PROPERTY_HS_ADDITIONAL_EMAILS": "jo@private.example",
            "PROPERTY_UNPARSED_HS_OBJECT_ID": "1",
        }
    ],
    "OBJECTS_COMPANIES.csv": [
        {
            "OBJECTID": "900",
            "PROPERTY_NAME": "Alpha",
            "PROPERTY_DOMAIN": "alpha.example",
            "PROPERTY_CREATEDATE": "2024-01-01 00:00:00.000 Z",
        }
    ],
    "OBJECTS_DEALS.csv": [
        {
            "OBJECTID": "5",
            "PROPERTY_DEALNAME": "Five",
            "PROPERTY_DEALSTAGE": "closedwon",
            "PROPERTY_AMOUNT": "100.00",
            "PROPERTY_CREATEDATE": "2024-02-01 10:00:00.000 Z",
            "PROPERTY_CLOSEDATE": "2024-03-01 15:00:00.000 Z",
            "PROPERTY_HS_V2_DATE_ENTERED_CLOSEDWON": "2024-03-01 15:00:00.000 Z",
            "PROPERTY_HS_V2_DATE_ENTERED_111": "2024-02-01 10:00:00.000 Z",
        }
    ],
    "OBJECT_PROPERTIES_HISTORY.csv": [
        {"OBJECTTYPEID": "0-1", "OBJECTID": "1", "NAME": "lifecyclestage", "VALUE": value, "UPDATEDAT": at}
        for value, at in [
            ("lead", "2024-01-02 09:00:00.000 Z"),
            ("marketingqualifiedlead", "2024-01-05 09:00:00.000 Z"),
            ("opportunity", "2024-02-01 10:00:00.000 Z"),
        ]
    ],
    "ASSOCIATIONS_CONTACTS_TO_DEALS.csv": [{"CONTACT_OBJECTID": "1", "DEAL_OBJECTID": "5", "ASSOCIATIONTYPEID": "4"}],
    "ASSOCIATIONS_CONTACTS_TO_COMPANIES.csv": [
        {"CONTACT_OBJECTID": "1", "COMPANY_OBJECTID": "900", "ASSOCIATIONTYPEID": "1"}
    ],
    "ASSOCIATIONS_COMPANIES_TO_DEALS.csv": [
        {"COMPANY_OBJECTID": "900", "DEAL_OBJECTID": "5", "ASSOCIATIONTYPEID": "6"}
    ],
    "PIPELINES.csv": [{"OBJECTTYPEID": "0-3", "PIPELINEID": "p", "LABEL": "Sales Pipeline"}],
    "PIPELINE_STAGES.csv": [
        {"OBJECTTYPEID": "0-3", "PIPELINEID": "p", "STAGEID": "111", "LABEL": "Talks"}
        | {"METADATA": '{"probability": "0.2", "isClosed": "false"}'},
        {"OBJECTTYPEID": "0-3", "PIPELINEID": "p", "STAGEID": "closedwon", "LABEL": "Won"}
        | {"METADATA": '{"probability": "1.0", "isClosed": "true"}'},
        {"OBJECTTYPEID": "0-5", "PIPELINEID": "t", "STAGEID": "1", "LABEL": "New"}
        | {"METADATA": '{"isClosed": "false"}'},
    ],
    "OWNERS.csv": [
        {"OWNERID": "70", "USERID": "7", "EMAIL": "ann@own.example", "FIRSTNAME": "Ann", "ARCHIVED": "false"}
    ],
}


@pytest.mark.parametrize("files", [STITCH, SHARE], ids=["Stitch", "Snowflake share"])
def test_the_spellings_of_stitch_and_of_the_snowflake_share(tmp_path: Path, files: dict[str, Any]) -> None:
    built = build(tmp_path, files)
    assert built.rows(
        "select opportunity_id, account_id, stage, is_won, amount, created_at::varchar, closed_at::varchar,"
        " originator_team, originator_matched_by from marts.fct_opportunities"
    ) == [
        (
            "hubspot:opportunity:5",
            "hubspot:account:900",
            "Won",
            True,
            Decimal("100.00"),
            "2024-02-01 10:00:00",
            "2024-03-01 15:00:00",
            "marketing",
            "converted_lead",
        )
    ]
    assert built.rows(HISTORY) == [("Talks", "2024-02-01 10:00:00"), ("Won", "2024-03-01 15:00:00")]
    assert [stage for stage, _ in built.rows(LIFE)] == ["inquiry", "mql", "sql", "opportunity", "won"]
    assert built.rows(
        "select string_agg(identifier, ' ' order by identifier) from intermediate.int_identity__person_identifiers"
        " group by person_id"
    ) == [("hubspot:contact:1 hubspot:lead:1 jo@alpha.example jo@private.example",)]
    assert built.rows("select user_id, user_name from marts.dim_user where user_id like '%:user:%'") == [
        ("hubspot:user:7", "Ann")
    ]
    assert built.rows("select * from audit.rejected_rows") == []


# ---------------------------------------------------------------- lists in Parquet's own types


def test_lists_in_parquets_own_types_are_read_as_json_is(tmp_path: Path) -> None:
    """Stages inside their pipeline, a deal's contacts, merged ids and versions, none of them as text."""
    company = Company(tmp_path)
    folder = company.landing_dir / "hubspot"
    folder.mkdir(parents=True)
    tables = {
        "contacts": "select 1 as id, 'jo@alpha.example' as properties_email, 'x@y.example' as firstname,"
        " timestamp '2024-01-02 09:00:00' as properties_createdate, [2, 3] as properties_hs_merged_object_ids,"
        " 'FORM' as properties_hs_object_source",
        "companies": "select 900 as id, 'Alpha' as properties_name, timestamp '2024-01-01' as properties_createdate",
        "deals": "select 5 as id, '111' as properties_dealstage, 100.0::double as properties_amount,"
        " timestamp '2024-02-01 10:00:00' as properties_createdate, timestamp '2024-03-01' as properties_closedate,"
        " [{'id': '3', 'type': 'deal_to_contact'}] as contacts, ['900'] as companies,"
        " [{'name': 'dealstage', 'value': '111', 'timestamp': 1706781600000, 'sourceId': 'userId:7'},"
        " {'name': 'dealstage', 'value': '222', 'timestamp': 1709305200000, 'sourceId': 'userId:7'}]"
        " as properties_versions",
        "deal_pipelines": "select 'p' as id, 'Sales' as label, [{'stageId': '111', 'label': 'Talks', 'metadata':"
        " {'probability': '0.2', 'isClosed': 'false'}}, {'stageId': '222', 'label': 'Won', 'metadata':"
        " {'probability': '1.0', 'isClosed': 'true'}}] as stages",
    }
    with duckdb.connect() as writer:
        for name, query in tables.items():
            writer.execute(f"copy ({query}) to '{folder / name}.parquet' (format parquet)")
    company.is_delivered = True
    built = build_marts(company)
    assert built.rows(HISTORY) == [("Talks", "2024-02-01 10:00:00"), ("Won", "2024-03-01 15:00:00")]
    assert built.rows(
        "select opportunity_id, account_id, originator_team, originator_matched_by from marts.fct_opportunities"
    ) == [("hubspot:opportunity:5", "hubspot:account:900", "marketing", "converted_lead")]
    assert built.rows("select * from audit.rejected_rows") == []


def test_a_history_that_is_torn_is_told(tmp_path: Path) -> None:
    history = [{"id": str(n), "createdate": "2024-01-02", "properties_versions": "[]"} for n in range(2, 30)]
    files = {
        "contacts.csv": [*history, {"id": "1", "createdate": "2024-01-02", "properties_versions": '[{"name": "life'}],
        "companies.csv": COMPANIES,
        "deals.csv": [DEAL],
    }
    assert build(tmp_path, files).rows("select file, column_name, reason from audit.rejected_rows") == [
        (
            "hubspot/contacts.csv",
            "properties_versions",
            'properties_versions: [{"name": "life is not JSON, so that nothing of it is read',
        )
    ]
