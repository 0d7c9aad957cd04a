"""How many examples hypothesis tries: the full profile, and a tenth of it for `make test-fast`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

MAX_EXAMPLES = 50


def register() -> None:
    """The same examples every time, so that a red build is about the change."""
    full = settings(
        derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=MAX_EXAMPLES
    )
    settings.register_profile("full", full)
    settings.register_profile("fast", full, max_examples=MAX_EXAMPLES // 10)
    settings.load_profile("full")


def examples(count: int) -> settings:
    """For a test whose examples take long: as many under the full profile, fewer under the fast one."""
    return settings(max_examples=max(1, count * settings.default.max_examples // MAX_EXAMPLES))
