"""`make whereabouts PERSON=…`: where the given values of a person stand in what Throughline keeps. Nothing is written.

What lives here: the command. What doesn't: looking (`absence.py`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dagster_project.erasure.absence import AbsenceError, traces
from dagster_project.settings import DAGSTER_HOME, SettingError, Settings


def main(values: Sequence[str]) -> int:
    """0 when no value stands anywhere, 1 when one does, 2 when a setting is wrong or a file can't be looked into.

    Looks for exactly the values given: it doesn't know what else is that person's.
    """
    try:
        settings = Settings.from_environment()
        home = Path(os.environ.get("DAGSTER_HOME") or DAGSTER_HOME)
        folders = [settings.warehouse_dir, *(folder for folder in (home, settings.lake_dir) if folder)]
        # The first run makes each of them, the lake only on Spark.
        found = traces([folder for folder in folders if folder.is_dir()], values, _salt(settings))
    except (SettingError, AbsenceError, OSError) as error:
        print(f"Throughline can't tell: {error}", file=sys.stderr)
        return 2
    print("\n".join(["Found", *(f"  {trace}" for trace in found)]) if found else "Found nowhere.")
    return 1 if found else 0


def _salt(settings: Settings) -> str:
    """The salt of the warehouse; unlike a run, looking makes none."""
    file = settings.warehouse_dir / "salt"
    return settings.email_salt or (file.read_text(encoding="ascii").strip() if file.exists() else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
