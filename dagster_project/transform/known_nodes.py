"""What is known of dbt's nodes from build to build: what each was made of, kept in the build file.

What lives here: handing it to dbt's process and taking it back. What doesn't: what follows from it, see `unchanged.py`.

While a build runs, the file knows nothing: a killed one is followed by one that builds everything.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import duckdb

from dagster_project.settings import PROJECT_ROOT
from dagster_project.transform.arguments import AFTER, KNOWN_NODES
from dagster_project.transform.project import DBT_PROJECT_DIR, fingerprint, project_files

# Python that models run: what they are made of beside dbt's project.
_CODE = [PROJECT_ROOT / "dagster_project" / room for room in ("solvers", "transform")]


class KnownNodes:
    """One build's: handed over before, taken back after."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / ".known_nodes.json"
        self._after = Path(f"{self._file}{AFTER}")
        self._different: list[str] = []
        self._unchanged: int | None = None

    def hand_over(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give dbt what is known of the nodes that today's project would make, and forget it in the build file."""
        project = project_mark()
        nodes = {
            node: (inputs, contents)
            for node, inputs, contents in connection.execute(
                "select node, inputs, contents from audit.known_nodes where project = ?", [project]
            ).fetchall()
        }
        connection.execute("delete from audit.known_nodes")
        self._after.unlink(missing_ok=True)
        self._file.write_text(json.dumps({"project": project, "nodes": nodes}), encoding="utf-8")
        os.environ[KNOWN_NODES] = str(self._file)

    def take_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep what is known after the build; nothing if dbt was killed."""
        del os.environ[KNOWN_NODES]
        if self._after.exists():
            known = json.loads(self._after.read_bytes())
            self._unchanged, self._different = known["unchanged"], known["different"]
            nodes: dict[str, tuple[str, str | None]] = known["nodes"]
            # In one statement: a night has nine hundred.
            connection.execute(
                "insert into audit.known_nodes select ?, unnest(?), unnest(?), unnest(?)",
                [
                    known["project"],
                    list(nodes),
                    [inputs for inputs, _ in nodes.values()],
                    [contents for _, contents in nodes.values()],
                ],
            )
        for file in (self._file, self._after):
            file.unlink(missing_ok=True)

    def told(self) -> str | None:
        """How much wasn't built again; None if dbt left nothing."""
        if self._unchanged is None:
            return None
        return f"{self._unchanged} models and tests are as they were; nothing that they read is another"

    def doubt(self) -> str | None:
        """Which models were built all the same, to be compared, and came out otherwise; None as a rule."""
        if not self._different:
            return None
        return (
            f"{', '.join(sorted(self._different))}: built again to be compared, and came out otherwise, though nothing "
            "that it reads is another; expected the same rows. Today's rows stand; run the job full_refresh once, "
            "which builds every model"
        )


@cache
def project_mark() -> str:
    """Of the files of dbt's project, of what its Python models run, and of the engine's version."""
    code = [file for folder in _CODE for file in folder.glob("*.py")]
    return f"{duckdb.__version__} {fingerprint([*project_files(), *code])} {DBT_PROJECT_DIR}"
