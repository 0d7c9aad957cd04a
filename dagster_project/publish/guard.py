"""Whether the marts may be published: every blocking promise must have been found to hold for what is in them now.

A run that builds, checks and publishes is stopped by the failing check itself. The guard is for the other ways:
publishing alone from the UI after a failed check, after a build that broke off or of some models only, or before the
checks ran.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from dagster_project.quality.builds import Build, latest_build
from dagster_project.quality.suites import Suite

# Named in full up to this many, so that the message stays one readable line.
_NAMED = 5


class NotPublishable(RuntimeError):
    """The marts may not be published; the message is one line: which promises, and what to do."""


def ensure_publishable(connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> Build:
    """The build that may be published. Raises NotPublishable when anything speaks against it."""
    build = latest_build(connection)
    if build is None:
        raise NotPublishable("Not published: the models have never been built; run the nightly job")
    if not build.finished:
        raise NotPublishable(
            "Not published: the last build of the models broke off or built only some of them; build them all, then "
            "check them"
        )
    found = _statuses(connection, build)
    promised = [(suite.table, promise.name) for suite in suites for promise in suite.of_severity("blocking")]
    broken = [
        f"{table}.{name} ({found.get((table, name), 'not checked since the last build')})"
        for table, name in promised
        if found.get((table, name)) != "passed"
    ]
    if broken:
        more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        raise NotPublishable(
            f"Not published, yesterday's file stays: {', '.join(broken[:_NAMED])}{more}; mend the data or the model, "
            "then build and check again"
        )
    return build


def _statuses(connection: duckdb.DuckDBPyConnection, build: Build) -> dict[tuple[str, str], str]:
    """The latest status of each blocking promise, taken on this build or on the raw files that it read."""
    rows = connection.execute(
        """
        select table_name, expectation, status
        from audit.check_results
        where severity = 'blocking'
            and case when layer = 'raw' then load_id = $load_id else build_id = $build_id end
        qualify row_number() over (partition by table_name, expectation order by check_number desc, status) = 1
        """,
        {"load_id": build.load_id, "build_id": build.build_id},
    ).fetchall()
    return {(table, expectation): status for table, expectation, status in rows}
