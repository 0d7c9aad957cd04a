"""What a benchmark run is told: sizes, and a scratch folder of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Sizes: `page_views` of the loading case, `web_events` of each tracker in the web loading case,
    `identifiers` of each identity case, `touches` of each attribution case,
    `journeys` of the attribution models, `scales` of the scaling and publications cases (times the sample company),
    clean `companies` of the trust case (which plants in as many again).

    `scratch` is emptied afterwards.
    """

    page_views: int
    identifiers: tuple[int, ...]
    touches: tuple[int, ...]
    scales: tuple[float, ...]
    journeys: int
    companies: int
    scratch: Path
    web_events: int = 0
