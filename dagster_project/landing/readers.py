"""DuckDB's own readers over one file: CSV records, JSON lines, Parquet.

What lives here: how a file becomes rows of a temporary table, and which of its lines the reader refused. What doesn't:
types and keys (loader.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.landing import text_files, text_records
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import LandedFile
from dagster_project.landing.text_files import MAX_COLUMNS, MAX_RECORD_BYTES, Header
from dagster_project.landing.text_records import LooksLikeRecord, RefusedRecord

# A text file's records as text columns c0, c1, …; JSON also keeps the line and its number.
RECORDS = "landing_records"

_ERRORS = "landing_reader_errors"
_SCANS = "landing_reader_scans"

# No valid JSON holds this character unescaped, so that a line stays one field.
_NO_DELIMITER = "\x01"

_IS_OBJECT = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"


# A query over every column for line breaks outgrows the careful reader in a file wider than this.
_MAX_COLUMNS_TO_SEARCH = 500


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
    # Whether DuckDB's own reader is in trouble with the file, so that it has to be split line by line.
    is_careful: bool = False
    # Lines of a JSON Lines file that were left out of its copy.
    refused: list[RefusedRecord] = field(default_factory=list)
    # Bytes that no text holds and that were left out of the copy.
    nul_bytes: int = 0
    # The records that the file holds, counted before any of them is looked at.
    delivered: int = 0
    # Where the records of a CSV file have their lines: the last copy that holds them all.
    whole: tuple[Path, bool] | None = None
    _lines: text_records.Lines | None = None

    def rewrite(self, target: Path, how: Callable[[Path, bool, Path], int | None]) -> None:
        """Continue with a copy that `how` wrote."""
        self.recoded_lines += how(self.path, self.gzip, target) or 0
        self.path, self.gzip = target, False
        self._lines = None

    def lines(self, paths: Paths) -> text_records.Lines:
        """The lines, counted without looking at what they mean; NUL bytes among them are left out first."""
        if self._lines is None:
            self._lines = text_records.count_lines(self.path, self.gzip)
            if before := self._lines.nul_bytes:
                self.rewrite(paths.new_path(), text_files.leave_out_nul_bytes)
                self._lines = text_records.count_lines(self.path, self.gzip)
                self.nul_bytes += before - self._lines.nul_bytes
        return self._lines


def parquet_relation(path: Path) -> str:
    """A Parquet file as a relation, its folder names taken as names only."""
    return f"read_parquet({literal(str(path))}, binary_as_string = true, hive_partitioning = false) as src"


def read_csv_records(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    source: TextSource,
    header: Header,
    looks_like_record: LooksLikeRecord,
    paths: Paths,
) -> list[RefusedRecord]:
    """Fill `landing_records` with the file's records as text; the records that can't be split.

    Raises LineEndsDiffer if DuckDB's reader gave up, and the transaction with it; then call again.
    """
    columns = [f"c{n}" for n in range(len(header.names))]
    lines = source.lines(paths)
    if not source.is_careful:
        refusals = _read(connection, file, source, columns, header.delimiter, '"', header.lines, paths)
        if not refusals and _every_line_is_accounted_for(connection, source, header, lines):
            return []
    source.whole = (source.path, source.gzip)
    target = paths.new_path()
    refused, good, recoded = text_records.write_good_records(
        source.path, source.gzip, header, looks_like_record, target
    )
    source.recoded_lines = max(source.recoded_lines, recoded)
    source.delivered = good + len(refused)
    if _read_once(connection, file, TextSource(target, False, is_careful=True), columns, ",", '"', 0):
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be split into records, not even line by line; "
            "expected CSV with one record per line; export it again"
        )
    return refused


def _every_line_is_accounted_for(
    connection: duckdb.DuckDBPyConnection, source: TextSource, header: Header, lines: text_records.Lines
) -> bool:
    """Whether the records that were read make up all lines of the file, and none of them swallows others."""
    if header.lines > 1 and lines.blank:
        return False  # whether a blank line stands in the header or behind it is not worth finding out
    (records,) = only_row(connection, f"select count(*) from {RECORDS}")
    left = lines.all - header.lines - records
    source.delivered = records
    if left == lines.blank:
        return True
    if len(header.names) > _MAX_COLUMNS_TO_SEARCH:
        return False
    names = [f"c{n}" for n in range(len(header.names))]
    breaks = " + ".join(f"{_count_of(name, literal(chr(10)))}" for name in names)
    unified = [f"replace({name}, chr(13), '')" for name in names]
    squeezed = [f"regexp_replace({name}, '\\n\\n+', chr(10), 'g')" for name in unified]
    blank = " + ".join(f"coalesce(len({a}) - len({b}), 0)" for a, b in zip(unified, squeezed, strict=True))
    wide = " or ".join(
        f"({name} like '%' || chr(10) || '%' and {_count_of(name, literal(header.delimiter))} >= {len(names) - 1})"
        for name in names
    )
    any_break = " or ".join(f"contains({name}, chr(10))" for name in names)
    inside, blank_inside, suspicious = only_row(
        connection,
        f"select coalesce(sum({breaks}), 0), coalesce(sum({blank}), 0), count(*) filter ({wide}) "
        f"from {RECORDS} where {any_break}",
    )
    return left == inside + lines.blank - blank_inside and not suspicious


def _count_of(name: str, text: str) -> str:
    return f"coalesce(len({name}) - len(replace({name}, {text}, '')), 0)"


def read_json_records(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, keys: Sequence[str], paths: Paths
) -> list[RefusedRecord]:
    """Fill `landing_records` with a JSON Lines file's values as text, plus `line_number` and `line`."""
    _read_lines(connection, file, source, paths)
    pointers = ", ".join(literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys)
    values = ", ".join(f"fields[{n + 1}] as c{n}" for n in range(len(keys)))
    connection.execute(f"alter table {RECORDS} rename to landing_lines")
    number = record_number(connection, "landing_lines")
    refused = connection.execute(
        f"select {number}, line from landing_lines where trim(line) <> '' and not ({_IS_OBJECT}) order by 1"
    ).fetchall()
    extract = f"json_extract_string(line, [{pointers}])" if keys else "cast([] as varchar[])"
    connection.execute(
        f"""
        create temp table {RECORDS} as
        select {values + ", " if keys else ""}line_number, line
        from (
            select {extract} as fields, {number} as line_number, line
            from landing_lines
            where {_IS_OBJECT}
        )
        """
    )
    connection.execute("drop table landing_lines")
    return source.refused + [RefusedRecord(line, "not a JSON object", text) for line, text in refused]


def record_number(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL for the position of a row in a table just filled from a file, 1-based.

    Rows that the running transaction wrote are numbered from a high base, in the order of the file.
    """
    (base,) = only_row(connection, f"select coalesce(min(rowid), 0) from {table}")
    return f"(rowid - {base} + 1)"


def json_keys(connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, paths: Paths) -> list[str]:
    """Every key that occurs in a JSON Lines file, in alphabetical order."""
    _read_lines(connection, file, source, paths)
    lines, objects = only_row(
        connection, f"select count(*) filter (trim(line) <> ''), count(*) filter ({_IS_OBJECT}) from {RECORDS}"
    )
    keys = connection.execute(
        f"select distinct unnest(json_keys(line)) as key from {RECORDS} where {_IS_OBJECT} "
        f"order by key limit {MAX_COLUMNS + 1}"
    ).fetchall()
    connection.execute(f"drop table {RECORDS}")
    source.delivered = lines + len(source.refused)
    if (lines or source.refused) and not objects:
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as JSON Lines; "
            "expected one JSON object per line; deliver it in that form"
        )
    if len(keys) > MAX_COLUMNS:
        raise LandingError(
            f"{file.object.source}: {file.name}: holds more than {MAX_COLUMNS:,} different keys; "
            "expected the same keys in every line; export one record per line"
        )
    return [key for (key,) in keys]


def _read_lines(connection: duckdb.DuckDBPyConnection, file: LandedFile, source: TextSource, paths: Paths) -> None:
    """Fill `landing_records` with a file's lines, blank ones too; what no reader can take is `source.refused`."""
    lines = source.lines(paths)
    if not source.is_careful:
        try:
            refusals = _read(connection, file, source, ["line"], _NO_DELIMITER, "", 0, paths)
            read = connection.execute(
                f"select count(*), count(*) filter (coalesce(line, '') = '') from {RECORDS}"
            ).fetchone()
            if not refusals and read == (lines.all, lines.blank):
                return
        except LineEndsDiffer:
            pass
        source.is_careful = True
        target = paths.new_path()
        source.refused, recoded = text_records.write_json_lines(source.path, source.gzip, target)
        source.recoded_lines = max(source.recoded_lines, recoded)
        source.path, source.gzip = target, False
    if _read_once(connection, file, source, ["line"], _NO_DELIMITER, "", 0):
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be split into lines; expected one JSON object per line; "
            "export it again"
        )


def _read(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    source: TextSource,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    skipped_lines: int,
    paths: Paths,
) -> int:
    """Fill `landing_records`; how many records the reader refused."""
    kinds = _read_once(connection, file, source, columns, delimiter, quote, skipped_lines)
    if "INVALID ENCODING" in kinds:
        source.rewrite(paths.new_path(), text_files.recode_lines)
        kinds = _read_once(connection, file, source, columns, delimiter, quote, skipped_lines)
    return len(kinds)


def _read_once(
    connection: duckdb.DuckDBPyConnection,
    file: LandedFile,
    source: TextSource,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    skipped_lines: int,
) -> list[str]:
    """Fill `landing_records`; the kinds of error of the records that the reader refused."""
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
                header = false,
                skip = {skipped_lines},
                columns = {{{types}}},
                delim = {literal(delimiter)},
                quote = {literal(quote)},
                escape = {literal(quote)},
                compression = {"'gzip'" if source.gzip else "'none'"},
                {"new_line = '" + chr(92) + "n'," if source.is_careful else ""}
                max_line_size = {MAX_RECORD_BYTES},
                store_rejects = true,
                rejects_table = {literal(_ERRORS)},
                rejects_scan = {literal(_SCANS)}
            )
            """
        )
    except duckdb.InvalidInputException as error:
        if not source.is_careful:
            raise LineEndsDiffer(file.name) from None
        reason = str(error).splitlines()[0]
        raise LandingError(f"{file.object.source}: {file.name}: can't be read ({reason}); deliver it again") from None
    return [kind for (kind,) in connection.execute(f"select error_type from {_ERRORS}").fetchall()]
