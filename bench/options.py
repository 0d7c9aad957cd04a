"""What a benchmark run is told: sizes, and a scratch folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Sizes: `page_views` of loading, `identifiers` of each identity case, `journeys` of the attribution models.

    `scratch` is emptied afterwards.
    """

    page_views: int
    identifiers: tuple[int, ...]
    journeys: int
    scratch: Path
