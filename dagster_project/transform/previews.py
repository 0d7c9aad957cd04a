"""Small tables for the UI: what a person would look at first in a report, as Markdown beside its asset.

Which rows and columns these are stands in the report's own YAML (`config.meta.preview`, a query); here they are only
read and drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from dagster_project.markdown import markdown_table


def preview_queries(manifest: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """The query of each model that has a preview, by schema and name, in order of them."""
    nodes = sorted(manifest["nodes"].values(), key=lambda node: (node["schema"], node["name"]))
    return {
        (node["schema"], node["name"]): node["config"]["meta"]["preview"]
        for node in nodes
        if node["resource_type"] == "model" and node["config"].get("meta", {}).get("preview")
    }


def preview(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query's rows as a Markdown table."""
    result = connection.execute(query)
    return markdown_table([column[0] for column in result.description], result.fetchall())
