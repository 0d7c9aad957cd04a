"""`make run`: the nightly job once, from the command line, and then where its results are.

The sample is a story with a last day: when nothing else is set, AS_OF is that day, so that the numbers stay the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryFile

from dagster_project.permissions import PRIVATE_UMASK
from dagster_project.publish.publisher import PublishError, ensure_not_newer
from dagster_project.settings import PROJECT_ROOT, SAMPLE_LANDING_DIR, SettingError, Settings, given_settings

SAMPLE_AS_OF_FILE = SAMPLE_LANDING_DIR / "_truth" / "as_of.txt"

# Dagster recommends a command of another package, which Throughline doesn't need.
_SUPERSEDED = "ignore:Function `job_execute_command` is superseded"


def sample_as_of() -> str | None:
    """The sample's last day, or None when the run is not the plain sample run."""
    given = given_settings()
    if given.get("THROUGHLINE_AS_OF") or given.get("THROUGHLINE_LANDING_DIR") or not SAMPLE_AS_OF_FILE.exists():
        return None
    return SAMPLE_AS_OF_FILE.read_text().strip()


class DagsterHomeError(RuntimeError):
    """Dagster can't keep its run history; the message is one line: what, where, and how to mend it."""


def ensure_dagster_home(given: str | None) -> None:
    """Create DAGSTER_HOME when it is missing, for this user alone; raises DagsterHomeError when it can't be used.

    Without the variable Dagster keeps its history in a temporary folder.
    """
    if not given:
        return
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
    """Exit code of the job; 2 when a setting or DAGSTER_HOME is wrong, or a later publication would be replaced."""
    # Dagster's files of the run are this user's alone, like the warehouse.
    os.umask(PRIVATE_UMASK)
    if as_of := sample_as_of():
        os.environ["THROUGHLINE_AS_OF"] = as_of
    try:
        settings = Settings.from_environment()
        # The job itself refuses as well, but only when it has built everything.
        ensure_not_newer(settings.published_file, settings.as_of, settings.replace_newer)
        ensure_dagster_home(os.environ.get("DAGSTER_HOME"))
    except (SettingError, PublishError, DagsterHomeError) as error:
        print(f"Throughline stopped before touching anything: {error}", file=sys.stderr)
        return 2
    dagster = [sys.executable, "-W", _SUPERSEDED, "-m", "dagster"]
    job = [*dagster, "job", "execute", "-m", "dagster_project.definitions", "-j", "nightly"]
    code = subprocess.run(job, cwd=PROJECT_ROOT, check=False).returncode
    if code == 0:
        print(
            f"\nDone, as of {settings.as_of:%Y-%m-%d %H:%M} UTC."
            f"\n  for BI tools  {settings.published_file}"
            f"\n  data docs     {settings.data_docs_dir / 'index.html'}"
            f"\n  warehouse     {settings.build_file}"
        )
    else:
        print(f"\nThe run failed; {settings.published_file} is as it was before.", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
