"""Numbers of people are replaced where they name people, and nowhere else."""

import json
import re

import pytest

from dagster_project.erasure import numbers
from dagster_project.landing.catalog import catalog

NEW = {"51": "50-aBc"}


@pytest.mark.parametrize(
    ("cell", "without"),
    [
        ("51", "50-aBc"),
        ("7;51; 510", "7;50-aBc; 510"),
        ("[7, 51]", '[7, "50-aBc"]'),
        ('["51"]', '["50-aBc"]'),
        ('[{"id": "51", "type": "51"}]', '[{"id": "50-aBc", "type": "51"}]'),
        ('[{"toObjectId": 51, "typeId": 51}]', '[{"toObjectId": "50-aBc", "typeId": 51}]'),
        (
            '[{"vid":51,"identities":[{"value":"a51@b.example"}]}]',
            '[{"vid":"50-aBc","identities":[{"value":"a51@b.example"}]}]',
        ),
        (
            '[{"key": "crm_id", "value": {"int_value": 51}}, {"key": "score", "value": {"int_value": 51}}]',
            '[{"key": "crm_id", "value": {"int_value": "50-aBc"}}, {"key": "score", "value": {"int_value": 51}}]',
        ),
    ],
)
def test_what_becomes_of_a_list(cell, without):
    assert numbers.list_without(cell, NEW) == without
    if cell.startswith("["):
        json.loads(without)


def columns_of(source, name):
    landing_object = catalog().find_object(source, name)
    names = [column.name for column in landing_object.columns]
    return {place.column for place in numbers.places(landing_object.schema, landing_object.snake_name, names)}


@pytest.mark.parametrize(
    ("source", "name", "columns"),
    [
        ("hubspot", "contacts", {"id", "hs_merged_object_ids", "identity_profiles"}),
        ("hubspot", "companies", set()),
        ("hubspot", "deals", {"contacts"}),
        ("hubspot", "engagement_calls", {"contacts"}),
        ("hubspot", "associations", {"from_id", "to_id"}),
        ("hubspot", "property_history", {"object_id"}),
        ("hubspot", "contact_merges", {"canonical_vid", "vid_to_merge"}),
        ("hubspot", "list_members", {"contact_id"}),
        ("hubspot", "deal_merges", set()),
        ("marketo", "leads", {"id"}),
        ("marketo", "activities_merge_leads", {"leadId", "merge_ids"}),
        ("marketo", "program_membership", {"leadId"}),
        ("marketo", "programs", set()),
        ("segment", "identifies", {"user_id"}),
        ("salesforce", "Lead", set()),
    ],
)
def test_columns_that_name_people_by_numbers(source, name, columns):
    assert columns_of(source, name) == columns


# But for ids that Salesforce gave.
_CALLED_AFTER_PEOPLE = re.compile(
    "(?!salesforce|sfdc).*(contacts?|contact_?ids?|lead_?ids?|vid|vid_.*|merged?_.*ids?|object_id)"
)


def test_every_column_that_is_called_after_people_is_declared():
    """A new column of the landing list that holds ids of people can't be forgotten."""
    undeclared = {
        (landing_object.name, column.name)
        for landing_object in catalog().objects
        if landing_object.source in (numbers.HUBSPOT, numbers.MARKETO)
        for column in landing_object.columns
        if _CALLED_AFTER_PEOPLE.fullmatch(column.name.lower())
        and column.name not in columns_of(landing_object.source, landing_object.name)
    }
    assert undeclared == {
        ("companies", "hs_merged_object_ids"),
        ("deals", "hs_merged_object_ids"),
        ("deal_merges", "merged_deal_id"),
    }


def test_every_number_keeps_its_place_among_those_of_its_kind():
    known = [f"hubspot:contact:{number}" for number in ("5", "50", "51", "510", "52")] + ["marketo:lead:51"]
    found = numbers.pseudonyms({"hubspot:contact:51", "hubspot:lead:51", "marketo:lead:51"}, known)
    new = found["hubspot"]["51"]
    assert "50" < new < "510" and not new.startswith("51")
    assert numbers.qualified(found).keys() == {"hubspot:contact:51", "hubspot:lead:51", "marketo:lead:51"}
    assert numbers.qualified(found)["hubspot:lead:51"] == f"hubspot:lead:{new}"


def test_a_history_keeps_what_models_read():
    told = {"lifecyclestage": [{"value": "lead"}], "firstname": [{"value": "Jane"}], "hs_object_id": [{"value": "51"}]}
    assert json.loads(numbers.history_without(json.dumps(told))) == {"lifecyclestage": [{"value": "lead"}]}
    listed = [{"name": "email", "value": "x"}, {"name": "mobilephone", "value": "1"}, 7]
    assert json.loads(numbers.history_without(json.dumps(listed))) == [{"name": "email", "value": "x"}]
    assert numbers.history_without("{torn") is None
