"""What a person sees of a night: a line per step, the progress of the long one, and at the end what needs a look.

What lives here: Dagster's events as lines. What doesn't: Dagster itself, of which only the events' fields are read.
"""

from __future__ import annotations

import re
import shutil
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from dagster_project.transform.progress import FIRST_WORD

# Each step's name for people; the publication's tables and rows, like the others', come from its materializations.
STEPS = {
    "load_reference": "reference",
    "load_landing": "landing",
    "check_raw": "raw checks",
    "reference__run_context": "run context",
    "dbt_build": "models",
    "check_models": "mart checks",
    "published__warehouse": "publication",
    "published__review": "review page",
    "published__postgres": "PostgreSQL",
}

# More warnings than this would push the rest off the screen; the data docs have all.
SHOWN_WARNINGS = 8
SHOWN_FAILURES = 5

_LABEL_WIDTH = 13
_TEXT_WIDTH = 70
_WIDTH = 118


@dataclass
class Step:
    """What was heard of a step so far."""

    label: str
    begun: float
    numbers: dict[str, int] = field(default_factory=dict)
    progress: str = ""

    def add(self, name: str, number: int) -> None:
        self.numbers[name] = self.numbers.get(name, 0) + number

    @property
    def summary(self) -> str:
        n = self.numbers
        told = [
            self.progress,
            _counted(n.get("tables", 0), "table"),
            f"{n['files_read']:,} files read" if "files_read" in n else "",
            _counted(n.get("rows", 0), "row"),
            f"{n['rejected']:,} rejected" if n.get("rejected") else "",
            _counted(n.get("promises", 0), "promise"),
            f"{n['bytes'] / 1e6:,.1f} MB" if n.get("bytes") else "",
            f"{n['broken']:,} broken" if n.get("broken") else "",
            f"{n['reproducible']:,} can be built again, {n['inputs_bytes'] / 1e6:,.1f} MB"
            if "reproducible" in n
            else "",
            _counted(n.get("warned", 0), "warning"),
        ]
        return ", ".join(part for part in told if part)


class Log(Protocol):
    """Where the console's lines are kept."""

    def write(self, text: str, /) -> object:
        """Keep a text."""


class Console:
    """Hears a run's events and tells them. Every line goes to the log as well."""

    def __init__(self, terminal: TextIO, log: Log, clock: Callable[[], float] = time.monotonic):
        self._terminal, self._log, self._clock = terminal, log, clock
        self._overwrites = terminal.isatty()
        self._columns = shutil.get_terminal_size((_WIDTH, 24)).columns if self._overwrites else _WIDTH
        self._steps: dict[str, Step] = {}
        self._rejected: list[str] = []
        self._warned: list[str] = []
        self._failures: dict[str | None, list[str]] = {}
        # Whether the published file is this night's: what comes after it may still fail.
        self.is_published = False
        self.run_id = ""

    def say(self, line: str = "") -> None:
        """A line for people. A terminal that has gone doesn't end the night."""
        self._log.write(line + "\n")
        with suppress(OSError):
            self._terminal.write(("\r\x1b[K" if self._overwrites else "") + line + "\n")
            self._terminal.flush()

    def row(self, label: str, text: str, seconds: float | None = None) -> None:
        """A line of the course: what, how much, how long."""
        timed = "" if seconds is None else f"{seconds:,.1f} s".rjust(9)
        self.say(f"  {label:<{_LABEL_WIDTH}} {_cut(text, _TEXT_WIDTH):<{_TEXT_WIDTH}}{timed}".rstrip())

    def hears(self, event: Any) -> None:
        """Take one entry of the run's log."""
        self.run_id = event.run_id
        if event.dagster_event is None:
            self._hears_message(event)
            return
        kind, key = event.dagster_event.event_type_value, event.step_key
        data = event.dagster_event.event_specific_data
        if kind == "STEP_START" and key:
            self._steps[key] = Step(STEPS.get(key, key), self._clock())
            self._show_now(self._steps[key])
        step = self._steps.get(key or "")
        if kind == "ASSET_MATERIALIZATION" and step:
            self._hears_table(step, data.materialization)
        elif kind == "ASSET_CHECK_EVALUATION" and step:
            self._hears_check(step, data)
        elif kind == "STEP_SUCCESS" and step:
            self.is_published = self.is_published or key == "published__warehouse"
            self.row(step.label, step.summary, self._clock() - step.begun)
        elif kind == "STEP_UP_FOR_RETRY" and step:
            self.row(step.label, "could not be read; trying again", self._clock() - step.begun)
        elif kind == "STEP_FAILURE" and data.error_source.value == "INTERRUPT":
            if step:
                self.row(step.label, "interrupted", self._clock() - step.begun)
        elif kind == "STEP_FAILURE":
            if step:
                self.row(step.label, "failed", self._clock() - step.begun)
            # What a step logged as an error is the reason; its failure then only says that it stopped.
            reasons = self._failures.setdefault(key, [])
            reason = _reason(data.error, data.user_failure_data)
            reasons.append(reason.splitlines()[0] if reasons else reason)
        elif kind == "PIPELINE_FAILURE" and not self._failures:
            # No step began, e.g. since another run holds the warehouse.
            self._failures[None] = [_reason(data.error) if data.error else event.dagster_event.message]

    def warns(self, line: str) -> None:
        """Show a warning of what came after the run."""
        self._warned.append(line)

    def _hears_message(self, event: Any) -> None:
        step = self._steps.get(event.step_key or "")
        # Of steps that never began Dagster says at length that those before them failed.
        if event.level >= 40 and step:
            self._failures.setdefault(event.step_key, []).append(event.user_message)
        elif step and event.level >= 30 and event.step_key in {"load_landing", "published__postgres"}:
            self._warned.append(event.user_message)
        elif step and event.step_key == "dbt_build" and event.user_message.startswith(FIRST_WORD):
            step.progress = event.user_message.removeprefix(FIRST_WORD).strip()
            if self._overwrites:
                self._show_now(step)
            elif any(done != total for done, total in re.findall(r"(\d+)/(\d+)", step.progress)):
                self.row(step.label, step.progress, self._clock() - step.begun)

    def _hears_table(self, step: Step, materialization: Any) -> None:
        if step.label == STEPS["dbt_build"]:
            return  # its progress counts the models
        numbers = {name: value.value for name, value in materialization.metadata.items()}
        if step.label in {STEPS["published__warehouse"], STEPS["published__review"]}:
            step.add("bytes", numbers.get("bytes", 0))
            if "reproducible_publications" in numbers:
                step.add("reproducible", numbers["reproducible_publications"])
                step.add("inputs_bytes", numbers["bytes_of_their_inputs"])
        else:
            step.add("tables", numbers.get("table_count", 1))
        for name, given in (("rows", "dagster/row_count"), ("files_read", "files_read")):
            if given in numbers:
                step.add(name, numbers[given])
        if rejected := numbers.get("rejected_rows"):
            step.add("rejected", rejected)
            self._rejected.append(f"{materialization.asset_key.to_user_string()}: {_counted(rejected, 'row')}")

    def _hears_check(self, step: Step, evaluation: Any) -> None:
        numbers = {name: value.value for name, value in evaluation.metadata.items()}
        step.add("promises", numbers.get("promises", 0))
        if evaluation.passed:
            return
        broken = numbers.get("broken", 1)
        if evaluation.severity.value == "ERROR":
            step.add("broken", broken)
        else:
            step.add("warned", broken)
            self._warned.append(f"{evaluation.asset_key.to_user_string()}: {evaluation.description}")

    def _show_now(self, step: Step) -> None:
        """The step at work, in a line that the next one overwrites."""
        if self._overwrites:
            line = f"  {step.label:<{_LABEL_WIDTH}} {step.progress or '…'}"
            with suppress(OSError):
                self._terminal.write("\r\x1b[K" + line[: self._columns - 1])
                self._terminal.flush()

    def tell_what_needs_a_look(self) -> None:
        """What failed, in full and once; what was rejected and warned, a line each."""
        failures = list(dict.fromkeys(failure for of_step in self._failures.values() for failure in of_step))
        if failures:
            self.say("\nFailed")
            for failure in failures[:SHOWN_FAILURES]:
                for line in failure.splitlines():
                    self.say(textwrap.fill(line, self._columns, initial_indent="  ", subsequent_indent=" " * 13))
            self._tell_rest(len(failures) - SHOWN_FAILURES, ", in the full log")
        if self._rejected:
            self.say("\nRejected (audit.rejected_rows has file, line and reason)")
            self._tell(self._rejected)
        if self._warned:
            self.say("\nWarned")
            self._tell(self._warned)

    def _tell(self, lines: Sequence[str]) -> None:
        for line in lines[:SHOWN_WARNINGS]:
            self.say(_cut("  " + " ".join(line.split()), self._columns))
        self._tell_rest(len(lines) - SHOWN_WARNINGS, ", in the data docs")

    def _tell_rest(self, more: int, where: str) -> None:
        if more > 0:
            self.say(f"  and {more} more{where}")


def _reason(error: Any, failure: Any = None) -> str:
    """Why a step or a run failed, without the stack, which is in the log."""
    if failure and failure.description:
        return failure.description
    while error.cause:
        error = error.cause
    # Dagster writes a failure as `dagster._core.definitions.events.Failure: what was said`.
    return error.message.strip().removeprefix("dagster._core.definitions.events.Failure: ")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}" if number else ""


def paths(named: Mapping[str, object]) -> list[str]:
    """The results' places, one below the other."""
    width = max(map(len, named)) + 2
    return [f"  {name:<{width}}{path}" for name, path in named.items()]
