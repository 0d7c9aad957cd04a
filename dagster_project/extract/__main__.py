"""`python -m dagster_project.extract [source …]`: pulls without a night, into the landing folder that is set.

The pull may so run on another machine than the night, or at another hour.
"""

from __future__ import annotations

import os
import sys

from dagster_project.disk import disk_problem
from dagster_project.extract.catalog import SOURCES, asked_for
from dagster_project.extract.errors import PullError
from dagster_project.extract.pull import Folders, pull_source
from dagster_project.extract.receipts import Receipt
from dagster_project.permissions import PRIVATE_UMASK
from dagster_project.settings import SettingError, Settings


def main(wanted: list[str]) -> int:
    """0 when everything that was asked for landed whole, 1 when something did not, 2 when a setting is wrong."""
    os.umask(PRIVATE_UMASK)
    known = {source.name: source for source in SOURCES}
    if unknown := [name for name in wanted if name not in known]:
        print(f"{unknown[0]!r} is no source that can be pulled; expected {', '.join(known)}", file=sys.stderr)
        return 2
    sources = [known[name] for name in wanted] or list(asked_for())
    if not sources:
        print(
            "No credentials of a source are set, so that nothing is pulled; docs/pulls.md names them", file=sys.stderr
        )
        return 2
    short: list[Receipt] = []
    try:
        settings = Settings.from_environment()
        for source in sources:
            for receipt in pull_source(source, Folders(settings.landing_dir, settings.warehouse_dir)):
                print(receipt.line, flush=True)
                short.extend([] if receipt.is_whole else [receipt])
    except SettingError as error:
        print(f"Stopped before anything was pulled: {error}", file=sys.stderr)
        return 2
    except (PullError, OSError) as error:
        print(f"{error}{f': {told}' if (told := disk_problem(error)) else ''}", file=sys.stderr)
        return 1
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
