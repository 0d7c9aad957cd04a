"""Where and how a dbt test shows in the Dagster UI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project.definitions import defs
from dagster_project.transform.project import prepared_project
from dagster_project.transform.translator import check_description

SINGULAR = "{{ config(severity='warn') }}\n-- Fails if money\n-- is lost.\nselect 1 -- not this\n"


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
            "not_null: column_name amount",
        ),
    ],
    ids=["its description", "the comment above its SQL", "its rule and arguments"],
)
def test_a_check_says_what_it_checks(test: dict, words: str) -> None:
    assert check_description(test) == words


def test_every_data_test_is_a_check_of_an_asset() -> None:
    """One of several models is shown nowhere, unless its config names one of those that it reads."""
    manifest = json.loads(Path(prepared_project().manifest_path).read_text())
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    checks = {check.name for check in defs.resolve_asset_graph().asset_check_keys}
    assert sorted(tests - checks) == []
