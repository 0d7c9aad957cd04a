"""What dbt is told, and what it says: words that both processes know, as pure functions and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Names the file of what is known of the nodes; beside it, with this ending, dbt leaves what is known after the build.
KNOWN_NODES, AFTER = "THROUGHLINE_KNOWN_NODES", ".after"

# What dbt says of a model that wasn't built, since nothing that it reads is another.
UNCHANGED = "unchanged"


def build_arguments() -> list[str]:
    """One `dbt build` for the selected models with their data tests.

    Unit tests prove the SQL, not tonight's data: they belong to the test suite and would cost every night half a
    minute. A full refresh is never passed on: what the models remember from night to night must survive it.
    """
    return ["build", "--exclude-resource-type", "unit_test"]


def failed_models(run_results: Mapping[str, Any]) -> list[str]:
    """One line per model that could not be built: its name, and what dbt said."""
    return [
        f"{result['unique_id'].split('.')[2]}: {' '.join(str(result.get('message') or result['status']).split())}"
        for result in run_results["results"]
        if result["status"] == "error" and not result["unique_id"].startswith("test.")
    ]


def errors_said(said: str) -> list[str]:
    """The errors in what dbt said when it stopped before it had results; their stack traces are in the log."""
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).strip() for line in said.splitlines()]
    errors = [line for line in lines if re.match(r"([A-Z]\w* )*Error\b|Original error|Unhandled error", line)]
    return list(dict.fromkeys(errors)) or [said.strip() or "see the full log"]
