"""The walls between the rooms of dbt's models: which may ask which, what waits for what, who knows a source's name."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from dagster_project.landing.catalog import catalog
from dagster_project.transform.project import prepared_project

# A room may ask those before it, never one after it: so there is no circle.
ROOMS = (
    "staging",
    "unified",
    "accounts",
    "campaigns",
    "revenue",
    "identity",
    "activities",
    "spend",
    "touchpoints",
    "lifecycle",
    "journeys",
    "attribution",
    "content_use",
    "returns",
    "velocity",
    "trust",
    "core",
    "reports",
)
# Rooms in which a source has a name.
ROOMS_OF_SOURCES = {"staging", "unified"}


@cache
def models() -> dict[str, dict[str, Any]]:
    """The manifest's models by name."""
    nodes = json.loads(prepared_project().manifest_path.read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def room(name: str) -> str:
    """The folder of a model below its layer; staging is one room for all sources."""
    layer, *rest = models()[name]["fqn"][1:-1]
    return layer if layer == "staging" else rest[0]


def asked(name: str) -> set[str]:
    """The models that a model reads itself."""
    return {node.split(".")[-1] for node in models()[name]["depends_on"]["nodes"] if node.startswith("model.")}


def upstream(name: str) -> set[str]:
    """The models that a model waits for."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = asked(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def test_every_room_has_its_place():
    assert {room(name) for name in models()} == set(ROOMS)


def test_no_room_asks_a_later_one():
    assert [
        f"{name} ({room(name)}) asks {other} ({room(other)})"
        for name in sorted(models())
        for other in sorted(asked(name))
        if ROOMS.index(room(other)) > ROOMS.index(room(name))
    ] == []


@pytest.mark.parametrize("name", ["dim_person", "fct_opportunities", "rpt_revenue_scorecard"])
def test_people_and_revenue_do_not_wait_for_advertising(name: str):
    assert {other for other in upstream(name) if "ads__" in other or room(other) == "spend"} == set()


def test_people_do_not_wait_for_what_sales_did():
    assert {other for other in upstream("dim_person") if room(other) == "lifecycle"} == set()


def test_only_staging_and_unified_know_a_source():
    """By its name, quoted, or by its staging models; reference tables are the company's own words."""
    systems = sorted({declared.source for declared in catalog().objects})
    quoted = re.compile(rf"""["']({"|".join(systems)})["']""")
    assert [
        f"{name} knows {word}"
        for name, model in sorted(models().items())
        if room(name) not in ROOMS_OF_SOURCES
        for word in sorted(
            {other for other in asked(name) if re.match("stg_(?!reference__)", other)}
            | set(quoted.findall(model["raw_code"]))
        )
    ] == []
