"""The tables that the UI shows beside marts."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg

from dagster_project.engine import connected
from dagster_project.transform.assets import mart_keys
from dagster_project.transform.previews import preview, preview_queries, row_count
from dagster_project.transform.project import prepared_project
from tests.company import Company
from tests.runs import build_marts


def test_every_preview_runs_on_what_was_built(company: Company) -> None:
    company.account("A1")
    company.asset("roi")
    company.asset("draft", status="in_development")
    queries = preview_queries(json.loads(Path(prepared_project().manifest_path).read_text()))
    assert {dg.AssetKey(list(name)) for name in queries} == set(mart_keys())
    with connected(build_marts(company).file, read_only=True) as connection:
        drawn = {name: preview(connection, query) for (_, name), query in queries.items()}
        assert row_count(connection, "marts", "dim_account") == 1
    assert "A1" in drawn["dim_account"]
    assert "Asset draft" in drawn["rpt_content_pipeline"]
    assert drawn["rpt_content_spotlight"] == "No rows."
