"""When the nightly job runs: on a schedule, and on request when files land."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from dagster_project.extract.assets import pulled_objects
from dagster_project.jobs import nightly
from dagster_project.landing.files import landing_state
from dagster_project.reference.loader import company_timezone
from dagster_project.settings import SettingError, Settings

# A crashed run (machine restarted, out of memory) is started again by the instance; a run that failed because of its
# data isn't: the same data would fail again. See `run_retries` in dagster.yaml.
_RETRIES = {"dagster/max_retries": "2", "dagster/retry_strategy": "ALL_STEPS"}


def _timezone() -> str:
    try:
        return company_timezone(Settings.from_environment().reference_dir)
    except SettingError:
        # The run itself reports the wrong setting; the code location must load so that somebody can see it.
        return "UTC"


# 02:00 in the company's timezone: after the day has ended for everyone there and before anyone looks at the numbers.
nightly_schedule = dg.ScheduleDefinition(
    name="nightly_at_two",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone=_timezone(),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    tags=_RETRIES,
    description="Every night at 02:00 in the company's timezone (settings.csv: timezone).",
)


# Off by default: most companies deliver once, before the night. A minute between looks, so that a delivery is
# noticed soon and a file still being written has changed by the next look.
@dg.sensor(
    name="files_landed",
    job=nightly,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Starts the nightly job when the landing folder has changed and then stayed the same for a minute.",
)
def files_landed(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Cursor: the state seen last, and the state a run was last requested for."""
    seen, _, requested = (context.cursor or "").partition("|")
    try:
        # What the night itself pulls would start the next one, without end.
        state = landing_state(Settings.from_environment().landing_dir, pulled_objects())
    except SettingError as error:
        yield dg.SkipReason(str(error))
        return
    if state != requested and state == seen:
        context.update_cursor(f"{state}|{state}")
        yield dg.RunRequest(run_key=state, tags=_RETRIES)
        return
    context.update_cursor(f"{state}|{requested}")
    yield dg.SkipReason("nothing new" if state == requested else "files are still arriving; looking again in a minute")
