"""How much memory a process took at its peak. Needs nothing but the standard library, because the Pythons of the
compared libraries count with it too.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_memory_mib() -> float:
    """Of this process or of the largest one that it started, whichever is larger."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # Linux counts KiB, macOS bytes.
    return max(_own_peak(), children) / (1024**2 if sys.platform == "darwin" else 1024)


def _own_peak() -> int:
    """As getrusage counts. On Linux that would be at least what the process that started this one held just then."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
