"""How far a dbt build is, in words: `models 120/240, tests 151/330`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from dagster_project.transform.arguments import UNCHANGED

# Ten lines tell the course of a build; in a long one, a line at least every half minute tells that it still works.
TENTHS = 10
LONGEST_SILENCE_SECONDS = 30

# Every line begins with this word, so that the command line can tell it from other messages.
FIRST_WORD = "models"


class Progress:
    """Hears dbt's events and says how far the build is, at each tenth of it and after a long silence."""

    def __init__(
        self, models: int, tests: int, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ):
        self._totals = {"model": models, "test": tests}
        self._done = {"model": 0, "test": 0}
        self._unchanged = 0
        self._begun: dict[str, str] = {}
        self._say, self._clock = say, clock
        self._said_tenths, self._said_at = 0, clock()

    def hears(self, event: Mapping[str, Any]) -> None:
        """Take one of dbt's structured events."""
        node = event["data"].get("node_info") or {}
        kind = node.get("resource_type")
        if kind not in self._totals:
            return
        name = event["info"]["name"]
        if name == "LogStartLine":
            self._begun[node["unique_id"]] = node["node_name"]
        # A node that isn't built since one before it failed ends with another event.
        elif name in {"LogModelResult", "LogTestResult", "SkippingDetails"}:
            self._begun.pop(node["unique_id"], None)
            self._done[kind] += 1
            self._unchanged += kind == "model" and event["data"].get("status") == UNCHANGED
        self._say_if_due()

    def _say_if_due(self) -> None:
        done, total = sum(self._done.values()), sum(self._totals.values())
        tenths = done * TENTHS // total if total else 0
        silence = self._clock() - self._said_at
        if tenths > self._said_tenths or silence >= LONGEST_SILENCE_SECONDS:
            self._said_tenths, self._said_at = tenths, self._clock()
            counts = ", ".join(f"{kind}s {self._done[kind]}/{self._totals[kind]}" for kind in self._totals)
            # Which needn't be built, since nothing that they read is another.
            counts += f", {self._unchanged} models unchanged" if self._unchanged else ""
            now = f"; at work: {', '.join(self._begun.values())}" if silence >= LONGEST_SILENCE_SECONDS else ""
            self._say(counts + now)
