"""dbt's command line on the project as it was last parsed: `python parsed_dbt.py <project> build …`.

dbt by itself parses the whole project again, ten seconds, whenever the warehouse's path is another one than last time,
though nothing in the project depends on it. Whether files or versions have changed, `project.py` tells before.
Run as a file of its own, in dbt's process: nothing of Throughline's is imported here.

Also here: the three private members of dbt that Throughline replaces. Each does for every node, or every event, what
nobody reads; together they cost a third of a night. None changes what dbt builds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.context.base import BaseContext
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.manifest import Manifest
from dbt.task import runnable
from dbt_common.events import logger
from dbt_common.events.base_types import EventLevel


def parsed(project_dir: Path) -> Manifest:
    """What dbt remembers of parsing the project."""
    return Manifest.from_msgpack((project_dir / "target" / "partial_parse.msgpack").read_bytes())


def make_lean() -> None:
    """Replace the members in this process."""
    logger._Logger.write_line = _write_kept_line  # type: ignore[method-assign]
    ManifestContext.to_dict = _flat_context  # type: ignore[method-assign]
    # The manifest was written when the project was parsed; every build would write it again.
    setattr(runnable, "write_manifest", _nothing)  # noqa: B010


_write_line = logger._Logger.write_line
_context = ManifestContext.to_dict


def _write_kept_line(self: Any, msg: Any) -> None:
    """dbt words the lines of all levels, each after a look through the environment for secrets, and drops most."""
    level = logger._log_level_map[EventLevel(msg.info.level)]
    if logger._is_print_event(msg) or (self._python_logger is not None and self._python_logger.isEnabledFor(level)):
        _write_line(self, msg)


def _flat_context(self: Any) -> dict[str, Any]:
    """dbt looks up each of its 700 macros by itself in five dictionaries; the dictionaries one after the other, the
    first one last, give the same.
    """
    if not isinstance(self.namespace, MacroNamespace):
        return _context(self)
    context = BaseContext.to_dict(self)
    for macros in reversed(list(self.namespace._search_order())):
        context.update(macros)
    return context


def _nothing(*_: Any, **__: Any) -> None:
    return None


def main(project_dir: str, *arguments: str) -> int:
    """dbt's own exit codes: 1 when a node failed, 2 when dbt could not do what it was told."""
    make_lean()
    outcome = dbtRunner(manifest=parsed(Path(project_dir))).invoke(list(arguments))
    if outcome.exception is not None:
        print(outcome.exception, file=sys.stderr)
        return 2
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
