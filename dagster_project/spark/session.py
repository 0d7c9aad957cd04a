"""The Spark session in which everything runs: on this machine's cores, on a cluster, or on a Spark Connect server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# What the models' results depend on. Names stand in double quotes and a backslash in a text is a backslash, as in
# DuckDB; every timestamp is UTC and has no zone; a number that its type can't hold is an error and no null.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
    # ${userId} in a text is that text, and no name of a setting.
    "spark.sql.variable.substitute": "false",
    # A quotient has its numbers' type; as a whole number of 64 bits a longer one would be cut off without a word.
    "spark.sql.legacy.integralDivide.returnBigint": "false",
    # A product has all of its digits, or stops its model; Spark would leave the last ones out.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.adaptive.enabled": "true",
    # A recursive walk ends by itself: it never comes by a record twice. Spark would stop one of a million rows.
    "spark.sql.cteRecursionLevelLimit": "-1",
    "spark.sql.cteRecursionRowLimit": "-1",
}

# Of every expression that a filter or a case holds Spark would write down what follows for every other name of its
# columns: a million expressions for a checksum of fifteen letters, and the driver's whole memory. No row depends on it.
PLANS = {"spark.sql.constraintPropagation.enabled": "false"}

# Tables are known for as long as the session lives; their files lie in the lake folder.
CATALOG = {"spark.sql.catalogImplementation": "in-memory"}

# No bar of progress and no page: dbt's lines are read by who started it.
QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}

# The driver keeps the plans of the last thousand statements as text, gigabytes, for a page that nobody opens.
LEAN = {
    "spark.sql.maxPlanStringLength": "1000",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "10",
    "spark.ui.retainedTasks": "1000",
}

# On this machine alone. A company's cluster has its own settings, in its spark-defaults.conf.
LOCAL = {
    "spark.driver.memory": "6g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_connect(master: str) -> bool:
    """Whether the address is that of a Spark Connect server, which has a session of its own for each who asks."""
    return master.startswith("sc://")


def spark_session(master: str, lake: Path, events: Path | None = None, given: dict[str, str] | None = None) -> Any:
    """The session, begun if there is none; tables are made in the folder `lake`.

    Spark writes what it does to the folder `events`: see `usage`. `given` are settings that win over these.
    """
    from pyspark.sql import SparkSession

    if is_connect(master):
        # dbt looks for a session by itself, and finds the server's this way.
        os.environ["SPARK_REMOTE"] = master
        settings = {**MEANING, **PLANS, **(given or {})}
        builder = SparkSession.builder.remote(master)
    else:
        settings = {**CATALOG, **QUIET, **LEAN, **PLANS, **MEANING, "spark.sql.warehouse.dir": str(lake)}
        if master.startswith("local") or urlsplit(master).hostname in _LOOPBACK:
            # Spark would look the machine's name up, and take an address that others reach.
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            settings |= LOCAL
        if events is not None:
            settings |= _events(events)
        builder = SparkSession.builder.master(master).appName("throughline")
        settings |= given or {}
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _events(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        # The most memory that an executor had, stage by stage.
        "spark.eventLog.logStageExecutorMetrics": "true",
        "spark.executor.processTreeMetrics.enabled": "true",
    }
