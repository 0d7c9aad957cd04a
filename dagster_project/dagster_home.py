"""The folder in which Dagster remembers runs and schedules: one for the command and the UI, which see each other's.

What lives here: DAGSTER_HOME, which is Dagster's own variable and no setting of Throughline's.
"""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryFile

from dagster_project.settings import DAGSTER_HOME, PROJECT_ROOT


class DagsterHomeError(RuntimeError):
    """Dagster can't keep its run history; the message is one line: what, where, and how to mend it."""


def dagster_home() -> Path:
    """The folder, whether or not it is there."""
    return Path(os.environ.get("DAGSTER_HOME") or DAGSTER_HOME)


def use_dagster_home() -> None:
    """Name DAGSTER_HOME for Dagster, and create it when it is missing, for this user alone.

    Raises DagsterHomeError when it can't be used.
    """
    given = os.environ.setdefault("DAGSTER_HOME", str(DAGSTER_HOME))
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
