"""`make run`: the nightly job once, from the command line, and then where its results are.

Dagster and dbt take seconds to import, so they are imported when the first line stands.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from typing import TextIO

from dagster_project.dagster_home import DagsterHomeError, use_dagster_home
from dagster_project.disk import disk_problem
from dagster_project.night.log_file import NightLog, everything_into, open_log
from dagster_project.permissions import PRIVATE_UMASK
from dagster_project.publish.publisher import PublishError, ensure_not_newer
from dagster_project.settings import SettingError, Settings, sample_day

# What a shell says of a command that Ctrl-C ended.
INTERRUPTED = 130


def main() -> int:
    """0 when the night was published, 1 when it failed, 130 when it was interrupted.

    2 when a setting or DAGSTER_HOME is wrong, or a later publication would be replaced.
    """
    # Dagster's files of the run are this user's alone, like the warehouse.
    os.umask(PRIVATE_UMASK)
    try:
        settings = Settings.from_environment()
        # The job itself refuses as well, but only when it has built everything.
        ensure_not_newer(settings.published_file, settings.as_of, settings.replace_newer)
        use_dagster_home()
        log = open_log(settings.logs_dir)
    except (SettingError, PublishError, DagsterHomeError) as error:
        print(f"Throughline stopped before touching anything: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        expected = disk_problem(error) or "expected a disk with space"
        print(f"Throughline stopped before touching anything: {error}; {expected}", file=sys.stderr)
        return 2
    is_sample = sample_day(settings.landing_dir) is not None
    print(
        f"Throughline as of {settings.as_of:%Y-%m-%d %H:%M} UTC{', on the sample' if is_sample else ''}"
        f"\n  landing folder  {settings.landing_dir}"
        f"\n  full log        {log.name}\n",
        flush=True,
    )
    try:
        with log, everything_into(log) as terminal:
            try:
                return _night(settings, terminal, log)
            except Exception as error:  # of Dagster's own files, such as a full disk: a step's failure is told by it
                log.write(traceback.format_exc())
                reason = disk_problem(error) or f"{type(error).__name__}: {error}".splitlines()[0]
                print(f"\nThe night stopped: {reason}\n  full log   {log.name}", file=terminal)
                return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted; {settings.published_file} is as it was before.", file=sys.stderr)
        return INTERRUPTED


def _night(settings: Settings, terminal: TextIO, log: NightLog) -> int:
    begun = time.monotonic()
    from dagster_project.night.console import Console, paths

    console = Console(terminal, log)
    import dagster as dg

    from dagster_project.definitions import defs
    from dagster_project.night.dagster_run import run_job
    from dagster_project.notify.night import after_night

    graph = defs.resolve_asset_graph()
    about = f"{len(graph.materializable_asset_keys):,} assets, {len(graph.asset_check_keys):,} checks"
    console.row("project", about, time.monotonic() - begun)
    with dg.DagsterInstance.get() as instance:
        status = run_job(defs, "nightly", instance, console.hears)
        told: list[str] = []
        if (settings.webhook or settings.mail) and (run := instance.get_run_by_id(console.run_id)):
            told = after_night(settings, instance, run, console.warns)
    if status == dg.DagsterRunStatus.CANCELED:
        raise KeyboardInterrupt
    console.tell_what_needs_a_look()
    if told:
        console.say("\nSent\n" + "\n".join(f"  {line}" for line in told))
    seconds = time.monotonic() - begun
    places = {
        "review page": settings.review_dir / "index.html",
        "for BI tools": settings.published_file,
        "data docs": settings.data_docs_dir / "index.html",
        "warehouse": settings.build_file,
    }
    failed = status != dg.DagsterRunStatus.SUCCESS
    # As Dagster sees it, a step that was skipped is no failure.
    if failed or not console.is_published:
        ended = f"failed after {seconds:.0f} s" if failed else f"ended after {seconds:.0f} s without publishing"
        stands = "is this night's all the same" if console.is_published else "is as it was before"
        console.say(f"\nThe night {ended}; {settings.published_file} {stands}.")
        console.say("\n".join(paths({"data docs": places["data docs"], "full log": log.name})))
        return 1
    console.say(f"\nPublished in {seconds:.0f} s, as of {settings.as_of:%Y-%m-%d %H:%M} UTC.")
    console.say("\n".join(paths(places)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
