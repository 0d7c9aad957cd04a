"""SQLFluff's stand-in for dbt's `adapter`: dispatch picks the DuckDB version of a macro, else the default one."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, name: str, package: str = "throughline") -> Callable[..., str]:
    """The project's own macro for DuckDB; a stand-in with the macro's name where it can't be seen from here."""

    def stand_in(*arguments: object, **keywords: object) -> str:
        return f"{name}({', '.join(str(argument) for argument in arguments)})"

    return context.resolve(f"duckdb__{name}") or context.resolve(f"default__{name}") or stand_in
