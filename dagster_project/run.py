"""`make run`: the nightly job once, from the command line, and then where its results are.

The sample is a story with a last day: when nothing else is set, AS_OF is that day, so that the numbers stay the same.
"""

from __future__ import annotations

import os
import subprocess
import sys

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


def main() -> int:
    """Exit code of the job; 2 when a setting is wrong or a later publication would be replaced unasked."""
    # Dagster's files of the run are this user's alone, like the warehouse.
    os.umask(PRIVATE_UMASK)
    if as_of := sample_as_of():
        os.environ["THROUGHLINE_AS_OF"] = as_of
    try:
        settings = Settings.from_environment()
        # The job itself refuses as well, but only when it has built everything.
        ensure_not_newer(settings.published_file, settings.as_of, settings.replace_newer)
    except (SettingError, PublishError) as error:
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
