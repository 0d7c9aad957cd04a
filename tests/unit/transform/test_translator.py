"""Where and how a dbt test shows in the Dagster UI."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import defs
from dagster_project.transform.project import prepared_project
from dagster_project.transform.translator import ThroughlineTranslator, check_description

FOR_BI = {"marts", "published"}
SINGULAR = "{{ config(severity='warn') }}\n-- Fails if money\n-- is lost.\nselect 1 -- not this\n-- nor this\n"


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"description": "In words.", "raw_code": SINGULAR}, "In words."),
        ({"description": "", "raw_code": SINGULAR}, "Fails if money is lost."),
        (
            {
                "description": "",
                "raw_code": "{{ test_not_null(**kwargs) }}",
                "test_metadata": {"name": "not_null", "kwargs": {"column_name": "amount", "model": "{{ ref('x') }}"}},
            },
            "Never blank: amount.",
        ),
        (
            {
                "description": "",
                "raw_code": "{{ test_relationships(**kwargs) }}",
                "test_metadata": {
                    "name": "relationships",
                    "kwargs": {"column_name": "user_id", "to": "ref('dim_user')", "field": "user_id", "model": "x"},
                },
            },
            "Each user_id is found in dim_user.",
        ),
        (
            {
                "description": "",
                "raw_code": "{{ test_ends_with(**kwargs) }}",
                "test_metadata": {
                    "name": "ends_with",
                    "kwargs": {"values": ["a", "b"], "model": "x", "column_name": "c"},
                },
            },
            "ends_with: column_name c, values a, b",
        ),
    ],
    ids=["its description", "the comment above its SQL", "its rule", "a rule on another model", "a rule without words"],
)
def test_a_check_says_what_it_checks(test: dict, words: str) -> None:
    assert check_description(test) == words


def test_every_data_test_is_a_check_of_an_asset() -> None:
    """One of several models is shown nowhere, unless its config names one of those that it reads."""
    manifest = json.loads(Path(prepared_project().manifest_path).read_text())
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    checks = {check.name for check in defs.resolve_asset_graph().asset_check_keys}
    assert sorted(tests - checks) == []


def test_assets_say_what_they_are_and_point_at_their_code() -> None:
    """No SQL in a description, and nothing without a group in reading order, an owner and tags."""
    for node in defs.resolve_asset_graph().asset_nodes:
        if not node.is_materializable:
            continue
        name = node.key.to_user_string()
        assert node.description and "```" not in node.description, name
        assert node.group_name[:2].isdigit() and node.group_name[2] == "_", name
        assert node.owners and all(owner.startswith("team:") for owner in node.owners), name
        assert node.tags["layer"] and node.tags["personal_data"] in {"yes", "no"}, name
        assert node.tags["domain"] and node.tags["for_bi"] == ("yes" if node.key.path[0] in FOR_BI else "no"), name
        # A mart is about something, not about being a report: rooms.py lists the words.
        assert node.tags["domain"] not in {"core", "reports"}, name
        (reference,) = node.metadata["dagster/code_references"].code_references
        assert Path(reference.file_path).exists(), name


def test_groups_read_in_the_order_of_the_lineage() -> None:
    graph = defs.resolve_asset_graph()
    place = {node.key: int(node.group_name[:2]) for node in graph.asset_nodes if node.is_materializable}
    assert place[dg.AssetKey(["raw_salesforce", "lead"])] < place[dg.AssetKey(["staging", "stg_salesforce__lead"])]
    for mart in (key for key in place if key.path[0] == "marts"):
        before = [key for key in graph.get(mart).parent_keys if key.path[0] != "marts"]
        assert all(place[key] < place[mart] for key in before), mart


def test_a_model_s_own_owner_wins_over_its_room_s() -> None:
    node = {"fqn": ["throughline", "marts", "core", "dim_x"], "meta": {"dagster": {"owners": ["someone@example.com"]}}}
    assert ThroughlineTranslator().get_owners(node) == ["someone@example.com"]
    assert ThroughlineTranslator().get_owners({**node, "meta": {}}) == ["team:data"]


def test_the_lineage_ends_at_those_who_read() -> None:
    """What BI tools, the review and the digests are made from can be followed to the landing files."""
    nodes = {node.key.to_user_string(): node for node in defs.resolve_asset_graph().asset_nodes}
    for name in ("readers/bi_tools", "readers/digests"):
        node = nodes[name]
        assert not node.is_materializable
        assert node.description and node.owners and node.tags["for_bi"] == "yes"
        assert {key.path[0] for key in node.parent_keys} == {"published"}
    assert "data_docs" in nodes["published/warehouse"].metadata
    assert "dashboard" in nodes["readers/bi_tools"].metadata
