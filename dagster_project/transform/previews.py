"""Rows for the UI: how many a mart has, and a few of them as Markdown beside its asset.

Which rows and columns a person would look at first in a report stands in the report's own YAML (`config.meta.preview`,
a query); of other marts the first rows are shown. Marts hold ids and hashes in place of personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from dagster_project.engine import identifier, only_row
from dagster_project.markdown import markdown_table

# A glance at the columns and their values; BI shows the rest.
SHOWN_ROWS = 5


def preview_queries(manifest: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """The query of each mart's preview, by schema and name, in order of them."""
    nodes = sorted(manifest["nodes"].values(), key=lambda node: (node["schema"], node["name"]))
    return {
        (node["schema"], node["name"]): node["config"]["meta"].get("preview")
        or f"from {identifier(node['schema'])}.{identifier(node['name'])} limit {SHOWN_ROWS}"
        for node in nodes
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def preview(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query's rows as a Markdown table."""
    result = connection.execute(query)
    return markdown_table([column[0] for column in result.description], result.fetchall())


def row_count(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    """How many rows a table has."""
    (rows,) = only_row(connection, f"select count(*) from {identifier(schema)}.{identifier(name)}")
    return int(rows)
