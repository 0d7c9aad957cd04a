"""What readers and disks raise, turned into the one error of the landing folder.

What lives here: which exceptions are a file's fault, a disk's or a passing trouble, and their words. What doesn't:
finding faults.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dagster_project.disk import disk_problem
from dagster_project.landing.errors import LandingError

# What goes by itself: worth another try.
_PASSING = ("Input/output error", "Stale file handle", "timed out", "Connection", "temporarily unavailable")
_FILE_FAULTS = (
    *(duckdb.Error, zlib.error, csv.Error),
    *(EOFError, UnicodeError, ValueError, OverflowError, RecursionError, LookupError),
)
_QUOTED_CHARACTERS = 300


@contextmanager
def one_line(where: str) -> Iterator[None]:
    """Turns what is raised inside into a LandingError about `where`; troubles that pass by themselves stay as they are.

    A LandingError stays, too.
    """
    try:
        yield
    except LandingError:
        raise
    except (MemoryError, duckdb.OutOfMemoryException):
        raise LandingError(
            f"{where}: needs more memory than this machine has; expected files that fit; deliver it in smaller files "
            "or columns"
        ) from None
    except (*_FILE_FAULTS, OSError) as error:
        if problem := disk_problem(error):
            raise LandingError(f"{where}: can't be loaded ({_reason(error)}): {problem}") from None
        if isinstance(error, (OSError, duckdb.IOException)) and any(text in str(error) for text in _PASSING):
            raise
        raise LandingError(
            f"{where}: can't be read ({_reason(error)}); expected a whole file of the kind that its name says; "
            "deliver it again"
        ) from None


def _reason(error: BaseException) -> str:
    lines = str(error).splitlines()
    return (lines[0] if lines else type(error).__name__)[:_QUOTED_CHARACTERS]
