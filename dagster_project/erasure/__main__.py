"""`make whereabouts PERSON=…`: where the given values of a person stand in what Throughline keeps. Nothing is written.

What lives here: the command. What doesn't: looking (`absence.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dagster_project.dagster_home import dagster_home
from dagster_project.erasure.absence import AbsenceError, kept_places, salt_of, traces
from dagster_project.settings import SettingError, Settings


def main(values: Sequence[str]) -> int:
    """0 when no value stands anywhere, 1 when one does, 2 when a setting is wrong or a file can't be looked into.

    Looks for exactly the values given: it doesn't know what else is that person's.
    """
    try:
        settings = Settings.from_environment()
        found = traces(kept_places(settings, dagster_home()), values, salt_of(settings))
    except (SettingError, AbsenceError, OSError) as error:
        print(f"Throughline can't tell: {error}", file=sys.stderr)
        return 2
    print("\n".join(["Found", *(f"  {trace}" for trace in found)]) if found else "Found nowhere.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
