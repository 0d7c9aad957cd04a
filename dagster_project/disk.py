"""What a full, read-only or forbidden disk needs, in words: for loading, the build file, dbt and the command itself.

What lives here: which errors are a disk's. What doesn't: a file's own faults (landing/faults.py).
"""

from __future__ import annotations

import errno


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
