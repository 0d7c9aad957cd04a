"""ZIP archives, such as those of Salesforce's weekly export: what they hold, and their files as streams.

What lives here: which archives can be used. What doesn't: which object a file in one belongs to (files.py). Nothing is
ever unpacked under a name that an archive gives.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

EXTENSION = ".zip"

_ENCRYPTED = 0x1


class BadArchive(ValueError):
    """An archive can't be used. The message says what is wrong, what was expected, and the mend."""


def is_archive(name: str) -> bool:
    """Whether the name is that of a ZIP archive."""
    return name.lower().endswith(EXTENSION)


def members(path: Path) -> dict[str, int]:
    """The files in an archive with their sizes, in the order of their names; folders and hidden files are left out.

    Raises BadArchive.
    """
    found: dict[str, int] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                # Windows writes its own separator, and a name may be anything.
                parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
                name = "/".join(parts)
                if ".." in parts or name.startswith("/") or (parts and parts[0].endswith(":")):
                    raise BadArchive(
                        f"holds a file that leads out of it, {entry.filename!r}; expected files at its top; this is no "
                        "export, so find out who wrote it and remove it"
                    )
                if entry.is_dir() or any(part.startswith((".", "_")) for part in parts):
                    continue
                if entry.flag_bits & _ENCRYPTED:
                    raise BadArchive("is locked with a password; expected a plain ZIP; unlock it or deliver its files")
                if name in found:
                    raise BadArchive(f"holds {name} twice; expected it once; deliver the archive again")
                found[name] = entry.file_size
    except (zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeError, ValueError) as error:
        if isinstance(error, BadArchive):
            raise
        raise BadArchive(
            f"can't be read as ZIP ({error}); expected a whole archive; deliver it again, under a name that starts "
            "with `_` until it is complete"
        ) from None
    return dict(sorted(found.items()))


@contextmanager
def open_member(path: Path, name: str) -> Iterator[IO[bytes]]:
    """A file of an archive, decompressed. Raises BadArchive, also while it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = next(
                entry
                for entry in archive.infolist()
                if "/".join(PurePosixPath(entry.filename.replace("\\", "/")).parts) == name
            )
            with archive.open(wanted) as stream:
                yield stream
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, StopIteration) as error:
        raise BadArchive(f"is damaged ({error}); expected a whole archive; deliver it again") from None
