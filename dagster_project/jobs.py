"""The jobs: which assets a run covers, in one process.

One process, because the warehouse takes a single writer anyway and a process per step costs seconds of imports each.
"""

from __future__ import annotations

import dagster as dg

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
