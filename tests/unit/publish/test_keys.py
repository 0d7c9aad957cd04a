"""The keys of the marts are what dbt's blocking tests promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dagster_project.publish.keys import Keys, Reference, keys_of_marts
from dagster_project.transform.project import prepared_project


def manifest(*tests: dict[str, Any]) -> dict[str, Any]:
    models = {
        f"model.x.{name}": {"resource_type": "model", "schema": schema, "name": name, "config": {}}
        for name, schema in (("dim_account", "marts"), ("fct_deals", "marts"), ("int_people", "intermediate"))
    }
    return {"nodes": models | {f"test.x.{number}": test for number, test in enumerate(tests)}}


def a_test(
    model: str, name: str, severity: str = "ERROR", where: str | None = None, **arguments: Any
) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "attached_node": f"model.x.{model}",
        "config": {"severity": severity, "where": where},
        "test_metadata": {"name": name, "kwargs": {"model": "…", **arguments}},
    }


def test_grains_are_keys_and_references_lead_to_them():
    account = a_test("dim_account", "unique", column_name="account_id")
    found = keys_of_marts(
        manifest(
            account,
            a_test("dim_account", "not_null", column_name="account_id"),
            a_test("fct_deals", "grain", columns=["deal_id", "model"]),
            a_test("fct_deals", "unique_combination", columns=["deal_id", "name"]),
            a_test("fct_deals", "relationships", column_name="account_id", to="ref('dim_account')", field="account_id"),
            # Not what the other table's rows are known by, and a table that isn't published.
            a_test("fct_deals", "relationships", column_name="domain", to="ref('dim_account')", field="domain"),
            a_test("fct_deals", "relationships", column_name="person_id", to="ref('int_people')", field="person_id"),
        )
    )
    assert found == {
        "dim_account": Keys(("account_id",)),
        "fct_deals": Keys(
            ("deal_id", "model"), (("deal_id", "name"),), (Reference("account_id", "dim_account", "account_id"),)
        ),
    }


def test_what_does_not_stop_a_publication_or_speaks_of_some_rows_is_no_key():
    found = keys_of_marts(
        manifest(
            a_test("dim_account", "unique", column_name="account_id"),
            a_test("dim_account", "not_null", severity="warn", column_name="account_id"),
            a_test("fct_deals", "grain", severity="warn", columns=["deal_id"]),
            a_test("fct_deals", "unique", where="is_won", column_name="name"),
        )
    )
    # Unique but maybe blank.
    assert found == {"dim_account": Keys(unique=(("account_id",),)), "fct_deals": Keys()}


def test_the_keys_of_the_project():
    keys = keys_of_marts(json.loads(Path(prepared_project().manifest_path).read_text(encoding="utf-8")))
    assert keys["fct_opportunities"].primary == ("opportunity_id",)
    assert Reference("originator_person_id", "dim_person", "person_id") in keys["fct_opportunities"].references
    assert keys["fct_spend"].unique == (("source_system", "spend_date", "ad_account_id", "campaign_id"),)
