"""What was sent to whom, so that a digest comes once for each period however often the night runs.

What lives here: one small file beside the build file. What doesn't: any content or address.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from dagster_project.permissions import private_umask

# Runs that failed and were told of; of older ones nobody asks again.
_KEPT_RUNS = 50


class Sent:
    """The memory of one warehouse. A file that can't be read is an empty memory: better twice than never."""

    def __init__(self, warehouse_dir: Path):
        self._file = warehouse_dir / "sent.json"
        self._editions: dict[str, list[str]] = {}
        with suppress(OSError, ValueError):
            found = json.loads(self._file.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                self._editions = {str(k): [str(e) for e in v] for k, v in found.items() if isinstance(v, list)}

    def has(self, channel: str, key: str, edition: str) -> bool:
        """Whether a channel has had this edition, or of a digest a later one."""
        had = self._editions.get(f"{channel}/{key}", [])
        return edition in had or (key != "failure" and any(later > edition for later in had))

    def add(self, channel: str, key: str, edition: str) -> None:
        """Remember at once: a crash in the next sending must not send this one again."""
        had = [*self._editions.get(f"{channel}/{key}", []), edition]
        self._editions[f"{channel}/{key}"] = had[-_KEPT_RUNS:]
        temporary = self._file.with_name(f".{self._file.name}.tmp")
        with private_umask():
            temporary.write_text(json.dumps(self._editions, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(self._file)
