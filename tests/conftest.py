"""What every test stands on: an environment without this machine's settings, and a made-up company."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.company import Company

# The same examples every time, so that a red build is about the change.
settings.register_profile(
    "throughline", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("throughline")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own THROUGHLINE_* variables must not reach a test."""
    for variable in [name for name in os.environ if name.startswith("THROUGHLINE_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company without a single record, in folders of its own."""
    return Company(tmp_path)
