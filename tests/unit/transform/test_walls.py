"""The walls between the rooms of dbt's models: which may ask which, what waits for what, who knows a source's name."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from dagster_project.landing.catalog import catalog
from dagster_project.transform.project import DBT_PROJECT_DIR, prepared_project

# Rooms in which a source has a name.
ROOMS_OF_SOURCES = {"staging", "unified"}


@cache
def rooms() -> dict[str, set[str]]:
    """The rooms in the README's order, each with those that it says it asks; reference tables aside."""
    text = (DBT_PROJECT_DIR / "models" / "README.md").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for name, asks in re.findall(r"^\| `(?:marts/)?(\w+)(?:/<source>)?` \|.*\| (.*) \|$", text, re.MULTILINE):
        found[name] = set(found) if asks == "any room above" else set(asks.split(", "))
    return found


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


def test_every_room_is_in_the_readme():
    assert {room(name) for name in models()} == set(rooms())


def test_no_room_asks_a_later_one():
    """So there is no circle."""
    order = list(rooms())
    assert [
        f"{name} ({room(name)}) asks {other} ({room(other)})"
        for name in sorted(models())
        for other in sorted(asked(name))
        if order.index(room(other)) > order.index(room(name))
    ] == []


def test_each_room_asks_whom_the_readme_says():
    found: dict[str, set[str]] = {name: set() for name in rooms()}
    for name in models():
        found[room(name)] |= {room(o) for o in asked(name) if not o.startswith("stg_reference__")} - {room(name)}
    # Staging asks raw; what reports and facts may ask is not listed one by one.
    listed = [name for name in rooms() if name not in ("staging", "core", "reports", "publications", "restatements")]
    assert {name: found[name] for name in listed} == {name: rooms()[name] for name in listed}


@pytest.mark.parametrize("name", ["dim_person", "fct_opportunities", "rpt_revenue_scorecard"])
def test_people_and_revenue_do_not_wait_for_advertising(name: str):
    assert {other for other in upstream(name) if "ads__" in other or room(other) == "spend"} == set()


def test_people_do_not_wait_for_what_sales_did():
    assert {other for other in upstream("dim_person") if room(other) == "lifecycle"} == set()


def test_only_staging_and_unified_know_a_source():
    """By its name, its staging models or its fields' names.

    Reference tables are the company's own words, and the loader's account names sources as data.
    """
    objects = catalog().objects
    systems = {declared.source for declared in objects}
    # The rest are words of the trade, too; of those only a quoted one is a source's name.
    products = systems - {"content", "finance", "planning", "signals"}
    fields = {
        column.name for declared in objects for column in declared.columns if re.search("[a-z][A-Z]", column.name)
    }
    knowing = re.compile(
        rf"""["']({"|".join(sorted(systems))})["']|({"|".join(sorted(products))})|\b({"|".join(sorted(fields))})\b"""
    )
    assert [
        f"{name} knows {word}"
        for name, model in sorted(models().items())
        if room(name) not in ROOMS_OF_SOURCES
        for word in sorted(
            {other for other in asked(name) if re.match("stg_(?!reference__|audit__)", other)}
            | {found.group() for found in knowing.finditer(without_comments(model["raw_code"]))}
        )
    ] == []


def without_comments(code: str) -> str:
    return re.sub(r"--[^\n]*|{#.*?#}", "", code, flags=re.DOTALL)
