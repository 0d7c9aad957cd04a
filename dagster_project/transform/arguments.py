"""What dbt is told, as pure functions, and what a failed build says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FAILED = {"error", "fail", "runtime error"}


def build_arguments() -> list[str]:
    """One `dbt build` for the selected models with their data tests.

    Unit tests prove the SQL, not tonight's data: they belong to the test suite and would cost every night half a
    minute. A full refresh is never passed on: what the models remember from night to night must survive it.
    """
    return ["build", "--exclude-resource-type", "unit_test"]


def failure_summary(run_results: Mapping[str, Any]) -> str:
    """One line per failed model or test: its name, and what dbt said."""
    lines = []
    for result in run_results.get("results", []):
        if result["status"] in _FAILED:
            name = ".".join(result["unique_id"].split(".")[2:3])
            message = " ".join(str(result.get("message") or result["status"]).split())
            lines.append(f"{name}: {message}")
    return "\n".join(lines)
