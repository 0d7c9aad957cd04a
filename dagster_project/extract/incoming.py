"""Where a pull's files wait until all of them are whole, and how they become landed: all of a pull's files or none.

What lives here: `<landing>/.incoming/<source>/<object>/<pull>/`, which the loader passes over. A pull is decided when
its receipt lies there; a process that is killed later leaves the moving to the next one. What doesn't: what is pulled.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dagster_project.disk import sync
from dagster_project.extract import receipts
from dagster_project.extract.errors import PullError
from dagster_project.extract.receipts import Receipt

FOLDER = ".incoming"
_RECEIPT = "receipt.json"


@contextmanager
def only_pull_of(landing_dir: Path, source: str) -> Iterator[None]:
    """Nobody else pulls the source meanwhile; the operating system gives the lock back when the process is killed."""
    folder = landing_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{source}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise PullError(
            f"{source}: another pull of it is running into {landing_dir}; wait until it has ended, then run again"
        ) from None
    try:
        yield
    finally:
        lock.release()


def new_folder(landing_dir: Path, source: str, name: str, pull: str) -> Path:
    """An empty folder for a pull's files."""
    folder = landing_dir / FOLDER / source / name / pull
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def land(folder: Path, landing_dir: Path, receipt: Receipt) -> None:
    """Decide a pull and move its files, which lie in its folder under their final names, to where the loader looks."""
    for file in receipt.files:
        sync(folder / file.name)
    sync(folder)
    receipts.write(folder / _RECEIPT, receipt)
    _finish(folder, landing_dir)


def recover(landing_dir: Path, source: str, name: str) -> None:
    """Finish what was decided and not yet moved, and drop what was not decided."""
    parent = landing_dir / FOLDER / source / name
    for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
        if (folder / _RECEIPT).exists():
            _finish(folder, landing_dir)
        else:
            shutil.rmtree(folder)


def _finish(folder: Path, landing_dir: Path) -> None:
    receipt = receipts.read(folder / _RECEIPT)
    target = landing_dir / receipt.source / receipt.object
    if receipt.files:
        target.mkdir(parents=True, exist_ok=True)
    for file in receipt.files:
        if (folder / file.name).exists():
            (folder / file.name).replace(target / file.name)
    if receipt.files:
        sync(target)
    receipts.write(receipts.folder(landing_dir, receipt.source, receipt.object) / f"{receipt.pull}.json", receipt)
    shutil.rmtree(folder)
