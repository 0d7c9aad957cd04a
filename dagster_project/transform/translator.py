"""How dbt models and tests look in the asset graph: keys, groups, owners and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from dagster_project import rooms

if TYPE_CHECKING:
    from dagster import AssetCheckSpec, AssetSpec
    from dagster_dbt import DbtProject


class ThroughlineTranslator(DagsterDbtTranslator):
    """Keys are `<schema>/<model>` (dagster-dbt's own rule); groups are the rooms of the house; a check says in words
    what it checks. The SQL is one click away, so descriptions don't repeat it."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=True))

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props["description"]

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return rooms.group(room(dbt_resource_props["fqn"]))

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        return super().get_owners(dbt_resource_props) or rooms.owners(room(dbt_resource_props["fqn"]))

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        props = dbt_resource_props
        own = rooms.tags(props["schema"], room(props["fqn"]), props["name"])
        return {**super().get_tags(props), **own}

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=check_description(manifest["nodes"][unique_id]))


def room(fqn: Sequence[str]) -> str:
    """The room a model lives in, from its path below `models/`: staging, or the intermediate or marts subfolder."""
    layer, *rest = fqn[1:-1]
    return layer if layer == "staging" or not rest else rest[0]


# What the generic tests promise, in words.
_PROMISES = {
    "grain": "One row per {columns}, none of them blank.",
    "unique_combination": "No two rows share {columns}.",
    "never_null": "Never blank: {columns}.",
    "not_null": "Never blank: {column_name}.",
    "unique": "No two rows share {column_name}.",
    "accepted_values": "{column_name} is one of: {values}.",
    "relationships": "Each {column_name} is found in {to}.",
    "everything_mapped": "Every {described_by} has a row in its reference table; else {column_name} is unmapped.",
}


def check_description(test: Mapping[str, Any]) -> str:
    """What a dbt test checks: its description, else the comment above its SQL, else its rule in words."""
    if test["description"]:
        return test["description"]
    generic = test.get("test_metadata")
    if generic:
        arguments = {name: _words(value) for name, value in generic["kwargs"].items() if name != "model"}
        with suppress(KeyError):  # another test, or one with other arguments
            return _PROMISES[generic["name"]].format(**arguments)
        return f"{generic['name']}: " + ", ".join(f"{name} {value}" for name, value in sorted(arguments.items()))
    lines: list[str] = []
    for line in test["raw_code"].splitlines():
        if line.startswith("--"):
            lines.append(line.removeprefix("--").strip())
        elif lines:
            break
    return " ".join(lines)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    # ref('dim_user') is what YAML says; people read dim_user.
    return str(value).removeprefix("ref('").removesuffix("')")
