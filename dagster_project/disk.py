"""Sizes in words, what a full, read-only or forbidden disk needs, and what is on disk for certain.

What lives here: bytes as people read them, which errors are a disk's, and waiting for it. What doesn't: a file's own
faults (landing/faults.py).
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def disk_problem(error: BaseException | str) -> str | None:
    """What a full, read-only or forbidden disk needs, or None when the error is another one."""
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text or "Disk quota exceeded" in text:
        return (
            "the disk is full; free space where THROUGHLINE_WAREHOUSE_DIR and the temporary folder (TMPDIR) lie, "
            "then run again"
        )
    if number == errno.EROFS or "Read-only file system" in text:
        return "the disk is read-only; mount it for writing or point THROUGHLINE_WAREHOUSE_DIR at another one"
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return "access is denied; grant this user the right to read the landing folder and to write the warehouse"
    return None


def room_problem(folder: Path, files: Iterable[Path]) -> str | None:
    """What is to be done before copies of the files can lie in the folder, or None when there is room for them."""
    needed = sum(file.stat().st_size for file in files if file.exists())
    free = shutil.disk_usage(folder).free
    if free >= needed:
        return None
    return (
        f"{folder}: the disk has {bytes_told(free)} left; expected room for copies of the files there, "
        f"{bytes_told(needed)}; free space and run the command again"
    )


def sync(path: Path) -> None:
    """Make a file's content, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def bytes_told(size: int) -> str:
    """`12 kB`, `3.4 MB`."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size} B"
