"""What a build took of Spark, read from the log of events that Spark writes: stages, bytes, memory, lost executors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_project.disk import bytes_told


@dataclass
class Usage:
    """Sums over a session; bytes, and milliseconds of tasks."""

    stages: int = 0
    tasks: int = 0
    failed_tasks: int = 0
    task_milliseconds: int = 0
    # Of them on a processor, in Java: what doesn't change with who else uses the machine.
    processor_milliseconds: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    shuffled_bytes: int = 0
    spilled_bytes: int = 0
    # What tasks sent to the driver: the stage that sent most.
    most_collected_bytes: int = 0
    executors: set[str] = field(default_factory=set)
    lost_executors: int = 0
    # By executor, `driver` too: the most memory that its processes had. Where the system doesn't tell, that of Java.
    peak_memory: dict[str, int] = field(default_factory=dict)
    _collected: dict[tuple[int, int], int] = field(default_factory=dict, repr=False)

    def told(self) -> str:
        """One line for the run's log."""
        again = f", {self.failed_tasks:,} of them failed and were repeated" if self.failed_tasks else ""
        lost = f", {self.lost_executors} lost" if self.lost_executors else ""
        peaks = [peak for executor, peak in self.peak_memory.items() if executor != "driver"]
        memory = f", at most {bytes_told(max(peaks))} of memory each" if peaks else ""
        moved = {
            "read": self.read_bytes,
            "shuffled": self.shuffled_bytes,
            "spilled": self.spilled_bytes,
            "written": self.written_bytes,
        }
        return (
            f"Spark: {self.stages:,} stages, {self.tasks:,} tasks{again}, "
            f"{len(self.executors)} executors{lost}{memory}; "
            f"{', '.join(f'{bytes_told(count)} {what}' for what, count in moved.items())}; "
            f"no stage sent more than {bytes_told(self.most_collected_bytes)} to the driver"
        )

    def add(self, event: Mapping[str, Any]) -> None:
        """Take one event of the log into the sums."""
        kind = event.get("Event")
        if kind == "SparkListenerStageCompleted":
            self.stages += 1
        elif kind == "SparkListenerTaskEnd":
            self._add_task(event)
        elif kind == "SparkListenerExecutorAdded":
            self.executors.add(event["Executor ID"])
        elif kind == "SparkListenerExecutorRemoved":
            self.lost_executors += 1
        elif kind == "SparkListenerStageExecutorMetrics":
            self._add_memory(event["Executor ID"], event["Executor Metrics"])

    def _add_task(self, event: Mapping[str, Any]) -> None:
        self.tasks += 1
        self.failed_tasks += event["Task End Reason"]["Reason"] != "Success"
        metrics = event.get("Task Metrics") or {}
        self.task_milliseconds += metrics.get("Executor Run Time", 0)
        self.processor_milliseconds += metrics.get("Executor CPU Time", 0) // 1_000_000
        self.read_bytes += metrics.get("Input Metrics", {}).get("Bytes Read", 0)
        self.written_bytes += metrics.get("Output Metrics", {}).get("Bytes Written", 0)
        self.shuffled_bytes += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
        self.spilled_bytes += metrics.get("Disk Bytes Spilled", 0)
        stage = (event["Stage ID"], event["Stage Attempt ID"])
        self._collected[stage] = self._collected.get(stage, 0) + metrics.get("Result Size", 0)
        self.most_collected_bytes = max(self.most_collected_bytes, self._collected[stage])

    def _add_memory(self, executor: str, metrics: Mapping[str, int]) -> None:
        processes = sum(metrics.get(f"ProcessTree{part}RSSMemory", 0) for part in ("JVM", "Python", "Other"))
        java = metrics.get("JVMHeapMemory", 0) + metrics.get("JVMOffHeapMemory", 0)
        self.peak_memory[executor] = max(self.peak_memory.get(executor, 0), processes or java)


def usage_of(events: Path) -> Usage | None:
    """The sums of every log in the folder; None where there is none, as of a Spark Connect server, which has its own.

    A driver that was killed leaves a last line that is cut off: it isn't counted.
    """
    logs = sorted(file for file in events.glob("*") if file.is_file())
    if not logs:
        return None
    usage = Usage()
    for log in logs:
        with log.open(encoding="utf-8") as lines:
            for event in _events(lines):
                usage.add(event)
    return usage


def _events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return
