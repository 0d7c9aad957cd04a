"""The file that keeps everything a night said, and the terminal that it is kept from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TextIO


class NightLog:
    """The log as something to write into. A full disk costs the log its rest, and not the night its report."""

    def __init__(self, file: Path):
        self.name = str(file)
        # Appended to, as several processes write into it; for its owner alone.
        self._number = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)

    def fileno(self) -> int:
        """The file's descriptor, for processes that write into it."""
        return self._number

    def write(self, text: str) -> None:
        """Write at once, as far as the disk has space."""
        rest = text.encode(errors="replace")
        with suppress(OSError):
            while rest:
                rest = rest[os.write(self._number, rest) :]


def open_log(logs_dir: Path) -> NightLog:
    """A new file for this night, for its owner alone: dbt and Dagster may write records into it."""
    logs_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return NightLog(logs_dir / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{os.getpid()}.log")


@contextmanager
def everything_into(log: NightLog) -> Iterator[TextIO]:
    """Send what this process and those that it starts print into the log; gives the terminal, for what people read."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    terminal = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    try:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        yield terminal
    finally:
        for number, before, stream in zip((1, 2), kept, (sys.stdout, sys.stderr), strict=True):
            _flush(stream, number)
            os.dup2(before, number)
            os.close(before)
        terminal.close()


def _flush(stream: TextIO, number: int) -> None:
    """What a full disk doesn't take is dropped, or it would be printed on the terminal."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        stream.flush()
