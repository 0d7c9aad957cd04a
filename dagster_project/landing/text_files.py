"""CSV and JSON Lines as DuckDB's reader wants them: encoding, line ends, header, and where a record stands in its file.

What lives here: bytes and lines. What doesn't: the catalog's opinion of a header (inspection.py) and SQL (loader.py).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

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

# Reports have up to a dozen lines above their header.
MAX_TITLE_LINES = 40
_CURRENCY_LINE = re.compile(r"\b(?:[Cc]urrency|W\u00e4hrung|[Dd]evise|[Mm]oneda|[Vv]aluta)[^A-Z]*\b([A-Z]{3})\b")
_PERIOD_LINE = re.compile(r"^\W*(?:Report )?Aggregation\W+(\w+)", re.IGNORECASE)
_PERIODS_OF_A_DAY = ("daily", "day", "hourly", "hour")

# So many NUL bytes in a row are no slip of a program but a block of the disk that was never written.
HOLE_BYTES = 16

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAMPLE_BYTES = 4096
_FEW_NUL_BYTES, _MANY_NUL_BYTES = 0.05, 0.6

csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True)
class Header:
    """A CSV file's record of column names; `lines` are the physical lines up to its end, `titles` those above it."""

    names: tuple[str, ...]
    delimiter: str
    lines: int = 1
    titles: tuple[str, ...] = ()


class Names(Protocol):
    """Knows the names of an object's columns."""

    def count(self, names: Iterable[str]) -> int:
        """How many of the names mean a column."""

    def are_whole(self, names: Sequence[str]) -> bool:
        """Whether no required column is missing among the names."""


def read_header(file: LandedFile, known: Names) -> Header:
    """The header of a CSV file, with the delimiter under which most of its names are known.

    It is the first line that isn't blank, unless only a line below has every required column: then those above are
    titles, as reports have them.
    """
    text = _decode(_beginning(file))
    if not text.strip():
        raise LandingError(
            f"{file.object.source}: {file.name}: holds no header; expected a first line with column names"
        )
    candidates = [header for delimiter in DELIMITERS if (header := _header(text, delimiter))]
    if not any(known.are_whole(header.names) for header in candidates):
        below = [header for delimiter in DELIMITERS if (header := _header_below(text, delimiter, known))]
        candidates += below
    if not candidates or any("\0" in name for header in candidates for name in header.names):
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as CSV; "
            "expected a text file whose first line names the columns"
        )
    header = max(candidates, key=lambda candidate: (known.are_whole(candidate.names), known.count(candidate.names)))
    if len(header.names) > MAX_COLUMNS:
        raise LandingError(
            f"{file.object.source}: {file.name}: holds {len(header.names):,} columns; expected at most "
            f"{MAX_COLUMNS:,}; export the columns that are needed, one row per record"
        )
    return header


def currency_of(header: Header) -> str:
    """The currency that the lines above a header name, blank if none does."""
    found = {match[1] for line in header.titles if (match := _CURRENCY_LINE.search(line))}
    return found.pop() if len(found) == 1 else ""


def period_of(header: Header) -> str:
    """What a row sums up if the lines above a header say that it isn't a day or less, blank elsewhere."""
    said = [match[1].lower() for line in header.titles if (match := _PERIOD_LINE.search(line))]
    return next((period for period in said if period not in _PERIODS_OF_A_DAY), "")


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


def _header_below(text: str, delimiter: str, known: Names) -> Header | None:
    """The first line that has every required column, below lines that have not; else that with the most known columns.

    The second can't be used, but what it lacks can be told.
    """
    lines = text.splitlines()[:MAX_TITLE_LINES]
    best: Header | None = None
    for number, line in enumerate(lines):
        try:
            record = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        names = tuple(name.strip() for name in record)
        header = Header(names, delimiter, number + 1, tuple(above for above in lines[:number] if above.strip()))
        if len(names) > 1 and known.are_whole(names):
            return header
        if known.count(names) > max(1, known.count(best.names) if best else 0):
            best = header
    return best


def utf16_of(file: LandedFile) -> str:
    """The encoding of a file in UTF-16, with or without a byte order mark; blank for any other."""
    with open_bytes(file.path, file.gzip) as stream:
        return _utf16(stream.read(_SAMPLE_BYTES))


def _utf16(data: bytes) -> str:
    if data[:2] in _UTF16:
        return "utf-16"
    # Every other byte of Latin text in UTF-16 is NUL.
    halves = [data[start::2] for start in (0, 1)]
    empty = [half.count(0) / len(half) if half else 0 for half in halves]
    if min(empty) > _FEW_NUL_BYTES or max(empty) < _MANY_NUL_BYTES:
        return ""
    return "utf-16-be" if empty[0] > empty[1] else "utf-16-le"


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
    with open_bytes(source, is_gzip) as stream:
        encoding = _utf16(stream.read(_SAMPLE_BYTES))
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
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
    """Rewrite a file without its NUL bytes, which no text holds; a line of nothing else keeps one, and is missed.

    Raises ValueError for many in a row: they are a hole, with text lost on both sides of it.
    """
    with open_bytes(source, is_gzip) as stream, target.open("wb") as out:
        for line in stream:
            if b"\0" in line:
                if b"\0" * HOLE_BYTES in line:
                    raise ValueError("holds a row of NUL bytes, as a write that was cut off leaves them")
                text = line.replace(b"\0", b"")
                line = text if text.strip() else b"\0" + text
            out.write(line)


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
    if encoding := _utf16(data[:_SAMPLE_BYTES]):
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode(data)
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
