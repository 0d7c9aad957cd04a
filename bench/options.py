"""What a benchmark run is told: sizes, and a scratch folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`page_views` is the size of the loading case; `scratch` is emptied afterwards."""

    page_views: int
    scratch: Path
