"""Who may read what a run writes: the user who runs Throughline, and for the published file one group if it is named.

What lives here: modes of files and folders, and secrets that are kept beside the build file. What doesn't: which files
there are.
"""

from __future__ import annotations

import grp
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# New files 0600 and new folders 0700, whatever the user's own mask says.
PRIVATE_UMASK = 0o077

# Mixed into hashes.
SALT = "salt"

# Held by whoever writes the warehouse folder.
LOCK = ".lock"


def keep_private(warehouse_dir: Path, shared_group: str | None = None) -> None:
    """Create the warehouse folder, and take from others what an earlier version left readable.

    Only what Throughline writes is touched. A shared group may pass through the folder to the published file.
    """
    warehouse_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _set(warehouse_dir, 0o710 if shared_group else 0o700, shared_group)
    for own in [*warehouse_dir.glob("throughline.duckdb*"), warehouse_dir / SALT, warehouse_dir / LOCK]:
        if own.exists():
            _set(own, 0o600)
    pages = warehouse_dir / "data_docs"
    for path in [pages, *pages.rglob("*")]:
        if path.exists() and not path.is_symlink():
            _set(path, 0o700 if path.is_dir() else 0o600)
    published = warehouse_dir / "published"
    for path in [published, *published.rglob("*")]:
        if path.exists():
            share(path, shared_group)


def share(path: Path, group: str | None) -> None:
    """Give a published file or folder to its owner and the group, or to its owner alone."""
    if path.is_dir():
        _set(path, 0o750 if group else 0o700, group)
    else:
        _set(path, 0o640 if group else 0o600, group)


def kept_secret(warehouse_dir: Path, name: str) -> str:
    """A secret of the warehouse's own: random, made once, the same from night to night, readable by its owner alone.

    It lies beside the build file, not in it, so that a rebuilt build file gives the same hashes.
    """
    if secret := known_secret(warehouse_dir, name):
        return secret
    secret = secrets.token_hex(32)
    temporary = warehouse_dir / f".{name}.tmp"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(secret + "\n")
        opened.flush()
        os.fsync(descriptor)
    temporary.replace(warehouse_dir / name)
    return secret


def known_secret(warehouse_dir: Path, name: str) -> str:
    """The secret as it was made; blank where none was, and none is made."""
    file = warehouse_dir / name
    return file.read_text(encoding="ascii").strip() if file.exists() else ""


@contextmanager
def private_umask() -> Iterator[None]:
    """What is created meanwhile, also by processes started meanwhile, is its owner's alone."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def _set(path: Path, mode: int, group: str | None = None) -> None:
    if os.geteuid() not in {0, path.stat().st_uid}:
        return  # another user's folder, such as a shared disk: its owner decides
    if group and path.stat().st_gid != (gid := grp.getgrnam(group).gr_gid):
        os.chown(path, -1, gid)
    if path.stat().st_mode & 0o777 != mode:
        path.chmod(mode)
