"""CSV and JSON Lines as DuckDB's reader wants them: encoding, line ends, header, and where a record stands in its file.

What lives here: bytes and lines. What doesn't: the catalog's opinion of a header (inspection.py) and SQL (loader.py).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dagster_project.landing.catalog import flat
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import CHUNK_BYTES, LandedFile

# The longest record that is read. Salesforce's longest field holds 131,072 characters, so that a hundred of them fit;
# more would make the reader's buffers, many times this size, a burden on a small machine.
MAX_RECORD_BYTES = 16 * 1024 * 1024

# A header longer than this is no header but a file in another format.
MAX_HEADER_BYTES = 1024 * 1024

DELIMITERS = (",", ";", "\t")

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True)
class Header:
    """A CSV file's first record."""

    names: tuple[str, ...]
    delimiter: str


def read_header(file: LandedFile, known: Collection[str]) -> Header:
    """The header of a CSV file, with the delimiter under which most of its names are `known` (flat spelling)."""
    text = _decode(_beginning(file))
    if not text.strip():
        raise LandingError(
            f"{file.object.source}: {file.name}: holds no header; expected a first line with column names"
        )
    candidates = []
    for delimiter in DELIMITERS:
        try:
            names = tuple(name.strip() for name in next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
        except (csv.Error, StopIteration):
            continue
        candidates.append((sum(flat(name) in known for name in names), len(names), Header(names, delimiter)))
    if not candidates or "\0" in text[:1000]:
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as CSV; "
            "expected a text file whose first line names the columns"
        )
    return max(candidates, key=lambda candidate: candidate[0])[2]


def is_utf16(file: LandedFile) -> bool:
    """Whether the file starts with a UTF-16 byte order mark."""
    with open_bytes(file.path, file.gzip) as stream:
        return stream.read(2) in _UTF16


def has_old_mac_lines(file: LandedFile) -> bool:
    """Whether lines end in a carriage return alone, which counts as no line anywhere else."""
    beginning = _beginning(file)
    return b"\r" in beginning and b"\n" not in beginning


def decode_utf16(source: Path, is_gzip: bool, target: Path) -> None:
    """Rewrite a UTF-16 file as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    with open_bytes(source, is_gzip) as stream, target.open("wb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            out.write(decoder.decode(chunk).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))


def recode_lines(source: Path, is_gzip: bool, target: Path) -> int:
    """Rewrite a file with its non-UTF-8 lines taken as Windows-1252; the number of those lines.

    Line by line, because exports that were glued together from two systems hold both encodings.
    """
    recoded = 0
    with open_bytes(source, is_gzip) as stream, target.open("wb") as out:
        for line in stream:
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                recoded += 1
                line = _windows_1252(line).encode("utf-8")
            out.write(line)
    return recoded


def unify_line_ends(source: Path, is_gzip: bool, target: Path) -> None:
    """Rewrite a file so that every record ends in a line feed; line breaks inside quotes stay as they are."""
    in_quotes = False
    with open_bytes(source, is_gzip) as stream, target.open("wb") as out:
        for line in stream:
            pieces = line.split(b'"')
            for position, piece in enumerate(pieces):
                if position:
                    in_quotes = not in_quotes
                    out.write(b'"')
                out.write(piece if in_quotes else piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))


def physical_lines(path: Path, is_gzip: bool, byte_offsets: Collection[int]) -> dict[int, int]:
    """For each byte offset, how many line feeds come before it."""
    counts: dict[int, int] = {}
    pending = sorted(byte_offsets)
    position = lines = 0
    with open_bytes(path, is_gzip) as stream:
        while pending and (chunk := stream.read(CHUNK_BYTES)):
            while pending and pending[0] <= position + len(chunk):
                offset = pending.pop(0)
                counts[offset] = lines + chunk.count(b"\n", 0, offset - position)
            lines += chunk.count(b"\n")
            position += len(chunk)
    return counts | dict.fromkeys(pending, lines)


def locate_records(
    path: Path, is_gzip: bool, header: Header, wanted: Collection[int], rejected_lines: Collection[int]
) -> dict[int, tuple[int, str]]:
    """For each wanted record number (1-based, the reader's rejects not counted), its first line and its text.

    A record that can't be placed with certainty is left out: a wrong line number costs more than none.
    """
    found: dict[int, tuple[int, str]] = {}
    remaining = set(wanted)
    with open_bytes(path, is_gzip) as raw:
        held: list[str] = []

        def lines() -> Iterator[str]:
            for line in codecs.iterdecode(raw, "utf-8-sig", errors="replace"):
                held.append(line)
                yield line

        line = 1
        record = -1  # the header is record 0
        reader = csv.reader(lines(), delimiter=header.delimiter)
        try:
            for fields in reader:
                text, start = "".join(held).rstrip("\r\n"), line
                line += len(held)
                held.clear()
                if not fields or start in rejected_lines:
                    continue
                record += 1
                if len(fields) != len(header.names) or not remaining:
                    break
                if record in remaining:
                    found[record] = (start, text)
                    remaining.discard(record)
        except csv.Error:
            pass
    return found


def open_bytes(path: Path, is_gzip: bool) -> IO[bytes]:
    """The file's bytes, decompressed."""
    return gzip.open(path, "rb") if is_gzip else path.open("rb")


def _beginning(file: LandedFile) -> bytes:
    try:
        with open_bytes(file.path, file.gzip) as stream:
            return stream.read(MAX_HEADER_BYTES)
    except PermissionError:
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read; grant this user read access to it"
        ) from None
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        if file.gzip and not isinstance(error, FileNotFoundError):
            raise LandingError(
                f"{file.object.source}: {file.name}: damaged or truncated gzip file ({error}); deliver it again"
            ) from None
        raise


def _decode(data: bytes) -> str:
    if data[:2] in _UTF16:
        return codecs.getincrementaldecoder("utf-16")(errors="replace").decode(data)
    data = data.removeprefix(codecs.BOM_UTF8)
    lines = itertools.islice(data.splitlines(keepends=True), 100)
    return "".join(_utf8_or_windows_1252(line) for line in lines)


def _utf8_or_windows_1252(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return _windows_1252(line)


def _windows_1252(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in Windows-1252; Latin-1 gives every byte a character
        return line.decode("latin-1")
