"""The catalog: what it says about objects, and how it refuses a wrong entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.landing.catalog import CatalogError, catalog, flat, loose, read_catalog, snake
from dagster_project.reference.tables import MATCH_FIELDS, TABLES_BY_NAME

GOOD = """
source: shop
system: crm
description: A shop.
objects:
  Order:
    description: One row per order.
    key: [Id]
    columns:
      Id: id required
      PlacedAt: timestamp
"""


def test_an_object_knows_its_table_key_and_stamps() -> None:
    role = catalog().find_object("salesforce", "OpportunityContactRole")
    assert role is not None
    assert role.raw_table == "raw_salesforce.opportunity_contact_role"
    assert role.label == "salesforce.OpportunityContactRole"
    assert role.key == ("Id",)
    assert role.stamps == ("SystemModstamp", "LastModifiedDate")


def test_the_newest_record_is_told_by_the_strictest_clock_first() -> None:
    opportunity = catalog().find_object("salesforce", "Opportunity")
    assert opportunity is not None
    assert opportunity.moments[:3] == ("SystemModstamp", "LastModifiedDate", "CreatedDate")


@pytest.mark.parametrize(
    "spelling", ["OpportunityFieldHistory", "opportunity_field_history", "opportunityfieldhistory"]
)
def test_three_spellings_are_one_object(spelling: str) -> None:
    found = catalog().find_object("salesforce", spelling)
    assert found is not None
    assert found.name == "OpportunityFieldHistory"


def test_spellings() -> None:
    assert snake("DatedConversionRate") == "dated_conversion_rate"
    assert snake("daily_spend") == "daily_spend"
    assert flat("Lead_Type__c") == flat("lead-type--C") == "leadtypec"
    assert loose("segments.date") == loose("Segments  Date") == loose("segments__date") == "segmentsdate"


def test_a_good_entry_is_read(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(GOOD)
    (source,) = read_catalog(tmp_path).sources
    assert source.objects[0].column("PlacedAt").sql_type == "TIMESTAMP"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("source: shop", "source: shoes", "shop.yml: source is 'shoes'; expected the file's name, 'shop'"),
        ("key: [Id]", "key: [Number]", "object Order: key column 'Number' is not among its columns"),
        ("key: [Id]", "key: [PlacedAt]", "at least one key column must be required"),
        ("PlacedAt: timestamp", "PlacedAt: moment", "'moment' is not a column; expected one of text, free_text, id"),
        ("PlacedAt: timestamp", "PlacedAt: timestamp requird", "'timestamp requird' is not a column"),
        ("PlacedAt: timestamp", "i_d: text", "can't be told apart in a header"),
        ("description: A shop.", "owner: me", "the file lacks description"),
        ("    key: [Id]", "    key: [Id]\n    keyy: 1", "object Order has unknown keyy"),
        ("objects:", "objects: [", "is not valid YAML"),
        (
            "objects:",
            "column_prefixes: property_\nobjects:",
            "column_prefixes is 'property_'; expected a list of texts",
        ),
        ("objects:", "column_prefixes: ['_']\nobjects:", "expected letters before the underscore"),
        ("    key: [Id]", "    key: [Id]\n    aliases: [1]", "object Order: aliases is [1]; expected a list of texts"),
        ("    key: [Id]", "    key: [Id]\n    aliases: [or-der]", "object 'or-der' and 'Order' can't be told apart"),
        ("    key: [Id]", "    key: [Id]\n    parts: [Order, Old]", "parts names 'Old'; expected its name or one of"),
        ("    key: [Id]", "    key: [Id]\n    parts: [Order]", "parts holds one name; expected two or more"),
        ("PlacedAt: timestamp", "PlacedAt: {aliases: [at]}", "column PlacedAt lacks type"),
        ("PlacedAt: timestamp", "PlacedAt: {type: timestamp, path: [a.b]}", "column PlacedAt has unknown path"),
        ("PlacedAt: timestamp", "PlacedAt: {type: timestamp, micros: [at]}", "micros of a column of type timestamp"),
        (
            "PlacedAt: timestamp",
            "PlacedAt: {type: date, aliases: [a], until: {b: c}}",
            "expected an alias of the column",
        ),
        ("    key: [Id]", "    key: [Id]\n    teams_by: {id: Nr}", "expected fields with its columns"),
        ("PlacedAt: timestamp", "PlacedAt: {type: moment}", "'moment' is not a column"),
        (
            "PlacedAt: timestamp",
            "PlacedAt: {type: timestamp, aliases: [I d]}",
            "alias 'I d' of column PlacedAt means Id",
        ),
        ("PlacedAt: timestamp", "PlacedAt: {type: timestamp, paths: [a]}", "path 'a' can't be read; expected a column"),
        ("PlacedAt: timestamp", "PlacedAt: {type: timestamp, paths: ['a[b].c']}", "path 'a[b].c' can't be read"),
        (
            "PlacedAt: timestamp",
            "At: {type: free_text, family: {names: ['{name}_at'], type: timestamp}}",
            "column At: family names are ['{name}_at']; expected patterns such as date_entered_{name}",
        ),
        (
            "PlacedAt: timestamp",
            "At: {type: text, family: {names: ['at_{name}'], type: timestamp}}",
            "a family of type timestamp in a column of type text; expected text or timestamp in free_text",
        ),
        (
            "PlacedAt: timestamp",
            "At: {type: free_text, family: {names: ['at_{name}']}}",
            "column At: family lacks type",
        ),
        ("PlacedAt: timestamp", "PlacedAt: {type: timestamp, paths: ['a.b[0]|c']}", "path 'a.b[0]|c' can't be read"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, before: str, after: str, message: str) -> None:
    (tmp_path / "shop.yml").write_text(GOOD.replace(before, after))
    with pytest.raises(CatalogError) as error:
        read_catalog(tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_reference_tables_that_the_catalog_names_exist() -> None:
    for landing_object in catalog().objects:
        assert {field for field, _ in landing_object.teams_by} <= set(MATCH_FIELDS)
        for column in landing_object.columns:
            if column.mapped_in:
                table, _, name = column.mapped_in.partition(".")
                assert {"source_system", name} <= {c.name for c in TABLES_BY_NAME[table].columns}
