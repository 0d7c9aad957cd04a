"""Finding the landing folder's files and telling whether they have changed.

What lives here: names, sizes, fingerprints. What doesn't: what is in a file (text_files.py, inspection.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster_project.landing.catalog import Catalog, LandingObject, catalog, flat
from dagster_project.landing.errors import LandingError

# Extension → (format, gzip).
EXTENSIONS = {
    ".csv": ("csv", False),
    ".csv.gz": ("csv", True),
    ".parquet": ("parquet", False),
    ".jsonl": ("jsonl", False),
    ".jsonl.gz": ("jsonl", True),
}
EXPECTED_EXTENSIONS = ", ".join(EXTENSIONS)

# Read size for hashing: large enough that the interpreter's share of the work vanishes.
CHUNK_BYTES = 4 * 1024 * 1024

# What dlt leaves in the folders that it has prepared; its other housekeeping begins with `_`.
_NO_EXPORTS = frozenset({"init"})

# `part-00001-…`, `_part2`, `2_of_5`: what makes several files one delivery.
_PART = re.compile(r"part[-_ ]?\d+|\d+[-_ ]?of[-_ ]?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class FileStamp:
    """What the file system says of a file. A rewrite changes it even at equal size and time of modification.

    Tools can set the time of modification, but not the time of the inode's change, which every write moves; a file that
    was put in another's place has another inode. Reading every file's content each night would cost hours at terabytes.
    """

    bytes: int
    mtime_ns: int
    ctime_ns: int | None
    inode: int | None


@dataclass(frozen=True)
class LandedFile:
    """A file that belongs to an object of the catalog. `name` is its path relative to the landing folder.

    `taken_for` is the name under which it came, a name or alias of the object.
    """

    object: LandingObject
    path: Path
    name: str
    format: str
    gzip: bool
    stamp: FileStamp
    taken_for: str = ""

    @property
    def bytes(self) -> int:
        """The file's size."""
        return self.stamp.bytes

    @property
    def delivery_group(self) -> str:
        """Equal for the parts of one delivery (`2026-01-01_part1.csv`, `…_part2.csv`), else the file's own name.

        What comes under several names of an object that are parts counts as if under its own.
        """
        if flat(self.taken_for) in map(flat, self.object.parts):
            return delivery_group(self.name.replace(f"/{self.taken_for}", f"/{self.object.name}", 1))
        return delivery_group(self.name)


@dataclass(frozen=True)
class Unrecognised:
    """Something that no object of the catalog claims. `source` is blank outside the source folders."""

    name: str
    source: str
    reason: str


@dataclass(frozen=True)
class Found:
    """What a landing folder holds."""

    files: tuple[LandedFile, ...]
    sources: frozenset[str]
    unrecognised: tuple[Unrecognised, ...]

    def of(self, landing_object: LandingObject) -> tuple[LandedFile, ...]:
        """The object's files in delivery order."""
        return tuple(file for file in self.files if file.object.raw_table == landing_object.raw_table)

    def clashes(self, landing_object: LandingObject) -> list[str]:
        """What is wrong with the names of the object's files: two loaders deliver it at once."""
        parts = {flat(part) for part in landing_object.parts}
        first: dict[str, LandedFile] = {}
        for file in self.of(landing_object):
            name = flat(file.taken_for)
            first.setdefault("parts" if name in parts else name, file)
        if len(first) < 2:
            return []
        names = " and ".join(file.name for file in first.values())
        return [
            f"{landing_object.source}: {landing_object.name} is delivered under {len(first)} names, {names}, as by two "
            "loaders at once, so that the later would replace or repeat the earlier; expected one; keep the one that "
            "still arrives and move the other out of the landing folder, or begin its name with `_`"
        ]


def find_files(landing_dir: Path, known: Catalog | None = None) -> Found:
    """Every file of the landing folder by the object it belongs to.

    Names starting with `_` or `.` are ignored, and so is what loaders leave beside their files.
    An object's single files come before its folder's; within a folder, file-name order with numbers counted as
    numbers, so that `part_9` is delivered before `part_10`.
    """
    known = known or catalog()
    files: list[LandedFile] = []
    sources: set[str] = set()
    unrecognised: list[Unrecognised] = []
    for folder in _entries(landing_dir):
        source = known.find_source(folder.name) if folder.is_dir() else None
        if source is None:
            what = "folder is not a source" if folder.is_dir() else "file lies outside a source folder"
            expected = ", ".join(s.name for s in known.sources)
            unrecognised.append(Unrecognised(_relative(folder, landing_dir), "", f"{what}; sources are {expected}"))
            continue
        sources.add(source.name)
        for entry in _entries(folder):
            is_folder = entry.is_dir()
            if not is_folder and entry.name in _NO_EXPORTS:
                continue
            stem, extension = (entry.name, "") if is_folder else split_extension(entry.name)
            landing_object = known.find_object(source.name, stem)
            name = _relative(entry, landing_dir)
            if not is_folder and not extension:
                unrecognised.append(
                    Unrecognised(name, source.name, f"unknown kind of file; expected {EXPECTED_EXTENSIONS}")
                )
            elif landing_object is None:
                expected = ", ".join(o.name for o in source.objects)
                unrecognised.append(
                    Unrecognised(name, source.name, f"not an object of {source.name}; objects are {expected}")
                )
            elif not is_folder:
                files.append(_landed_file(landing_object, entry, landing_dir, stem))
            else:
                for part in _entries(entry):
                    if part.name in _NO_EXPORTS and not part.is_dir():
                        continue
                    if part.is_dir() or not split_extension(part.name)[1]:
                        reason = f"unknown kind of file; expected {EXPECTED_EXTENSIONS}"
                        unrecognised.append(Unrecognised(_relative(part, landing_dir), source.name, reason))
                    else:
                        files.append(_landed_file(landing_object, part, landing_dir, stem))
    files.sort(key=lambda f: (f.object.raw_table, delivery_order(f.name)))
    return Found(tuple(files), frozenset(sources), tuple(unrecognised))


def delivery_group(name: str) -> str:
    """What the names of one delivery's parts have in common; of any other file its own name."""
    folder, _, file = name.rpartition("/")
    return f"{folder}/{_PART.sub('part', file)}"


def delivery_order(name: str) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    """Sorts an object's file names in the order in which they count as delivered."""
    return name.count("/"), _natural(name)


def landing_state(landing_dir: Path) -> str:
    """A digest that changes when a recognised file appears, vanishes, grows or is rewritten; reads no file."""
    digest = hashlib.blake2b(digest_size=16)
    for file in find_files(landing_dir).files:
        digest.update(f"{file.name}\0{file.stamp}\0".encode())
    return digest.hexdigest()


def content_hash(file: LandedFile) -> str:
    """The content's hash. A gzip file is decompressed on the way, since a truncated one reads as a shorter file.

    Raises LandingError if the gzip stream is damaged or ends early.
    """
    digest = hashlib.blake2b(digest_size=16)
    gunzip = zlib.decompressobj(wbits=31) if file.gzip else None
    try:
        for chunk in _chunks(file.path):
            digest.update(chunk)
            while gunzip is not None and chunk:
                if gunzip.eof:  # a gzip file may hold several streams, one after the other, and zero padding
                    chunk = chunk.lstrip(b"\0")
                    if not chunk:
                        break
                    gunzip = zlib.decompressobj(wbits=31)
                gunzip.decompress(chunk)
                chunk = gunzip.unused_data
    except zlib.error as error:
        raise LandingError(
            f"{file.object.source}: {file.name}: damaged gzip file ({error}); deliver it again"
        ) from None
    if gunzip is not None and not gunzip.eof:
        raise LandingError(
            f"{file.object.source}: {file.name}: truncated gzip file, its end is missing; deliver it again"
        )
    return digest.hexdigest()


def unchanged_on_disk(file: LandedFile) -> bool:
    """Whether the file is still what was found; False means that it is being written."""
    try:
        now = file.path.stat()
    except FileNotFoundError:
        return False
    return (now.st_size, now.st_mtime_ns) == (file.stamp.bytes, file.stamp.mtime_ns)


def split_extension(name: str) -> tuple[str, str]:
    """`Lead.csv.gz` → (`Lead`, `.csv.gz`); the extension is blank if it isn't one of the five."""
    for extension in sorted(EXTENSIONS, key=len, reverse=True):
        if name.lower().endswith(extension):
            return name[: -len(extension)], extension
    return name, ""


def _landed_file(landing_object: LandingObject, path: Path, landing_dir: Path, taken_for: str) -> LandedFile:
    name = _relative(path, landing_dir)
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise LandingError(
            f"{landing_object.source}: {name}: can't be read, the link leads nowhere; mend or remove it"
        ) from None
    file_format, is_gzip = EXTENSIONS[split_extension(path.name)[1]]
    return LandedFile(landing_object, path, name, file_format, is_gzip, _stamp(stat), taken_for)


def _stamp(stat: os.stat_result) -> FileStamp:
    # Inode numbers of network drives use all 64 bits; a signed column holds 63.
    return FileStamp(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino & (2**63 - 1))


def _entries(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
        raise LandingError(
            f"landing folder {folder} can't be read ({error.strerror}); grant read access or mend the path"
        ) from None
    return (entry for entry in entries if not entry.name.startswith(("_", ".")))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _relative(path: Path, landing_dir: Path) -> str:
    return os.fsencode(path.relative_to(landing_dir).as_posix()).decode("utf-8", "replace")


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    pieces = re.split(r"(\d+)", name)
    return tuple((0, int(piece), piece) if piece.isdigit() and piece.isascii() else (1, 0, piece) for piece in pieces)
