"""The careful way to split a text file into records: slower than DuckDB's reader, but every line has a known fate.

What lives here: where a record starts and ends, which lines are none, and how many lines a file has. It is used when
DuckDB's reader refuses a record or its rows don't account for every line. What doesn't: values (casting.py).
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dagster_project.landing.files import CHUNK_BYTES
from dagster_project.landing.text_files import (
    MAX_RECORD_BYTES,
    Header,
    open_bytes,
    utf8_or_windows_1252,
    without_byte_order_mark,
)

# Says whether the fields of a line look like a record of the file.
LooksLikeRecord = Callable[[Sequence[str]], bool]

# How many bytes may be looked at in vain behind stray quotes at full record length; behind that, a record that spans
# lines may be 64 KiB. Without an end, a file full of stray quotes would be read again for each of them.
_LOOKAHEAD_BUDGET = 256 * 1024 * 1024
_SHORT_LOOKAHEAD = 64 * 1024

_QUOTED = re.compile(r' *"((?:[^"]++|"")*+)"(?!") *')
_OPENS = re.compile(r' *"')
_CLOSES = re.compile(r'(?:[^"]++|"")*+"(?!")')

# What no JSON may hold unescaped, so that a line with it is none; a tab may stand between values.
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f]")

TOO_LONG = f"record longer than {MAX_RECORD_BYTES} bytes"
STRAY_QUOTE = "unterminated quote, or text behind a closing quote"
SWALLOWING_QUOTE = "unterminated quote: taken as one field, it would swallow the records in the lines below"


@dataclass(frozen=True)
class RefusedRecord:
    """A record that could not be split into fields; `line` is the physical line it starts on."""

    line: int
    reason: str
    record: str


@dataclass(frozen=True)
class CsvRecord:
    """A record in its fields; `line` is the physical line it starts on, `text` all of its lines."""

    line: int
    text: str
    fields: list[str]


@dataclass(frozen=True)
class Lines:
    """A text file's physical lines: all of them, those that hold nothing, and the NUL bytes in them."""

    all: int
    blank: int
    nul_bytes: int = 0


def count_lines(path: Path, is_gzip: bool) -> Lines:
    """Count a file's lines without looking at what they mean."""
    total = blank = nul_bytes = 0
    last, before = b"", b"\n"
    with open_bytes(path, is_gzip) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            total += chunk.count(b"\n")
            nul_bytes += chunk.count(b"\0")
            joined = before + chunk
            if b"\n\n" in joined or b"\n\r\n" in joined:
                blank += len(re.findall(rb"(?<=\n)\r?\n", joined))
            last, before = chunk[-1:], joined[-2:]
            # Only what could be the beginning of a blank line is looked at again.
            before = before if before in (b"\n\r",) else before[-1:]
    return Lines(total + (last not in (b"", b"\n")), blank, nul_bytes)


def csv_records(
    path: Path, is_gzip: bool, header: Header, looks_like_record: LooksLikeRecord
) -> Iterator[CsvRecord | RefusedRecord]:
    """Every record of a CSV file behind its header, good or refused, in the file's order; blank lines are none.

    A quote that is never closed, or closed in the middle of a text, costs the line on which its record starts; the
    lines below it are read as if it weren't there.
    """
    with open_bytes(path, is_gzip) as stream:
        lines = _PhysicalLines(stream)
        for _ in range(header.lines):
            lines.take()
        splitter = _Splitter(lines, header, looks_like_record)
        while (line := lines.take()) is not None:
            if line.text.strip("\r\n"):
                yield splitter.record(line)


def locate(
    path: Path, is_gzip: bool, header: Header, looks_like_record: LooksLikeRecord, wanted: Collection[int]
) -> dict[int, tuple[int, str]]:
    """For each wanted record number (1-based, refused records not counted), its first line and its text."""
    found: dict[int, tuple[int, str]] = {}
    good = (r for r in csv_records(path, is_gzip, header, looks_like_record) if isinstance(r, CsvRecord))
    for number, record in enumerate(good, start=1):
        if number in wanted:
            found[number] = (record.line, record.text)
            if len(found) == len(wanted):
                break
    return found


def write_good_records(
    path: Path, is_gzip: bool, header: Header, looks_like_record: LooksLikeRecord, target: Path
) -> tuple[list[RefusedRecord], int, int]:
    """Write the good records as plain CSV without a header; the refused ones, how many are good, and re-coded lines."""
    refused: list[RefusedRecord] = []
    good = 0
    with target.open("w", encoding="utf-8", errors="replace", newline="") as out:
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        with open_bytes(path, is_gzip) as stream:
            lines = _PhysicalLines(stream)
            for _ in range(header.lines):
                lines.take()
            splitter = _Splitter(lines, header, looks_like_record)
            while (line := lines.take()) is not None:
                if not line.text.strip("\r\n"):
                    continue
                record = splitter.record(line)
                if isinstance(record, RefusedRecord):
                    refused.append(record)
                else:
                    writer.writerow(record.fields)
                    good += 1
            return refused, good, lines.recoded


def write_json_lines(path: Path, is_gzip: bool, target: Path) -> tuple[list[RefusedRecord], int]:
    """Copy a JSON Lines file with its unreadable lines left blank, so that every line keeps its number."""
    refused: list[RefusedRecord] = []
    with open_bytes(path, is_gzip) as stream, target.open("w", encoding="utf-8", errors="replace", newline="") as out:
        lines = _PhysicalLines(stream)
        while (line := lines.take()) is not None:
            text = line.text.strip("\r\n")
            if line.is_too_long:
                refused.append(RefusedRecord(line.number, TOO_LONG, text))
                text = ""
            elif _CONTROL.search(text.encode("utf-8", "replace")):
                refused.append(RefusedRecord(line.number, "not JSON: holds a control character", text))
                text = ""
            out.write(text + "\n")
    return refused, lines.recoded


@dataclass
class _Line:
    number: int
    text: str
    is_too_long: bool = False


class _PhysicalLines:
    """A file's lines as text, one by one; lines that were looked at too early can be given back."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._ahead: deque[_Line] = deque()
        self._number = 0
        self.recoded = 0

    def take(self) -> _Line | None:
        """The next line, or None behind the last."""
        if self._ahead:
            return self._ahead.popleft()
        data = self._stream.readline(MAX_RECORD_BYTES + 1)
        if not data:
            return None
        self._number += 1
        if self._number == 1:
            data = without_byte_order_mark(data)
        is_too_long = len(data) > MAX_RECORD_BYTES
        if is_too_long:
            rest = data
            while rest and not rest.endswith(b"\n"):
                rest = self._stream.readline(MAX_RECORD_BYTES)
            # Its beginning is enough to find it by.
            return _Line(self._number, data[:1000].decode("utf-8", "replace"), True)
        text, is_recoded = utf8_or_windows_1252(data)
        self.recoded += is_recoded
        return _Line(self._number, text)

    def give_back(self, lines: Sequence[_Line]) -> None:
        """Put lines back in front, in their order."""
        self._ahead.extendleft(reversed(lines))


class _Splitter:
    """Splits records of one CSV file into fields."""

    def __init__(self, lines: _PhysicalLines, header: Header, looks_like_record: LooksLikeRecord) -> None:
        self._lines = lines
        self._delimiter = header.delimiter
        self._count = len(header.names)
        self._looks_like_record = looks_like_record
        self._in_vain = 0

    def record(self, first: _Line) -> CsvRecord | RefusedRecord:
        """The record that starts with this line."""
        if first.is_too_long:
            return RefusedRecord(first.number, TOO_LONG, first.text)
        text = first.text.rstrip("\r\n")
        if '"' not in text:
            return self._counted(first, text, text.split(self._delimiter))
        fields, problem = self._split(text)
        if fields is not None:
            return self._counted(first, text, fields)
        if problem != "open":
            return RefusedRecord(first.number, problem, text)
        return self._several_lines(first)

    def _several_lines(self, first: _Line) -> CsvRecord | RefusedRecord:
        limit = MAX_RECORD_BYTES if self._in_vain < _LOOKAHEAD_BUDGET else _SHORT_LOOKAHEAD
        taken: list[_Line] = []
        size = len(first.text)
        problem = STRAY_QUOTE
        while size <= limit and (line := self._lines.take()) is not None:
            taken.append(line)
            size += len(line.text)
            if line.is_too_long:
                break
            if not _CLOSES.match(line.text):
                continue
            text = "".join(part.text for part in (first, *taken)).rstrip("\r\n")
            fields, problem = self._split(text)
            if fields is not None and self._swallows(taken):
                problem = SWALLOWING_QUOTE
            elif fields is not None:
                return self._counted(first, text, fields)
            if problem != "open":
                break
        self._in_vain += size
        self._lines.give_back(taken)
        reason = STRAY_QUOTE if problem in ("open", "") else problem
        return RefusedRecord(first.number, reason, first.text.rstrip("\r\n"))

    def _swallows(self, taken: Sequence[_Line]) -> bool:
        """Whether a line inside the record is a record itself: then the quote that joins them is a stray one."""
        for line in taken:
            text = line.text.rstrip("\r\n")
            fields, _ = self._split(text)
            for candidate in (fields, text.split(self._delimiter)):
                if candidate is not None and len(candidate) == self._count and self._looks_like_record(candidate):
                    return True
        return False

    def _counted(self, first: _Line, text: str, fields: list[str]) -> CsvRecord | RefusedRecord:
        # Empty fields behind the last column are what a spreadsheet leaves there.
        while len(fields) > self._count and not fields[-1].strip():
            fields = fields[:-1]
        if len(fields) == self._count:
            return CsvRecord(first.number, text, fields)
        what = "too few fields" if len(fields) < self._count else "too many fields"
        return RefusedRecord(first.number, f"{what} ({len(fields)} instead of {self._count})", text)

    def _split(self, text: str) -> tuple[list[str] | None, str]:
        """The fields, or None and why not: "open" when the text ends inside quotes."""
        fields: list[str] = []
        position = 0
        while True:
            if _OPENS.match(text, position):
                quoted = _QUOTED.match(text, position)
                if quoted is None:
                    return None, "open"
                fields.append(quoted[1].replace('""', '"'))
                position = quoted.end()
                if position == len(text):
                    return fields, ""
                if text[position] != self._delimiter:
                    return None, STRAY_QUOTE
            else:
                end = text.find(self._delimiter, position)
                if end < 0:
                    fields.append(text[position:])
                    return fields, ""
                fields.append(text[position:end])
                position = end
            position += 1
