"""After a night: send what is due. The same for `make run` and for Dagster's own runs.

What lives here: which messages a finished run calls for. What doesn't: texts (messages.py) and protocols (sending.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from filelock import FileLock, Timeout

from dagster_project.engine import connected
from dagster_project.night.console import STEPS
from dagster_project.notify.messages import BrokenPromise, Failure, Message, digests, failure_message
from dagster_project.notify.sending import PAUSE_SECONDS, DeliveryError, send
from dagster_project.notify.sent import Sent
from dagster_project.publish.publisher import published_as_of
from dagster_project.reference.loader import company_timezone
from dagster_project.settings import Settings

_PUBLISH_STEP = "published__warehouse"


def after_night(
    settings: Settings,
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    warns: Callable[[str], None],
    *,
    pause: float = PAUSE_SECONDS,
) -> list[str]:
    """Send what the finished run calls for and give a line for each message that went out.

    Nothing is raised: whatever goes wrong here is a warning, and is tried again after the next night.
    """
    if settings.webhook is None and settings.mail is None:
        return []
    told: list[str] = []
    try:
        # `make run` and the daemon's sensor may both hear of a run's end.
        with FileLock(settings.warehouse_dir / ".sent.lock", timeout=60):
            sent = Sent(settings.warehouse_dir)
            for message in _due(settings, instance, run):
                told += _delivered(settings, sent, message, warns, pause)
    except Timeout:
        warns("Nothing was sent: another process has been sending for a minute")
    except Exception as error:
        warns(f"Nothing more was sent: {type(error).__name__}")
    return told


def _delivered(
    settings: Settings, sent: Sent, message: Message, warns: Callable[[str], None], pause: float
) -> Iterator[str]:
    for channel, to in (("webhook", settings.webhook), ("mail", settings.mail)):
        if to is None or sent.has(channel, message.key, message.edition):
            continue
        try:
            send(to, message, pause=pause)
        except DeliveryError as error:
            again = "" if message.key == "failure" else "; it is tried again after the next night"
            warns(f"Not sent: {message.key}: {error}{again}")
            continue
        sent.add(channel, message.key, message.edition)
        yield f"{message.subject}: {to.place}"


def _due(settings: Settings, instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[Message]:
    as_of = published_as_of(settings.published_file)
    if run.status == dg.DagsterRunStatus.FAILURE:
        failure = failure_of(settings, instance, run.run_id)
        return [failure_message(failure, settings.data_docs_url, as_of)]
    if run.status != dg.DagsterRunStatus.SUCCESS or as_of is None:
        return []
    # What was written before the published file is another night's.
    written = settings.published_file.stat().st_mtime
    return digests(settings.published_file.parent / "review", as_of, company_timezone(settings.reference_dir), written)


def failure_of(settings: Settings, instance: dg.DagsterInstance, run_id: str) -> Failure:
    """What a failed run's own log says: the step, the blocking checks that did not hold, and other reasons."""
    steps: list[str] = []
    reasons: list[str] = []
    broken: list[BrokenPromise] = []
    whole: list[str] = []
    is_published = False
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None:
            continue
        data: Any = event.event_specific_data
        kind, key = event.event_type_value, event.step_key or ""
        if kind == "ASSET_CHECK_EVALUATION" and not data.passed and data.severity.value == "ERROR":
            broken.append(BrokenPromise(".".join(data.asset_key.path), data.check_name))
        elif kind == "STEP_FAILURE":
            steps.append(STEPS.get(key, key))
            reasons.append(_reason(data.error, data.user_failure_data))
        elif kind == "STEP_SUCCESS" and key == _PUBLISH_STEP:
            is_published = True
        elif kind == "PIPELINE_FAILURE":
            whole.append(_reason(data.error) if data and data.error else event.message or "")
    # Of steps that never began Dagster says that those before them failed; of a broken check, that it was broken.
    named = _promises(settings.build_file, run_id) or broken
    return Failure(
        run_id,
        settings.as_of,
        steps[0] if steps else "the start",
        named,
        [] if named else (reasons or whole),
        is_published,
    )


def _promises(build_file: Path, run_id: str) -> list[BrokenPromise]:
    """The blocking promises that the run found broken, in words. None when the build file can't be opened now."""
    with suppress(duckdb.Error):
        if build_file.exists():
            with connected(build_file, read_only=True) as connection:
                rows = connection.execute(
                    """
                    select table_name, expectation, promise, unexpected_count from audit.check_results
                    where run_id = $run_id and severity = 'blocking' and status <> 'passed'
                    order by check_number, table_name, expectation
                    """,
                    {"run_id": run_id},
                ).fetchall()
            return [BrokenPromise(table, name, promise or "", count) for table, name, promise, count in rows]
    return []


def _reason(error: Any, failure: Any = None) -> str:
    if failure and failure.description:
        return str(failure.description)
    while error.cause:
        error = error.cause
    return str(error.message).strip().removeprefix("dagster._core.definitions.events.Failure: ")
