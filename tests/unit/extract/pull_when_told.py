"""A process that pulls HubSpot's fake in a child of its own whenever a line comes, so that a test can kill the child.

The imports, which take seconds, are done once.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import dlt.destinations.impl.filesystem.filesystem
import dlt.sources.rest_api

from dagster_project.extract import hubspot, rest
from dagster_project.extract.pull import Folders, pull_source

assert dlt and rest


def main(folder: Path) -> None:
    def connect(given: Any) -> Any:
        connection = hubspot.SOURCE.connect(given)
        connection.session._pause = 0.0
        return connection

    source = replace(hubspot.SOURCE, connect=connect)
    print("ready", flush=True)
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            try:
                for _ in pull_source(
                    source, Folders(folder / "landing", folder / "warehouse"), names=frozenset(line.split())
                ):
                    pass
                os._exit(0)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
        print(child, flush=True)
        # Until the next line the child keeps its number, even when it has ended: no other process can be killed for it.
        sys.stdin.readline()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
