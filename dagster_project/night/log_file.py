"""The file that keeps everything a night said, and the terminal that it is kept from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO


def open_log(logs_dir: Path) -> TextIO:
    """A new file for this night, for its owner alone: dbt and Dagster may write records into it."""
    logs_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
    file = logs_dir / f"{begun}-{os.getpid()}.log"
    # Appended to, as several processes write into it.
    return open(file, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags | os.O_APPEND, 0o600))


@contextmanager
def everything_into(log: TextIO) -> Iterator[TextIO]:
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
        sys.stdout.flush()
        sys.stderr.flush()
        for number, before in zip((1, 2), kept, strict=True):
            os.dup2(before, number)
            os.close(before)
        terminal.close()
