"""Receipts: what each pull asked for, what it got, and what the API said it has; one JSON file per pull.

What lives here: writing and reading them. What doesn't: what follows from them (pull.py, checks.py). They lie in
`<landing>/<source>/_receipts/<object>/`, which the loader passes over. No receipt holds a value of a record or a
secret."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from dagster_project.disk import sync

FOLDER = "_receipts"


@dataclass(frozen=True)
class LandedFile:
    """A file of a pull, by its name in the object's folder."""

    name: str
    rows: int


@dataclass(frozen=True)
class Receipt:
    """`kind` is `whole`, `changes` or `sweep`; `rows` are distinct records, `api_total` what the API said it has.

    `repeated` counts records that the API gave more than once, `deleted` those that a sweep found gone, `missed` those
    that a sweep found and no pull had brought. `problem` says why a pull doesn't count; then nothing of it landed.
    """

    source: str
    object: str
    pull: str
    kind: str
    since: datetime | None
    until: datetime
    rows: int
    api_total: int | None
    repeated: int = 0
    deleted: int = 0
    missed: int = 0
    files: tuple[LandedFile, ...] = ()
    columns: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    requests: int = 0
    retries: int = 0
    problem: str | None = None
    finished_at: datetime | None = field(default=None)

    @property
    def is_whole(self) -> bool:
        """Whether the pull brought what the API said it has."""
        return self.problem is None

    @property
    def line(self) -> str:
        """The receipt in one line."""
        total = "" if self.api_total is None else f" of {self.api_total:,}"
        what = f"{self.deleted:,} deleted" if self.kind == "sweep" else f"{self.rows:,}{total} records"
        since = f"since {self.since:%Y-%m-%d %H:%M} UTC" if self.since else "all"
        problem = f"; {self.problem}" if self.problem else ""
        return f"{self.source}/{self.object}: {self.kind}, {what}, {since}, {self.requests:,} requests{problem}"


def folder(landing_dir: Path, source: str, name: str) -> Path:
    """Where an object's receipts lie."""
    return landing_dir / source / FOLDER / name


def write(path: Path, receipt: Receipt) -> None:
    """Write a receipt so that it is there whole or not at all, also after a power cut."""
    content = json.dumps(asdict(receipt), default=_text, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(content + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync(path.parent)


def read(path: Path) -> Receipt:
    """A receipt as it was written."""
    entry = json.loads(path.read_text(encoding="utf-8"))
    for name in ("since", "until", "finished_at"):
        entry[name] = datetime.fromisoformat(entry[name]) if entry[name] else None
    entry["files"] = tuple(LandedFile(**file) for file in entry["files"])
    for name in ("columns", "absent"):
        entry[name] = tuple(entry[name])
    return Receipt(**entry)


def read_all(landing_dir: Path, source: str, name: str) -> list[Receipt]:
    """An object's receipts, the oldest first."""
    files = folder(landing_dir, source, name).glob("[!.]*.json")
    return [read(path) for path in sorted(files)]


def _text(value: object) -> str:
    assert isinstance(value, datetime), value
    return value.isoformat()
