"""`make run`: the nightly job once, from the command line, and then where its results are.

Dagster and dbt take seconds to import, so they are imported when the first line stands.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryFile
from typing import TextIO

from dagster_project.night.log_file import everything_into, open_log
from dagster_project.permissions import PRIVATE_UMASK
from dagster_project.publish.publisher import PublishError, ensure_not_newer
from dagster_project.settings import DAGSTER_HOME, PROJECT_ROOT, SettingError, Settings, sample_day

# What a shell says of a command that Ctrl-C ended.
INTERRUPTED = 130


class DagsterHomeError(RuntimeError):
    """Dagster can't keep its run history; the message is one line: what, where, and how to mend it."""


def ensure_dagster_home(given: str) -> None:
    """Create DAGSTER_HOME when it is missing, for this user alone; raises DagsterHomeError when it can't be used.

    The run then shows in `make ui`, which uses the same folder.
    """
    home = Path(given)
    if not home.is_absolute():
        raise DagsterHomeError(
            f"DAGSTER_HOME is {given!r}, a relative path; Dagster expects an absolute one; set it to {home.absolute()}"
        )
    try:
        if not home.exists():
            home.mkdir(parents=True, mode=0o700)
            # Without the project's settings Dagster would send usage statistics.
            copyfile(PROJECT_ROOT / "dagster_project" / "dagster.yaml", home / "dagster.yaml")
        # Only writing tells whether a folder can be written to: a full or read-only disk has permissive modes too.
        with TemporaryFile(dir=home) as probe:
            probe.write(b"probe")
    except OSError as error:
        raise DagsterHomeError(
            f"DAGSTER_HOME {home} can't be written to ({error.strerror or error}); expected a folder of the user who "
            "runs Throughline, on a disk with space; give that user the folder or set DAGSTER_HOME to another one"
        ) from None


def main() -> int:
    """0 when the night was published, 1 when it failed, 130 when it was interrupted.

    2 when a setting or DAGSTER_HOME is wrong, or a later publication would be replaced.
    """
    # Dagster's files of the run are this user's alone, like the warehouse.
    os.umask(PRIVATE_UMASK)
    os.environ.setdefault("DAGSTER_HOME", str(DAGSTER_HOME))
    try:
        settings = Settings.from_environment()
        # The job itself refuses as well, but only when it has built everything.
        ensure_not_newer(settings.published_file, settings.as_of, settings.replace_newer)
        ensure_dagster_home(os.environ["DAGSTER_HOME"])
        log = open_log(settings.logs_dir)
    except (SettingError, PublishError, DagsterHomeError) as error:
        print(f"Throughline stopped before touching anything: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Throughline stopped before touching anything: {error}; expected a disk with space", file=sys.stderr)
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
            return _night(settings, terminal, log)
    except KeyboardInterrupt:
        print(f"\nInterrupted; {settings.published_file} is as it was before.", file=sys.stderr)
        return INTERRUPTED


def _night(settings: Settings, terminal: TextIO, log: TextIO) -> int:
    begun = time.monotonic()
    from dagster_project.night.console import Console, paths

    console = Console(terminal, log)
    import dagster as dg

    from dagster_project.definitions import defs
    from dagster_project.night.dagster_run import run_job

    graph = defs.resolve_asset_graph()
    about = f"{len(graph.materializable_asset_keys):,} assets, {len(graph.asset_check_keys):,} checks"
    console.row("project", about, time.monotonic() - begun)
    with dg.DagsterInstance.get() as instance:
        status = run_job(defs, "nightly", instance, console.hears)
    if status == dg.DagsterRunStatus.CANCELED:
        raise KeyboardInterrupt
    console.tell_what_needs_a_look()
    seconds = time.monotonic() - begun
    places = {
        "for BI tools": settings.published_file,
        "data docs": settings.data_docs_dir / "index.html",
        "warehouse": settings.build_file,
    }
    if status != dg.DagsterRunStatus.SUCCESS:
        console.say(f"\nThe night failed after {seconds:.0f} s; {settings.published_file} is as it was before.")
        console.say("\n".join(paths({"data docs": places["data docs"], "full log": log.name})))
        return 1
    console.say(f"\nPublished in {seconds:.0f} s, as of {settings.as_of:%Y-%m-%d %H:%M} UTC.")
    console.say("\n".join(paths(places)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
