"""DuckDB's own readers over one file: CSV records, JSON lines, Parquet.

What lives here: how a file becomes rows of a temporary table, and which of its lines the reader refused. What doesn't:
types and keys (loader.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.landing import text_files
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import LandedFile
from dagster_project.landing.text_files import MAX_RECORD_BYTES, Header

# A text file's records as text columns c0, c1, …; JSON also keeps the line and its number.
RECORDS = "landing_records"

_ERRORS = "landing_reader_errors"
_SCANS = "landing_reader_scans"

# No valid JSON holds this character unescaped, so that a line stays one field.
_NO_DELIMITER = "\x01"

_REASONS = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "unterminated quote, or text behind a closing quote",
    "LINE SIZE OVER MAXIMUM": f"record longer than {MAX_RECORD_BYTES} bytes",
    "INVALID ENCODING": "text in an unknown encoding",
}


class LineEndsDiffer(Exception):
    """The reader met line ends of two kinds; the file has to be rewritten first."""


class Paths(Protocol):
    """Gives paths for rewritten files."""

    def new_path(self, suffix: str = "") -> Path: ...


@dataclass
class TextSource:
    """Where a text file's bytes are read: the delivered file or, when that needed mending, a rewritten copy."""

    path: Path
    gzip: bool
    recoded_lines: int = 0
    is_unified: bool = False

    def rewrite(self, target: Path, how: Callable[[Path, bool, Path], int | None]) -> None:
        """Continue with a copy that `how` wrote."""
        self.recoded_lines += how(self.path, self.gzip, target) or 0
        self.path, self.gzip = target, False

    def unify(self, paths: Paths) -> None:
        """Continue with a copy whose records all end in a line feed."""
        if not self.is_unified:
            self.rewrite(paths.new_path(), text_files.unify_line_ends)
            self.is_unified = True


@dataclass(frozen=True)
class RefusedRecord:
    """A record that the reader could not split into fields; `line` is the physical line it starts on."""

    line: int
    reason: str
    record: str


def parquet_relation(path: Path) -> str:
    """A Parquet file as a relation, its folder names taken as names only."""
    return f"read_parquet({literal(str(path))}, binary_as_string = true, hive_partitioning = false) as src"


def read_csv_records(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, header: Header, paths: Paths
) -> list[RefusedRecord]:
    """Fill `landing_records` with the file's records as text. Raises LineEndsDiffer if it has to be unified first."""
    columns = [f"c{n}" for n in range(len(header.names))]
    refused = _read(connection, file, source, columns, header.delimiter, '"', True, paths)
    # The reader's own line numbers don't count line breaks inside quotes, its byte positions do: one-based, and in
    # a CRLF file on the line feed before the record.
    offsets = {position: max(position - 1, 0) for position, _, _ in refused}
    before = text_files.physical_lines(source.path, source.gzip, set(offsets.values()))
    records = []
    for position, reason, text in refused:
        leading = len(text) - len(text.lstrip("\r\n"))
        line = 1 + before[offsets[position]] + text[:leading].count("\n")
        records.append(RefusedRecord(line, reason, text.strip("\r\n")))
    return records


def read_json_records(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, keys: Sequence[str], paths: Paths
) -> list[RefusedRecord]:
    """Fill `landing_records` with a JSON Lines file's values as text, plus `line_number` and `line`."""
    _read_lines(connection, file, source, paths)
    pointers = ", ".join(literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys)
    values = ", ".join(f"fields[{n + 1}] as c{n}" for n in range(len(keys)))
    connection.execute(f"alter table {RECORDS} rename to landing_lines")
    is_object = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"
    number = record_number(connection, "landing_lines")
    refused = connection.execute(
        f"select {number}, line from landing_lines where trim(line) <> '' and not ({is_object}) order by 1"
    ).fetchall()
    extract = f"json_extract_string(line, [{pointers}])" if keys else "cast([] as varchar[])"
    connection.execute(
        f"""
        create temp table {RECORDS} as
        select {values + ", " if keys else ""}line_number, line
        from (
            select {extract} as fields, {number} as line_number, line
            from landing_lines
            where {is_object}
        )
        """
    )
    connection.execute("drop table landing_lines")
    return [RefusedRecord(line, "not a JSON object", text) for line, text in refused]


def record_number(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL for the position of a row in a table just filled from a file, 1-based.

    Rows that the running transaction wrote are numbered from a high base, in the order of the file.
    """
    (base,) = connection.execute(f"select coalesce(min(rowid), 0) from {table}").fetchone()
    return f"(rowid - {base} + 1)"


def json_keys(connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, paths: Paths) -> list[str]:
    """Every key that occurs in a JSON Lines file, in alphabetical order."""
    try:
        _read_lines(connection, file, source, paths)
    except LineEndsDiffer:
        source.unify(paths)
        _read_lines(connection, file, source, paths)
    is_object = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"
    lines, objects = connection.execute(
        f"select count(*) filter (trim(line) <> ''), count(*) filter ({is_object}) from {RECORDS}"
    ).fetchone()
    keys = connection.execute(
        f"select distinct unnest(json_keys(line)) as key from {RECORDS} where {is_object} order by key"
    ).fetchall()
    connection.execute(f"drop table {RECORDS}")
    if lines and not objects:
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as JSON Lines; "
            "expected one JSON object per line; deliver it in that form"
        )
    return [key for (key,) in keys]


def _read_lines(connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, paths: Paths) -> None:
    _read(connection, file, source, ["line"], _NO_DELIMITER, "", False, paths)


def _read(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    source: TextSource,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    has_header: bool,
    paths: Paths,
) -> list[tuple[int, str, str]]:
    """Fill `landing_records`; the refused records as (byte position, reason, text)."""
    refused = _read_once(connection, file, source, columns, delimiter, quote, has_header)
    if any(error_type == "INVALID ENCODING" for _, error_type, _, _ in refused):
        source.rewrite(paths.new_path(), text_files.recode_lines)
        refused = _read_once(connection, file, source, columns, delimiter, quote, has_header)
    return [
        (position, f"{_REASONS.get(error_type, error_type.lower())} ({message})", text or "")
        for position, error_type, message, text in refused
    ]


def _read_once(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    source: TextSource,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    has_header: bool,
) -> list[tuple[int, str, str, str]]:
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    for leftover in (RECORDS, _ERRORS, _SCANS):
        connection.execute(f"drop table if exists temp.{identifier(leftover)}")
    try:
        connection.execute(
            f"""
            create temp table {RECORDS} as
            select * from read_csv(
                {literal(str(source.path))},
                auto_detect = false,
                header = {str(has_header).lower()},
                columns = {{{types}}},
                delim = {literal(delimiter)},
                quote = {literal(quote)},
                escape = {literal(quote)},
                compression = {"'gzip'" if source.gzip else "'none'"},
                max_line_size = {MAX_RECORD_BYTES},
                store_rejects = true,
                rejects_table = {literal(_ERRORS)},
                rejects_scan = {literal(_SCANS)}
            )
            """
        )
    except duckdb.InvalidInputException as error:
        if not source.is_unified:
            raise LineEndsDiffer(file.name) from None
        reason = str(error).splitlines()[0]
        raise LandingError(f"{file.object.source}: {file.name}: can't be read ({reason}); deliver it again") from None
    return connection.execute(
        f"""
        select line_byte_position, error_type, error_message, csv_line
        from {_ERRORS}
        qualify row_number() over (
            partition by line_byte_position
            order by error_type <> 'INVALID ENCODING', byte_position, column_idx
        ) = 1
        order by line_byte_position
        """
    ).fetchall()
