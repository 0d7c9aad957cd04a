"""Measures a function in a process of its own, so that no case inherits another one's memory or warm caches.

As a program (`python -m bench.measure module:function arguments-as-json`) it is that process.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.memory import peak_memory_mib
from dagster_project.settings import PROJECT_ROOT

# What stands before the result in the process's output; everything else that it prints is noise.
_MARK = "bench result: "


@dataclass(frozen=True)
class Measurement:
    """What a function took: seconds of wall time, and the peak memory of the largest process involved, in MiB."""

    seconds: float
    peak_memory_mib: float
    details: dict[str, Any]


def measure(function: Callable[..., dict[str, Any] | None], **arguments: Any) -> Measurement:
    """Call a module-level function in a fresh process. Its arguments and what it returns must fit into JSON."""
    target = f"{function.__module__}:{function.__name__}"
    command = [sys.executable, "-m", "bench.measure", target, json.dumps(arguments)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    results = [line.removeprefix(_MARK) for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not results:
        raise RuntimeError(f"{target} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return Measurement(**json.loads(results[-1]))


def _main(target: str, arguments: str) -> None:
    module, name = target.split(":")
    function = getattr(importlib.import_module(module), name)
    start = time.perf_counter()
    details = function(**json.loads(arguments)) or {}
    # A function that prepares something first tells how long the measured part took.
    seconds = details.pop("seconds", time.perf_counter() - start)
    result = {"seconds": seconds, "peak_memory_mib": peak_memory_mib(), "details": details}
    print(f"\n{_MARK}{json.dumps(result)}")


if __name__ == "__main__":
    _main(*sys.argv[1:])
