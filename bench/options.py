"""What a benchmark run is told: sizes, and a scratch folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Sizes: `page_views` of the loading case, `identifiers` of each identity case. `scratch` is emptied afterwards."""

    page_views: int
    identifiers: tuple[int, ...]
    scratch: Path
