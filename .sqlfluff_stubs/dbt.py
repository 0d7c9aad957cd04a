"""SQLFluff's stand-in for `dbt`: each cross-database macro becomes a function call of its own name."""

from __future__ import annotations

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    def call(*arguments: object, **keywords: object) -> str:
        return f"{name}({', '.join(str(argument) for argument in [*arguments, *keywords.values()])})"

    return call
