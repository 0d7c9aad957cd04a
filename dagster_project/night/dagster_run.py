"""One run of a job in this process, in the history that `make ui` shows.

What lives here: what Throughline needs of Dagster beyond its public interface. `dagster job execute` runs a job in the
same way, but without its origin, and the overview leaves out runs of which it doesn't know to what code location they
belong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.execution.plan.objects import ErrorSource
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

# As `dagster dev -m` names the code location, and Dagster the repository of a `Definitions`.
MODULE = "dagster_project.definitions"
REPOSITORY = "__repository__"


def run_job(
    definitions: dg.Definitions, name: str, instance: dg.DagsterInstance, hears: Callable[[Any], None]
) -> dg.DagsterRunStatus:
    """Run the job to its end and give its status; every entry of its log is heard as it is written.

    A run that Ctrl-C ended is canceled: Dagster takes one for failed unless it was told before.
    """
    job = definitions.resolve_job_def(name)
    run = instance.create_run_for_job(job, remote_job_origin=_origin(name))

    def listen(event: Any) -> None:
        if is_interruption(event):
            instance.report_run_canceling(run)
        hears(event)

    instance.add_event_listener(run.run_id, listen)
    execute_run(InMemoryJob(job), run, instance, raise_on_error=False)
    finished = instance.get_run_by_id(run.run_id)
    assert finished is not None
    return finished.status


def is_interruption(event: Any) -> bool:
    """Whether a step failed because the process was told to end."""
    happened = event.dagster_event
    return bool(
        happened and happened.is_step_failure and happened.step_failure_data.error_source == ErrorSource.INTERRUPT
    )


def _origin(job_name: str) -> RemoteJobOrigin:
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name=MODULE)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(module, MODULE)
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job_name)
