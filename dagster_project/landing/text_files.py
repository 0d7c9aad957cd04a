"""CSV and JSON Lines as DuckDB's reader wants them: encoding, line ends, header, and where a record stands in its file.

What lives here: bytes and lines. What doesn't: the catalog's opinion of a header (inspection.py) and SQL (loader.py).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import CHUNK_BYTES, LandedFile

# The longest record that is read. Salesforce's longest field holds 131,072 characters, so that a hundred of them fit;
# more would make the reader's buffers, many times this size, a burden on a small machine.
MAX_RECORD_BYTES = 16 * 1024 * 1024

# A header longer than this is no header but a file in another format.
MAX_HEADER_BYTES = 1024 * 1024

# Salesforce allows 900 fields and a spreadsheet 16,384 columns; what is wider is a table turned on its side.
MAX_COLUMNS = 16_384

DELIMITERS = (",", ";", "\t")

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True)
class Header:
    """A CSV file's first record; `lines` are the physical lines up to its end."""

    names: tuple[str, ...]
    delimiter: str
    lines: int = 1


def read_header(file: LandedFile, is_known: Callable[[str], bool]) -> Header:
    """The header of a CSV file, with the delimiter under which most of its names are known."""
    text = _decode(_beginning(file))
    if not text.strip():
        raise LandingError(
            f"{file.object.source}: {file.name}: holds no header; expected a first line with column names"
        )
    candidates = []
    for delimiter in DELIMITERS:
        if header := _header(text, delimiter):
            candidates.append((sum(map(is_known, header.names)), header))
    if not candidates or any("\0" in name for _, header in candidates for name in header.names):
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as CSV; "
            "expected a text file whose first line names the columns"
        )
    header = max(candidates, key=lambda candidate: candidate[0])[1]
    if len(header.names) > MAX_COLUMNS:
        raise LandingError(
            f"{file.object.source}: {file.name}: holds {len(header.names):,} columns; expected at most "
            f"{MAX_COLUMNS:,}; export the columns that are needed, one row per record"
        )
    return header


def _header(text: str, delimiter: str) -> Header | None:
    """The first record that isn't blank; None if it can't be split, or if a quote in it runs into the records."""
    for is_strict in (True, False):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=is_strict)
        blank = 0
        try:
            for record in reader:
                if record:
                    break
                blank = reader.line_num
            else:
                return None
        except csv.Error:
            continue
        names = tuple(name.strip() for name in record)
        is_one_line = reader.line_num == blank + 1
        # A name may be broken in two lines; one that holds whole lines is a quote that somebody forgot to close.
        if is_one_line or (is_strict and not any(delimiter in name and "\n" in name for name in names)):
            return Header(names, delimiter, reader.line_num)
    return None


def is_utf16(file: LandedFile) -> bool:
    """Whether the file starts with a UTF-16 byte order mark."""
    with open_bytes(file.path, file.gzip) as stream:
        return stream.read(2) in _UTF16


def is_gzip(path: Path) -> bool:
    """Whether the file is compressed, whatever its name says."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


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


def leave_out_nul_bytes(source: Path, is_gzip: bool, target: Path) -> None:
    """Rewrite a file without its NUL bytes, which no text holds."""
    with open_bytes(source, is_gzip) as stream, target.open("wb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            out.write(chunk.replace(b"\0", b""))


def open_bytes(path: Path, is_gzip: bool) -> IO[bytes]:
    """The file's bytes, decompressed."""
    if is_gzip:
        return gzip.open(path, "rb")  # type: ignore[return-value]  # it reads like any other file
    return path.open("rb")


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
    data = without_byte_order_mark(data)
    lines = itertools.islice(data.splitlines(keepends=True), 100)
    return "".join(utf8_or_windows_1252(line)[0] for line in lines)


def utf8_or_windows_1252(line: bytes) -> tuple[str, bool]:
    """A line as text, and whether it had to be taken as Windows-1252."""
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        return _windows_1252(line), True


def without_byte_order_mark(data: bytes) -> bytes:
    """A UTF-8 file's first bytes without its byte order mark."""
    return data.removeprefix(codecs.BOM_UTF8)


def _windows_1252(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in Windows-1252; Latin-1 gives every byte a character
        return line.decode("latin-1")
