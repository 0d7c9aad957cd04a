"""SQLFluff's stand-in for `dbt`: each cross-database macro becomes a function call of its own name."""

from __future__ import annotations

from collections.abc import Callable


def listagg(measure: str, delimiter: str, order_by: str) -> str:
    """The one whose last argument is no expression."""
    return f"string_agg({measure}, {delimiter} {order_by})"


def __getattr__(name: str) -> Callable[..., str]:
    def call(*arguments: object, **keywords: object) -> str:
        called = f"{name}({', '.join(str(argument) for argument in [*arguments, *keywords.values()])})"
        # listagg's order is a clause of its own, not an argument.
        return called.replace(", order by", " order by")

    return call
