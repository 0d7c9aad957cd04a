"""Finding the landing folder's files and telling whether they have changed.

What lives here: names, sizes, fingerprints. What doesn't: what is in a file (text_files.py, inspection.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_project.landing import archives, day_tables
from dagster_project.landing.catalog import Catalog, LandingObject, Source, catalog, flat
from dagster_project.landing.errors import LandingError

# Extension → (format, gzip).
EXTENSIONS = {
    ".csv": ("csv", False),
    ".csv.gz": ("csv", True),
    ".parquet": ("parquet", False),
    ".jsonl": ("jsonl", False),
    ".jsonl.gz": ("jsonl", True),
}
EXPECTED_EXTENSIONS = f"{', '.join(EXTENSIONS)}, or a .zip of them"

# Read size for hashing: large enough that the interpreter's share of the work vanishes.
CHUNK_BYTES = 4 * 1024 * 1024

# What dlt leaves in the folders that it has prepared; its other housekeeping begins with `_`.
_NO_EXPORTS = frozenset({"init"})

# `part-00001-…`, `_part2`, `2_of_5`: what makes several files one delivery.
_PART = re.compile(r"part[-_ ]?\d+|\d+[-_ ]?of[-_ ]?\d+", re.IGNORECASE)
# `WE_00D…_2.ZIP`: the archives of one export are numbered.
_ARCHIVE_NUMBER = re.compile(r"_\d{1,3}(?=\.zip/)", re.IGNORECASE)


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

    `taken_for` is the name under which it came, a name or alias of the object. A file inside an archive has the path of
    the archive, until it is unpacked, and is its `member`.
    """

    object: LandingObject
    path: Path
    name: str
    format: str
    gzip: bool
    stamp: FileStamp
    taken_for: str = ""
    archive: Path | None = None
    member: str = ""

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
    # Archives that can't be used, and files that can't be what they seem to be: source and what is wrong.
    broken: tuple[tuple[str, str], ...] = ()

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
    return _Search(landing_dir, known or catalog()).find()


class _Search:
    """One look at a landing folder."""

    def __init__(self, landing_dir: Path, known: Catalog) -> None:
        self._landing_dir = landing_dir
        self._known = known
        self._files: list[LandedFile] = []
        self._unrecognised: list[Unrecognised] = []
        self._broken: list[tuple[str, str]] = []

    def find(self) -> Found:
        """What the folder holds."""
        sources: set[str] = set()
        for folder in _entries(self._landing_dir):
            source = self._known.find_source(folder.name) if folder.is_dir() else None
            if source is None:
                what = "folder is not a source" if folder.is_dir() else "file lies outside a source folder"
                expected = ", ".join(s.name for s in self._known.sources)
                self._leave_out(folder, "", f"{what}; sources are {expected}")
                continue
            sources.add(source.name)
            for entry in _entries(folder):
                self._take(source, entry)
        self._files.sort(key=lambda f: (f.object.raw_table, delivery_order(f.name)))
        return Found(tuple(self._files), frozenset(sources), tuple(self._unrecognised), tuple(self._broken))

    def _take(self, source: Source, entry: Path) -> None:
        """A file or folder of a source's folder."""
        is_folder = entry.is_dir()
        if not is_folder and archives.is_archive(entry.name):
            stem = entry.name[: -len(archives.EXTENSION)]
            self._take_archive(source, entry, *self._meant(source, stem))
            return
        stem, extension = (entry.name, "") if is_folder else split_extension(entry.name)
        landing_object, stem = self._meant(source, stem)
        if not is_folder and not extension:
            self._leave_out(entry, source.name, f"unknown kind of file; expected {EXPECTED_EXTENSIONS}")
        elif landing_object is None and (because := source.refusal(stem)):
            name = _relative(entry, self._landing_dir)
            self._broken.append((source.name, f"{source.name}: {name} {because}, or begin its name with `_`"))
        elif landing_object is None:
            self._leave_out(entry, source.name, _no_object(source))
        elif not is_folder:
            self._files.append(_landed_file(landing_object, entry, self._landing_dir, stem))
        else:
            for part in _entries(entry):
                if not part.is_dir() and archives.is_archive(part.name):
                    self._take_archive(source, part, landing_object, stem)
                elif part.is_dir() or not split_extension(part.name)[1]:
                    self._leave_out(part, source.name, f"unknown kind of file; expected {EXPECTED_EXTENSIONS}")
                else:
                    self._files.append(_landed_file(landing_object, part, self._landing_dir, stem))

    def _meant(self, source: Source, stem: str) -> tuple[LandingObject | None, str]:
        """The object that a name without its extension means, and the name under which it is known to the catalog."""
        if landing_object := self._known.find_object(source.name, stem):
            return landing_object, stem
        if landing_object := day_tables.object_of(source, stem):
            return landing_object, landing_object.name
        return None, stem

    def _take_archive(self, source: Source, path: Path, landing_object: LandingObject | None, taken_for: str) -> None:
        """The files of an archive: of the object that its folder or name means, else each of its own."""
        name = _relative(path, self._landing_dir)
        try:
            held = archives.members(path)
        except archives.BadArchive as error:
            self._broken.append((source.name, f"{source.name}: {name}: {error}"))
            return
        except OSError as error:
            reason = f"can't be read ({error.strerror}); grant read access to it, or remove it"
            self._broken.append((source.name, f"{source.name}: {name}: {reason}"))
            return
        strangers: list[str] = []
        for member, size in held.items():
            folder, _, file = member.rpartition("/")
            stem, extension = split_extension(file)
            own, stem = self._meant(source, stem)
            meant = landing_object or own
            if not extension or (folder and own is None) or meant is None:
                strangers.append(member)
            elif folder:
                problem = (
                    f"{source.name}: {name}: holds {member} in a folder; expected its files at the top, as the export "
                    "writes them; unpack it, or make an archive of the files without their folder"
                )
                self._broken.append((source.name, problem))
            else:
                landed = _landed_file(meant, path, self._landing_dir, taken_for if landing_object else stem)
                file_format, is_gzip = EXTENSIONS[extension]
                self._files.append(
                    replace(
                        landed,
                        name=f"{name}/{member}",
                        format=file_format,
                        gzip=is_gzip,
                        stamp=replace(landed.stamp, bytes=size),
                        archive=path,
                        member=member,
                    )
                )
        if strangers:
            reason = f"{_no_object(source)}; left out are {', '.join(strangers)}"
            self._leave_out(path, source.name, reason)

    def _leave_out(self, path: Path, source: str, reason: str) -> None:
        self._unrecognised.append(Unrecognised(_relative(path, self._landing_dir), source, reason))


def _no_object(source: Source) -> str:
    return f"not an object of {source.name}; objects are {', '.join(o.name for o in source.objects)}"


def delivery_group(name: str) -> str:
    """What the names of one delivery's parts have in common; of any other file its own name."""
    folder, _, file = name.rpartition("/")
    return f"{_ARCHIVE_NUMBER.sub('', f'{folder}/')}{_PART.sub('part', file)}"


def delivery_order(name: str) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    """Sorts an object's file names in the order in which they count as delivered."""
    return name.count("/"), _natural(name)


def landing_state(landing_dir: Path, without: Collection[tuple[str, str]] = ()) -> str:
    """A digest that changes when a recognised file appears, vanishes, grows or is rewritten; reads no file.

    `without` are objects by source and name whose files don't count.
    """
    digest = hashlib.blake2b(digest_size=16)
    found = find_files(landing_dir)
    for file in found.files:
        if (file.object.source, file.object.snake_name) not in without:
            digest.update(f"{file.name}\0{file.stamp}\0".encode())
    for _, problem in found.broken:
        digest.update(f"{problem}\0".encode())
    return digest.hexdigest()


def content_hash(file: LandedFile) -> str:
    """The content's hash. A gzip file is decompressed on the way, since a truncated one reads as a shorter file.

    Raises LandingError if the gzip stream is damaged or ends early, or the archive is.
    """
    digest = hashlib.blake2b(digest_size=16)
    gunzip = zlib.decompressobj(wbits=31) if file.gzip else None
    try:
        for chunk in _chunks(file):
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


def unpacked(file: LandedFile, target: Path) -> LandedFile:
    """The file of an archive, written to `target`. Raises LandingError if the archive is damaged."""
    with target.open("wb") as out:
        for chunk in _chunks(file):
            out.write(chunk)
    return replace(file, path=target, member="")


def unchanged_on_disk(file: LandedFile) -> bool:
    """Whether the file is still what was found; False means that it is being written."""
    try:
        now = (file.archive or file.path).stat()
    except FileNotFoundError:
        return False
    if file.archive is not None:  # its size is that of the unpacked file
        return (now.st_mtime_ns, now.st_ctime_ns) == (file.stamp.mtime_ns, file.stamp.ctime_ns)
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
    file_format, is_gzip = EXTENSIONS.get(split_extension(path.name)[1], ("", False))
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
    return (e for e in entries if not e.name.startswith(("_", ".")) and (e.name not in _NO_EXPORTS or e.is_dir()))


def _chunks(file: LandedFile) -> Iterator[bytes]:
    if not file.member:
        with file.path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
        return
    try:
        with archives.open_member(file.path, file.member) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    except archives.BadArchive as error:
        raise LandingError(f"{file.object.source}: {file.name}: {error}") from None


def _relative(path: Path, landing_dir: Path) -> str:
    return os.fsencode(path.relative_to(landing_dir).as_posix()).decode("utf-8", "replace")


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    pieces = re.split(r"(\d+)", name)
    return tuple((0, int(piece), piece) if piece.isdigit() and piece.isascii() else (1, 0, piece) for piece in pieces)
