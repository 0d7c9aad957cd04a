"""Where values of a person stand: in the bytes of every file of some folders, and in every table of their databases.

What lives here: looking. What doesn't: which values are a person's, and taking them out. Nothing is written.
A file that can't be looked into is an error and never counts as clean.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb

from dagster_project.engine import connected, identifier, literal, only_row

# A shorter value may stand in binary bytes by chance, so there it is looked for in text and in tables only.
SHORTEST_IN_BYTES = 8

# So much of a file is in memory at a time.
_CHUNK_BYTES = 1 << 24

# By their first bytes: packed files that nothing here unpacks.
_PACKED = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}


class AbsenceError(RuntimeError):
    """Absence can't be proved; the message is one line: what, where, what was expected, how to mend it."""


@dataclass(frozen=True, order=True)
class Trace:
    """One place where a value stands. `place` is `bytes`, `name`, or a table's column; `rows` are null for bytes."""

    file: Path
    place: str
    rows: int | None = None

    def __str__(self) -> str:
        return f"{self.file}: {self.place}" + ("" if self.rows is None else f", rows: {self.rows:,}")


def spellings(value: str, salt: str = "") -> set[str]:
    """The lower-case ways in which files may write a value: plain, in URLs, JSON and HTML, and as a known hash.

    The salted hash is that of the macro `salted_hash`; with a blank salt it is left out.
    """
    plain = value.strip().lower()
    in_bytes = plain.encode()
    found = {
        plain,
        quote(plain, safe="").lower(),
        quote(plain).lower(),
        json.dumps(plain)[1:-1],
        html.escape(plain),
        *(hashlib.new(algorithm, in_bytes).hexdigest() for algorithm in ("md5", "sha1", "sha256")),
    }
    if salt:
        found.add(hashlib.sha256(f"{salt}|{plain}".encode()).hexdigest())
        found.add(hashlib.sha256(f"{salt}|{value.strip()}".encode()).hexdigest())
    return found


def pattern(values: Sequence[str], salt: str = "") -> str:
    """A regular expression, for lower-case text, that Python and DuckDB read alike.

    An id of letters and digits is a word of its own, since 512 is no trace of 51; any other value may stand within a
    longer one. Raises AbsenceError when a value is blank, which would be found everywhere, or when there is none.
    """
    if not values or any(not value.strip() for value in values):
        raise AbsenceError("a blank value is no value of a person; expected an e-mail address, an id or a name")
    parts = set()
    for value in values:
        for spelling in spellings(value, salt):
            text = re.escape(spelling)
            # What a URL or JSON escapes ends a word, too: %3d51, \n51.
            is_word = spelling.isalnum() and spelling == value.strip().lower()
            parts.add(rf"(^|[^a-z0-9]|%[0-9a-f]{{2}}|\\[nrtbf]){text}([^a-z0-9]|$)" if is_word else text)
    return "|".join(sorted(parts))


def traces(folders: Sequence[Path], values: Sequence[str], salt: str = "") -> list[Trace]:
    """Every place in the folders where one of the values stands, by file; an empty list proves absence.

    Reads raw bytes of every file, every value of every column of DuckDB, SQLite and Parquet files, and what gzip packs.
    Raises AbsenceError when a folder is missing or a file can't be looked into.
    """
    looked_for = pattern(values, salt)
    in_bytes = _bytes_pattern(values, salt)
    found: set[Trace] = set()
    for folder in folders:
        if not folder.is_dir():
            raise AbsenceError(f"{folder} is no folder; expected one that exists; correct its path")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            try:
                found.update(_of_file(file, folder, looked_for, in_bytes))
            except (OSError, EOFError, duckdb.Error, sqlite3.Error) as error:
                reason = str(error).splitlines()[0]
                raise AbsenceError(
                    f"{file} can't be looked into ({reason}); expected a whole file that nobody else holds; "
                    "close it there, or remove it if it is broken, and look again"
                ) from None
    return sorted(found, key=lambda trace: (trace.file, trace.place))


def _of_file(file: Path, folder: Path, looked_for: str, in_bytes: re.Pattern[bytes] | None) -> Iterator[Trace]:
    if re.search(looked_for, str(file.relative_to(folder)).lower()):
        yield Trace(file, "name")
    with file.open("rb") as opened:
        head = opened.read(16)
    for magic, kind in _PACKED.items():
        if head.startswith(magic):
            raise AbsenceError(
                f"{file} is packed ({kind}); expected a file that can be looked into; unpack or remove it"
            )
    is_gzip = head.startswith(b"\x1f\x8b")
    is_duckdb = head[8:12] == b"DUCK"
    is_sqlite = head.startswith(b"SQLite format 3\x00")
    is_parquet = head.startswith(b"PAR1")
    is_text = not (is_duckdb or is_sqlite or is_parquet)
    if _stands_in_bytes(file, is_gzip, re.compile(looked_for.encode()) if is_text else in_bytes):
        yield Trace(file, "bytes")
    if is_duckdb:
        yield from _of_duckdb(file, looked_for)
    if is_sqlite:
        yield from _of_sqlite(file, looked_for)
    if is_parquet:
        with duckdb.connect() as connection:
            source = f"read_parquet({literal(str(file))})"
            described = connection.execute(f"describe select * from {source}").fetchall()
            yield from _of_table(connection, file, source, "parquet", [row[0] for row in described], looked_for)


def _bytes_pattern(values: Sequence[str], salt: str) -> re.Pattern[bytes] | None:
    """In binary files neighbouring values stand without anything between them, so there are no words."""
    known = {spelling for value in values for spelling in spellings(value, salt)}
    long_enough = sorted(re.escape(spelling) for spelling in known if len(spelling) >= SHORTEST_IN_BYTES)
    return re.compile("|".join(long_enough).encode()) if long_enough else None


def _stands_in_bytes(file: Path, is_gzip: bool, looked_for: re.Pattern[bytes] | None) -> bool:
    if looked_for is None:
        return False
    # A value may lie across two chunks; no spelling is as long as what is kept of the one before.
    kept = b""
    with gzip.open(file) if is_gzip else file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            # Bytes know the lower case of ASCII only; other letters go through text.
            text = kept + chunk
            if looked_for.search(text.lower()):
                return True
            if not text.isascii() and looked_for.search(text.decode(errors="replace").lower().encode()):
                return True
            kept = text[-8192:]
    return False


def _of_duckdb(file: Path, looked_for: str) -> Iterator[Trace]:
    with connected(file, read_only=True) as connection:
        columns = connection.execute("""
            select schema_name, table_name, list(column_name order by column_index)
            from duckdb_columns()
            where database_name = current_database() and not internal
                and (schema_name, table_name) in (
                    select (schema_name, table_name) from duckdb_tables()
                    where database_name = current_database() and estimated_size > 0
                )
            group by all order by all
        """).fetchall()
        for schema, table, names in columns:
            relation = f"{identifier(schema)}.{identifier(table)}"
            yield from _of_table(connection, file, relation, f"{schema}.{table}", names, looked_for)
        for function in ("duckdb_tables", "duckdb_views", "duckdb_columns"):
            text = "comment, sql" if function != "duckdb_columns" else "comment, column_name, column_default"
            source = f"(select {text} from {function}() where database_name = current_database() and not internal)"
            yield from _of_table(connection, file, source, function, text.split(", "), looked_for)


def _of_table(
    connection: duckdb.DuckDBPyConnection, file: Path, relation: str, label: str, columns: list[str], looked_for: str
) -> Iterator[Trace]:
    """Structs, lists and numbers are looked at as text; a table's rows as a whole first, since most hold nothing."""
    cells = ", ".join(f"{identifier(name)}::varchar" for name in columns)
    anywhere = f"regexp_matches(lower(concat_ws(chr(10), {cells})), {literal(looked_for)})"
    if not only_row(connection, f"select exists (from {relation} where {anywhere})")[0]:
        return
    counts = ", ".join(
        f"count(*) filter (regexp_matches(lower({identifier(name)}::varchar), {literal(looked_for)}))"
        for name in columns
    )
    row = connection.execute(f"select {counts} from {relation}").fetchone() or ()
    for name, rows in zip(columns, row, strict=True):
        if rows:
            yield Trace(file, f"{label}.{name}", rows)


def _of_sqlite(file: Path, looked_for: str) -> Iterator[Trace]:
    compiled = re.compile(looked_for)
    # SQLite without the -wal file beside it would show the state before the last commits; mode=ro reads both.
    connection = sqlite3.connect(f"file:{quote(os.fspath(file.resolve()))}?mode=ro", uri=True)
    connection.text_factory = lambda text: text.decode(errors="replace")
    try:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in ["sqlite_master", *tables]:
            cursor = connection.execute(f"select * from {identifier(table)}")
            names = [column[0] for column in cursor.description]
            counts = dict.fromkeys(names, 0)
            for row in cursor:
                for name, value in zip(names, row, strict=True):
                    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                    counts[name] += bool(compiled.search(text.lower()))
            yield from (Trace(file, f"{table}.{name}", rows) for name, rows in counts.items() if rows)
    finally:
        connection.close()
