"""sqlfluff's command line without doing the same work twice: `python -m tests.sqlfluff_once lint …`.

For every file sqlfluff compiles all of the project's macros again, for each of four layout rules it lays the same
file out again, and eight rules look up each select's tables and columns: together two thirds of its time. Here Jinja
compiles a text that it has compiled before from memory, and a layout and what was looked up are kept until the next
file; nothing else differs. For linting only: a fix would change what is kept. At module level, because sqlfluff's
worker processes import this module too.

Python looks for garbage rarely here: a parsed file is a large net of objects that lives until its rules have read it,
and looking through it again and again took a third of the time.
"""

from __future__ import annotations

import gc
from typing import Any

from jinja2 import Environment
from sqlfluff.utils.analysis import select

_look_up = select.get_select_statement_info
_looked_up: dict[tuple[Any, ...], tuple[Any, Any]] = {}


def _look_up_once(segment: Any, dialect: Any, early_exit: bool = True) -> Any:
    key = (id(segment), dialect and dialect.name, early_exit)
    if key not in _looked_up:
        # With the segment, so that no other gets its id.
        _looked_up[key] = segment, _look_up(segment, dialect, early_exit)
    found = _looked_up[key][1]
    # Rules add to the lists that they are given.
    return found and type(found)(*(list(part) if isinstance(part, list) else part for part in found))


# Rules take the function by its name when they are imported.
select.get_select_statement_info = _look_up_once

from sqlfluff.cli.commands import cli  # noqa: E402
from sqlfluff.utils.reflow.sequence import ReflowSequence  # noqa: E402

gc.set_threshold(1_000_000)
gc.freeze()

_compile = Environment.compile
_compiled: dict[tuple[Any, ...], Any] = {}


def _compile_once(self: Environment, source: Any, *arguments: Any, **named: Any) -> Any:
    if named or not isinstance(source, str):
        return _compile(self, source, *arguments, **named)
    # sqlfluff makes all its environments of a kind alike; which one compiles makes no difference.
    key = (type(self), source, *arguments)
    if key not in _compiled:
        _compiled[key] = _compile(self, source, *arguments)
    return _compiled[key]


_from_root = ReflowSequence.from_root
_last: tuple[Any, Any, ReflowSequence] | None = None


def _from_root_once(root_segment: Any, config: Any) -> ReflowSequence:
    global _last
    if _last is None or _last[0] is not root_segment or _last[1] is not config:
        _looked_up.clear()
        _last = (root_segment, config, _from_root(root_segment, config))
    return _last[2]


Environment.compile = _compile_once  # type: ignore[method-assign]
ReflowSequence.from_root = staticmethod(_from_root_once)  # type: ignore[method-assign, assignment]

if __name__ == "__main__":
    cli()
