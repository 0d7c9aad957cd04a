"""Dagster's runs, from the schedule or the UI: when one ends, what is due is sent. `make run` does it by itself.

What lives here: the two sensors. On when an address is set.
"""

from __future__ import annotations

from contextlib import suppress

import dagster as dg

from dagster_project.jobs import full_refresh, nightly
from dagster_project.notify.night import after_night
from dagster_project.settings import SettingError, Settings


def _status() -> dg.DefaultSensorStatus:
    with suppress(SettingError):
        settings = Settings.from_environment()
        if settings.webhook or settings.mail:
            return dg.DefaultSensorStatus.RUNNING
    return dg.DefaultSensorStatus.STOPPED


def _tell(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        return dg.SkipReason(str(error))
    warned: list[str] = []
    told = after_night(settings, context.instance, context.dagster_run, warned.append)
    for warning in warned:
        context.log.warning(warning)
    return dg.SkipReason("; ".join([*told, *warned]) or "nothing was due")


@dg.run_status_sensor(
    name="digests_sent",
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[nightly, full_refresh],
    default_status=_status(),
    description="After a good night, sends the digest of a week or month that is over, once for each.",
)
def digests_sent(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    return _tell(context)


@dg.run_status_sensor(
    name="failure_told",
    run_status=dg.DagsterRunStatus.FAILURE,
    monitored_jobs=[nightly, full_refresh],
    default_status=_status(),
    description="After a failed night, sends which check stopped it.",
)
def failure_told(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    return _tell(context)
