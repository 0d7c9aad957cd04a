"""The jobs: which assets a run covers, in one process.

One process, because the warehouse takes a single writer anyway and a process per step costs seconds of imports each.
"""

# No `from __future__ import annotations`: Dagster reads the types of the parameters when `answer_what_if` is defined.
from pathlib import Path

import dagster as dg

from dagster_project.rebuild import CannotRebuild
from dagster_project.settings import SettingError, Settings
from dagster_project.warehouse import POOL
from dagster_project.whatif import told, what_if

nightly = dg.define_asset_job(
    name="nightly",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Loads what is new in the landing folder, builds and checks every model, and publishes if all is well.",
)

full_refresh = dg.define_asset_job(
    name="full_refresh",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    config={"ops": {"load_landing": {"config": {"full_refresh": True}}}},
    description="The nightly run, but raw is rebuilt from the files that are in the landing folder now.",
)


class WhatIfConfig(dg.Config):
    """`reference` is the folder with the reference tables that would be others."""

    reference: str


# In the pool, so that it waits for a night that has the build file open.
@dg.op(pool=POOL)
def answer_what_if(context: dg.OpExecutionContext, config: WhatIfConfig) -> None:
    """The marts under other reference tables, beside the published ones: what would move."""
    try:
        done = what_if(Settings.from_environment(), Path(config.reference).expanduser().resolve())
    except (SettingError, CannotRebuild) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    context.log.info(told(done))
    context.add_output_metadata(
        {"answer": dg.MetadataValue.md(told(done)), "folder": dg.MetadataValue.path(done.folder)}
    )


@dg.job(
    executor_def=dg.in_process_executor,
    description="What other reference tables would move of the last publication; nothing is published.",
)
def whatif() -> None:
    answer_what_if()
