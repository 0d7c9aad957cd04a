"""The dbt of this environment, as a Dagster resource.

What lives here: the two private members of dagster-dbt that Throughline replaces. What doesn't: anything else of dbt.
Both do something around each build that nothing here needs: one starts a process that asks dbt for its version, which
looks on the internet for a newer one; the other connects to the warehouse, which only one process may open.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cached_property

from dagster_dbt import DbtCliResource, DbtProject
from packaging.version import Version

from dagster_project.transform.project import DBT_PROJECT_DIR, DBT_VERSION, PARSED_DBT


class InstalledDbt(DbtCliResource):
    """dagster-dbt's resource without the look at the internet and the second connection."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(DBT_VERSION)

    # dagster-dbt passes the adapter on to what fetches row counts and columns, which nothing here asks for.
    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        return None


def installed_dbt(project: DbtProject) -> InstalledDbt:
    """The resource that builds the project as it was last parsed."""
    return InstalledDbt(
        project_dir=str(project.project_dir),
        dbt_executable=sys.executable,
        # -P: what lies beside the file is no package of dbt's.
        global_config_flags=["-P", str(PARSED_DBT), str(DBT_PROJECT_DIR)],
    )
