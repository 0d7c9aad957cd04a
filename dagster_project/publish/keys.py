"""The keys of the marts, for databases that know keys: what dbt's tests have just found to hold.

What lives here: reading keys and references out of dbt's manifest. What doesn't: the tests themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reference:
    """A column whose values are found in the key of another mart."""

    column: str
    mart: str
    key: str


@dataclass(frozen=True)
class Keys:
    """A mart's primary key, further combinations that no two rows share, and references to other marts."""

    primary: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    references: tuple[Reference, ...] = field(default=())


def keys_of_marts(manifest: Mapping[str, Any]) -> dict[str, Keys]:
    """The keys of every mart, by its name. Only blocking tests count: what they promise holds in what is published."""
    marts = {
        unique_id: node["name"]
        for unique_id, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    tests = {name: list(_tests(manifest, unique_id)) for unique_id, name in marts.items()}
    primary = {name: _primary(found) for name, found in tests.items()}
    return {
        name: Keys(
            primary[name],
            tuple(columns for columns in _unique(found) if columns != primary[name]),
            tuple(
                reference
                for reference in _references(found)
                if primary.get(reference.mart) == (reference.key,) and reference.mart != name
            ),
        )
        for name, found in tests.items()
    }


def _tests(manifest: Mapping[str, Any], unique_id: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The generic tests of a model that stop a publication, in the order of their names."""
    for _, node in sorted(manifest["nodes"].items()):
        generic, config = node.get("test_metadata"), node["config"]
        # With a condition, a test speaks of some rows alone.
        blocks = config["severity"].lower() == "error" if generic else False
        if generic and node.get("attached_node") == unique_id and blocks and not config.get("where"):
            yield generic["name"], generic["kwargs"]


def _primary(tests: list[tuple[str, Mapping[str, Any]]]) -> tuple[str, ...]:
    """The grain, else a single column that is unique and never blank."""
    for name, arguments in tests:
        if name == "grain":
            return tuple(arguments["columns"])
    filled = {arguments.get("column_name") for name, arguments in tests if name == "not_null"}
    for name, arguments in tests:
        if name == "unique" and arguments["column_name"] in filled:
            return (arguments["column_name"],)
    return ()


def _unique(tests: list[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, ...]]:
    for name, arguments in tests:
        if name == "unique_combination":
            yield tuple(arguments["columns"])
        elif name == "unique":
            yield (arguments["column_name"],)


def _references(tests: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Reference]:
    for name, arguments in tests:
        if name == "relationships":
            mart = str(arguments["to"]).removeprefix("ref('").removesuffix("')")
            yield Reference(arguments["column_name"], mart, arguments["field"])
