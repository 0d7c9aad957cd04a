"""How dbt models and tests look in the asset graph: keys, groups and words, so that it reads left to right by room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagster_dbt import DagsterDbtTranslator

if TYPE_CHECKING:
    from dagster import AssetCheckSpec, AssetSpec
    from dagster_dbt import DbtProject


class ThroughlineTranslator(DagsterDbtTranslator):
    """Keys are `<schema>/<model>` (dagster-dbt's own rule); groups are the rooms of the house; a check says in words
    what it checks."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return group_name(dbt_resource_props["fqn"])

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=check_description(manifest["nodes"][unique_id]))


def group_name(fqn: list[str]) -> str:
    """The room a model lives in, from its path below `models/`: staging, or the intermediate or marts subfolder."""
    layer, *rest = fqn[1:-1]
    return layer if layer == "staging" or not rest else rest[0]


def check_description(test: Mapping[str, Any]) -> str:
    """What a dbt test checks: its description, else the comment above its SQL, else its rule and arguments."""
    if test["description"]:
        return test["description"]
    generic = test.get("test_metadata")
    if generic:
        arguments = {name: value for name, value in generic["kwargs"].items() if name != "model"}
        return f"{generic['name']}: " + ", ".join(f"{name} {value}" for name, value in sorted(arguments.items()))
    lines = [line.removeprefix("--").strip() for line in test["raw_code"].splitlines() if line.startswith("--")]
    return " ".join(lines)
