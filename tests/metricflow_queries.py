"""Asks MetricFlow: `python -m tests.metricflow_queries <build file>`, with queries as JSON on standard input.

A process of its own, since MetricFlow changes logging and dbt's state for good. A query is `[metrics, group_by]`; the
answer is the rows of each as JSON, all values as text, and what MetricFlow's validation found.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from dagster_project.transform.project import DBT_PROJECT_DIR, dbt_environment, prepared_project


def main(build_file: str) -> None:
    queries = json.load(sys.stdin)
    prepared_project()
    os.environ.update(dbt_environment(None))
    os.environ["THROUGHLINE_BUILD_FILE"] = build_file
    # dbt's profile names a folder of Python models relative to its own.
    os.chdir(DBT_PROJECT_DIR)

    from dbt_metricflow.cli.cli_configuration import CLIConfiguration
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

    configuration = CLIConfiguration()
    configuration.setup(DBT_PROJECT_DIR, DBT_PROJECT_DIR, configure_file_logging=False)
    found = SemanticManifestValidator[Any]().validate_semantic_manifest(configuration.semantic_manifest)
    answers = []
    for metrics, group_by in queries:
        request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=group_by)
        table = configuration.mf.query(request).result_df
        rows = [[None if value is None else str(value) for value in row] for row in table.rows] if table else []
        answers.append({"columns": list(table.column_names) if table else [], "rows": rows})
    json.dump({"issues": [issue.message for issue in found.all_issues], "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
