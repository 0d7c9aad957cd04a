"""How dbt models look in the asset graph: their keys, groups and kinds, so that it reads left to right by room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_dbt import DagsterDbtTranslator


class ThroughlineTranslator(DagsterDbtTranslator):
    """Keys are `<schema>/<model>` (dagster-dbt's own rule); groups are the rooms of the house."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return group_name(dbt_resource_props["fqn"])


def group_name(fqn: list[str]) -> str:
    """The room a model lives in, from its path below `models/`: staging, or the intermediate or marts subfolder."""
    layer, *rest = fqn[1:-1]
    return layer if layer == "staging" or not rest else rest[0]
