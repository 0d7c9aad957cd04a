"""How deep a test goes: what `make test` asks of everything, and what waits for `make test-deep`.

`make test-fast` tries a tenth of the random examples, `make test` a third, `make test-deep` all of them. What is marked
`deep` tells the same promise again: of another loader, another seed, another moment of a kill, another whole night.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

MAX_EXAMPLES = 50


def register() -> None:
    """The same examples every time, so that a red build is about the change."""
    deep = settings(
        derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=MAX_EXAMPLES
    )
    settings.register_profile("deep", deep)
    settings.register_profile("usual", deep, max_examples=MAX_EXAMPLES // 3)
    settings.register_profile("fast", deep, max_examples=MAX_EXAMPLES // 10)
    settings.load_profile("usual")


def examples(count: int) -> settings:
    """For a test whose examples take long: as many under the deep profile, fewer under the others."""
    return settings(max_examples=max(1, count * settings.default.max_examples // MAX_EXAMPLES))


def deep_but(first: int, values: Iterable[Any]) -> list[Any]:
    """Parameters of which all but the first few are deep."""
    listed = list(values)
    return [*listed[:first], *(pytest.param(value, marks=pytest.mark.deep) for value in listed[first:])]
