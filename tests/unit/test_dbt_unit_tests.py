"""Runs the unit tests that stand beside the dbt models, each as a test of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project.transform.project import prepared_project
from tests.company import Company
from tests.compiled_models import invoke_dbt
from tests.runs import build_marts

UNIT_TESTS = sorted(json.loads(Path(prepared_project().manifest_path).read_text())["unit_tests"])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """dbt's verdict on each unit test. The models exist, built from an empty company: dbt asks for their types."""
    warehouse = build_marts(Company(tmp_path_factory.mktemp("unit_tests")))
    outcome = invoke_dbt(warehouse.file, "test", "--select", "test_type:unit")
    return {result.node.unique_id: result for result in outcome.results}


@pytest.mark.parametrize("unit_test", UNIT_TESTS, ids=lambda unique_id: ".".join(unique_id.split(".")[2:]))
def test_rule(unit_test: str, results: dict) -> None:
    assert results[unit_test].status == "pass", results[unit_test].message
