"""dbt's command line on a Spark session: `python dbt_on_spark.py <master> <lake> build …`.

dbt-spark's `session` method runs every statement in the session of its process. Begun here, with our settings and the
tables of the lake folder, it is the one that dbt finds. Python models, which dbt-spark knows on Databricks alone, are
run here too. What broke dbt's tests is looked up while the session lives, and left in the lake folder.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

if __name__ == "__main__":
    # Run as a file of its own, in dbt's process.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dagster_project.quality.results import SAMPLE_ROWS
from dagster_project.spark import lake, python_models
from dagster_project.spark.dialect import in_spark
from dagster_project.spark.session import spark_session
from dagster_project.transform.project import DBT_PROJECT_DIR

# After so many statements what Python no longer uses of them is let go.
STATEMENTS_KEPT = 50


def invoke_dbt(spark: Any, work: Path | None, *arguments: str) -> Any:
    """dbt's outcome of a command on the session. Artifacts and logs go to the folder `work`, else where dbt is told."""
    from dbt.cli.main import dbtRunner

    take_python_models(spark)
    take_errors()
    take_statements()
    folders = {"--project-dir": DBT_PROJECT_DIR, "--profiles-dir": DBT_PROJECT_DIR}
    if work is not None:
        folders |= {"--target-path": work / "target", "--log-path": work / "logs"}
    options = [str(part) for option in folders.items() for part in option]
    if "--target" not in arguments:
        options += ["--target", "spark"]
    with mock.patch.dict(os.environ, {"DO_NOT_TRACK": "1"}):
        outcome = dbtRunner().invoke([*arguments, *options])
    if outcome.exception is not None:
        raise outcome.exception
    return outcome


def broken_rows(spark: Any, results: Iterable[Any]) -> dict[str, tuple[int, list[dict[str, Any]]]]:
    """Of each test that failed: how many rows it returns, and some of them."""
    found = {}
    for result in results:
        if result.node.resource_type == "test" and str(result.status) in {"fail", "warn"}:
            frame = spark.sql(in_spark(result.node.compiled_code))
            rows = [row.asDict() for row in frame.orderBy(*frame.columns).limit(SAMPLE_ROWS).collect()]
            found[result.node.unique_id] = (frame.count(), rows)
    return found


def take_python_models(spark: Any) -> None:
    """Let dbt-spark give its Python models to this session."""
    from dbt.adapters.spark.impl import SparkAdapter

    class InSession:
        def __init__(self, parsed_model: Mapping[str, Any], credentials: Any) -> None:
            self._name = f"{parsed_model['schema']}.{parsed_model['alias']}"

        def submit(self, compiled_code: str) -> None:
            python_models.build(compiled_code, spark, self._name)

    SparkAdapter.python_submission_helpers = property(lambda self: {"session": InSession})
    SparkAdapter.default_python_submission_method = property(lambda self: "session")


def take_errors() -> None:
    """Let a number that its type can't hold stop its model: dbt-spark turns that off before every statement, and Spark
    would publish a null.
    """
    from dbt.adapters.spark.connections import SparkCredentials

    if hasattr(SparkCredentials, "_as_shipped"):
        return
    SparkCredentials._as_shipped = SparkCredentials.__post_init__

    def keep_errors(self: Any) -> None:
        self._as_shipped()
        self.server_side_parameters["spark.sql.ansi.enabled"] = "true"

    SparkCredentials.__post_init__ = keep_errors


def take_statements() -> None:
    """Let every statement of dbt's come to Spark in its own words."""
    from dbt.adapters.spark.session import Cursor

    if hasattr(Cursor, "_as_shipped"):
        return
    Cursor._as_shipped = Cursor.execute

    statements = count(1)

    def execute(self: Any, sql: str, *parameters: Any) -> None:
        if next(statements) % STATEMENTS_KEPT == 0:
            # Spark keeps a plan as long as Python has the frame, and beside dbt's objects Python rarely looks for it.
            gc.collect()
        self._as_shipped(in_spark(sql), *parameters)

    Cursor.execute = execute


def main(master: str, lake_folder: str, *arguments: str) -> int:
    """dbt's own exit codes: 1 when a node failed, 2 when dbt could not do what it was told."""
    folder = Path(lake_folder)
    # What Java says would come between dbt's lines, which are read one by one.
    said = os.fdopen(os.dup(sys.stderr.fileno()), "w")
    with (folder / lake.LOG).open("w") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    spark = None
    try:
        spark = spark_session(master, folder / lake.TABLES, folder / lake.EVENTS)
        lake.register(spark, folder)
        outcome = invoke_dbt(spark, None, *arguments)
        found = broken_rows(spark, outcome.result.results)
        (folder / lake.BROKEN_ROWS).write_text(json.dumps(found, default=str), encoding="utf-8")
    except Exception as error:
        print(f"Error: Spark at {master}: {error}", file=said, flush=True)
        return 2
    finally:
        if spark is not None:
            spark.stop()
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
