"""What takes seconds to make and is the same for all tests: made by one of the parallel processes, read by all."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

Made = TypeVar("Made")

# The run's folder, where there are several processes; conftest.py says it.
shared_folder: Path | None = None


def once_for_all_processes(name: str, make: Callable[[], Made]) -> Made:
    """What `make` returns, which can be pickled: from the process that came first."""
    if shared_folder is None:
        return make()
    file = shared_folder / f"{name}.pickle"
    with FileLock(file.with_suffix(".lock")):
        if not file.exists():
            file.write_bytes(pickle.dumps(make()))
    return pickle.loads(file.read_bytes())
