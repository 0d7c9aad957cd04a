"""dbt's command line on the project as it was last parsed: `python parsed_dbt.py <project> build …`.

dbt by itself parses the whole project again, ten seconds, whenever the warehouse's path is another one than last time,
though nothing in the project depends on it. Whether files or versions have changed, `project.py` tells before.
Run as a file of its own, in dbt's process: nothing of Throughline's is imported here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest


def parsed(project_dir: Path) -> Manifest:
    """What dbt remembers of parsing the project."""
    return Manifest.from_msgpack((project_dir / "target" / "partial_parse.msgpack").read_bytes())


def main(project_dir: str, *arguments: str) -> int:
    """dbt's own exit codes: 1 when a node failed, 2 when dbt could not do what it was told."""
    outcome = dbtRunner(manifest=parsed(Path(project_dir))).invoke(list(arguments))
    if outcome.exception is not None:
        print(outcome.exception, file=sys.stderr)
        return 2
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
