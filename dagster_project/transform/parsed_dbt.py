"""dbt's command line on the project as it was last parsed: `python parsed_dbt.py <project> build …`.

dbt by itself parses the whole project again, ten seconds, whenever the warehouse's path is another one than last time,
though nothing in the project depends on it. Whether files or versions have changed, `project.py` tells before.
Run as a file of its own, in dbt's process: of Throughline only `unchanged` is imported here.

Also here: the private members of dbt that Throughline replaces. Each does for every node, or every event, what
nobody reads or what is known; together they cost half of a build. None changes what dbt builds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.compilation import Compiler
from dbt.context.base import BaseContext
from dbt.context.macros import MacroNamespace
from dbt.context.manifest import ManifestContext
from dbt.contracts.graph.manifest import Manifest
from dbt.task import runnable
from dbt.tracking import track_behavior_change_warn
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

# Python doesn't look beside the file, since what lies there is no package of dbt's.
sys.path.append(str(Path(__file__).parents[2]))

from dagster_project.transform.unchanged import only_what_changed


def parsed(project_dir: Path) -> Manifest:
    """What dbt remembers of parsing the project."""
    return Manifest.from_msgpack((project_dir / "target" / "partial_parse.msgpack").read_bytes())


# The SQL that dbt made of each node, beside what it remembers of parsing, and of which parsing it was made.
_COMPILED, _PARSED_FROM = "compiled_sql.json", "parsed_from.txt"

# A node whose SQL depends on what the warehouse holds says so by one of these words.
_ASKS = (
    "is_incremental(",
    "run_query(",
    "load_relation(",
    "load_cached_relation(",
    "adapter.get_",
    "call statement(",
    "if execute",
    "env_var(",
    "invocation_id",
)

# Whose SQL that is: another engine's dbt in the same process makes its own.
_ENGINE = "duckdb"

# By node: what it was made of, and what was made.
_compiled: dict[str, list[str]] = {}


def know_compiled_sql(project_dir: Path) -> None:
    """Take what an earlier build made of the project as it was last parsed; nothing if there was none."""
    _compiled.clear()
    file = project_dir / "target" / _COMPILED
    if file.exists():
        known = json.loads(file.read_bytes())
        if known["parsed_from"] == _parsed_from(project_dir):
            _compiled.update(known["sql"])


def keep_compiled_sql(project_dir: Path, manifest: Manifest, result: Any) -> None:
    """Leave what a whole build made for the next one. Nodes that ask the warehouse are made again each time."""
    nodes = [done.node for done in getattr(result, "results", [])]
    if _compiled or len(nodes) < len(manifest.nodes):
        return
    sql = {
        node.unique_id: [node.raw_code, node.compiled_code]
        for node in nodes
        if node.language == "sql" and not _asks(node, manifest)
    }
    file = project_dir / "target" / _COMPILED
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"parsed_from": _parsed_from(project_dir), "sql": sql}), encoding="utf-8")
    new.replace(file)


def _parsed_from(project_dir: Path) -> str:
    return (project_dir / "target" / _PARSED_FROM).read_text(encoding="utf-8")


def _asks(node: Any, manifest: Manifest) -> bool:
    """Whether the node, or a macro of the project that it uses, asks the warehouse when it is compiled."""
    texts, waiting, seen = [node.raw_code], list(node.depends_on.macros), set()
    while waiting:
        key = waiting.pop()
        macro = manifest.macros.get(key)
        if key in seen or macro is None or macro.package_name != node.package_name:
            continue
        seen.add(key)
        texts.append(macro.macro_sql)
        waiting += macro.depends_on.macros
    return any(word in text for text in texts for word in _ASKS)


def make_lean() -> None:
    """Replace the members in this process."""
    Compiler._compile_code = _compile_unless_known  # type: ignore[method-assign]
    EventManager.fire_event = _fire_if_heard  # type: ignore[method-assign]
    BaseEvent.__init__ = _remember_event  # type: ignore[method-assign]
    BaseEvent.__getattr__ = _worded_event  # type: ignore[method-assign]
    ManifestContext.to_dict = _flat_context  # type: ignore[method-assign]
    # The manifest was written when the project was parsed; every build would write it again.
    setattr(runnable, "write_manifest", _nothing)  # noqa: B010
    # Five megabytes for each build, which only dbt's own tools for dbt's developers read.
    Compiler.write_graph_file = _nothing  # type: ignore[method-assign]


_compile_code = Compiler._compile_code
_fire_event = EventManager.fire_event
_word_event, _field_of_event = BaseEvent.__init__, BaseEvent.__getattr__
_context = ManifestContext.to_dict
_write_graph_file = Compiler.write_graph_file


def _compile_unless_known(self: Any, node: Any, manifest: Manifest, extra_context: Any = None) -> Any:
    """dbt makes the same SQL of a node every night, a context of 700 macros for each."""
    # The rows of a unit test bear the name of the model in whose place they stand.
    raw, sql = _compiled.get(node.unique_id, (None, None))
    if sql is None or raw != node.raw_code or extra_context or self.config.credentials.type != _ENGINE:
        return _compile_code(self, node, manifest, extra_context)
    node.compiled_code, node.compiled = sql, True
    return node


def _fire_if_heard(
    self: Any, e: Any, level: EventLevel | None = None, node: Any = None, force_warn_or_error_handling: bool = False
) -> None:
    """dbt words the events of all levels, each after a look through the environment for secrets, and drops most."""
    heard = level or e.level_tag()
    if (
        heard != EventLevel.DEBUG
        or force_warn_or_error_handling
        or any(callback is not track_behavior_change_warn for callback in self.callbacks)
        or any(listening.level in _ALL_LEVELS for listening in self.loggers)
    ):
        _fire_event(self, e, level, node, force_warn_or_error_handling)


_ALL_LEVELS = {EventLevel.DEBUG, EventLevel.TEST}


def _remember_event(self: Any, *arguments: Any, **fields: Any) -> None:
    """dbt makes a message of each event's fields when it happens; here when somebody reads one."""
    object.__setattr__(self, "_fields", (arguments, fields))


def _worded_event(self: Any, key: str) -> Any:
    if (told := self.__dict__.get("_fields")) and "pb_msg" not in self.__dict__:
        _word_event(self, *told[0], **told[1])
    return self.__dict__["pb_msg"] if key == "pb_msg" else _field_of_event(self, key)


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
    folder = Path(project_dir)
    know_compiled_sql(folder)
    manifest = parsed(folder)
    with only_what_changed(manifest):
        outcome = dbtRunner(manifest=manifest).invoke(list(arguments))
    if outcome.exception is not None:
        print(outcome.exception, file=sys.stderr)
        return 2
    if outcome.success:
        keep_compiled_sql(folder, manifest, outcome.result)
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
