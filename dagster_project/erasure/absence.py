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
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import numpy as np

from dagster_project.engine import connected, identifier, literal, only_row
from dagster_project.erasure import texts
from dagster_project.permissions import SALT, known_secret
from dagster_project.settings import Settings

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


class _Wanted:
    """What is looked for. A value is a word of its own: 512 is no trace of 51, and joanna@ none of anna@.

    A text is asked for its words first, since a search for thousands of values at once takes minutes.
    """

    def __init__(
        self, values: Sequence[str], salt: str, longer: Sequence[str] = (), unclear: Collection[str] = ()
    ) -> None:
        if not values or any(not value.strip() for value in values):
            raise AbsenceError("a blank value is no value of a person; expected an e-mail address, an id or a name")
        self.by_word: dict[str, list[re.Pattern[str]]] = {}
        in_bytes: set[str] = set()
        for value in values:
            plain = value.strip().lower()
            found = spellings(value, salt)
            in_bytes |= set() if value in unclear else found
            digests = {one for one in found if one.isalnum() and one != plain}
            for digest in digests:
                self.by_word.setdefault(digest, []).append(re.compile(digest))
            words = texts.keyword(texts.Value(texts.EMAIL if "@" in plain else texts.ID, plain, ""))
            written = "|".join(sorted(map(re.escape, found - digests), key=len, reverse=True))
            # What a URL or JSON escapes ends a word, too: %3d51, \n51.
            word = "a-z0-9._+-" if "@" in plain else "a-z0-9"
            begins = rf"(?:^|(?<=[^{word}])|(?<=%[0-9a-f]{{2}})|(?<=\\[nrtbf]))" if plain[0].isalnum() else ""
            ends = "(?![a-z0-9])" if plain[-1].isalnum() else ""
            self.by_word.setdefault(words, []).append(re.compile(f"{begins}(?:{written}){ends}"))
        self._beginnings = _Beginnings(
            [one.encode() for one in in_bytes if len(one) >= SHORTEST_IN_BYTES],
            [one.strip().lower().encode() for one in longer],
        )

    def is_in(self, text: str) -> bool:
        """Whether one of the values stands in a text."""
        lowered = text.lower()
        return any(
            pattern.search(lowered)
            for word in texts.words_of(text) & self.by_word.keys()
            for pattern in self.by_word[word]
        )

    def is_in_bytes(self, content: bytes) -> bool:
        """The same of binary bytes, where neighbouring values stand without anything between: there are no words."""
        return self._beginnings.are_in(content.lower())


class _Beginnings:
    """Long values by their first eight bytes, which are compared as one number; `longer` are others' that hold one."""

    def __init__(self, values: Sequence[bytes], longer: Sequence[bytes]) -> None:
        self._longer = {
            value: [(one, one.index(value)) for one in longer if value in one and value != one] for value in values
        }
        self._by_number: dict[int, list[bytes]] = {}
        for value in values:
            self._by_number.setdefault(int.from_bytes(value[:8], "little"), []).append(value)
        self._numbers = np.array(sorted(self._by_number), dtype="<u8")
        # Most places are ruled out by their first two bytes.
        self._is_first = np.zeros(1 << 16, dtype=bool)
        self._is_first[(self._numbers & 0xFFFF).astype(np.int64)] = True

    def are_in(self, content: bytes) -> bool:
        for offset in range(8):
            count = (len(content) - offset) // 8
            if count < 1 or not len(self._numbers):
                continue
            numbers = np.frombuffer(content, dtype="<u8", count=count, offset=offset)
            (places,) = np.nonzero(self._is_first[(numbers & 0xFFFF).astype(np.int64)])
            for place in places[np.isin(numbers[places], self._numbers)]:
                start = int(place) * 8 + offset
                if any(self._is_at(value, content, start) for value in self._by_number[int(numbers[place])]):
                    return True
        return False

    def _is_at(self, value: bytes, content: bytes, start: int) -> bool:
        return content.startswith(value, start) and not any(
            start >= offset and content.startswith(one, start - offset) for one, offset in self._longer[value]
        )


def kept_places(settings: Settings, home: Path) -> list[Path]:
    """The folders in which anything is kept; the first run makes each of them, the lake only on Spark."""
    return [folder for folder in (settings.warehouse_dir, home, settings.lake_dir) if folder and folder.is_dir()]


def salt_of(settings: Settings) -> str:
    """The salt of the warehouse; unlike a night, looking makes none."""
    return settings.email_salt or known_secret(settings.warehouse_dir, SALT)


def traces(
    folders: Sequence[Path],
    values: Sequence[str],
    salt: str = "",
    longer: Sequence[str] = (),
    unclear: Collection[str] = (),
) -> list[Trace]:
    """Every place in the folders where one of the values stands, by file; an empty list proves absence.

    Reads raw bytes of every file, every value of every column of DuckDB, SQLite and Parquet files, and what gzip packs.
    In binary bytes no word ends: where one of the `longer` values stands, which are others', is no trace. An `unclear`
    value isn't looked for there: another's that is its beginning stands there, and whatever follows may be the rest.
    Raises AbsenceError when a folder is missing or a file can't be looked into.
    """
    wanted = _Wanted(values, salt, longer, unclear)
    found: set[Trace] = set()
    for folder in folders:
        if not folder.is_dir():
            raise AbsenceError(f"{folder} is no folder; expected one that exists; correct its path")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            try:
                found.update(_of_file(file, folder, wanted))
            except (OSError, EOFError, duckdb.Error, sqlite3.Error) as error:
                reason = str(error).splitlines()[0]
                raise AbsenceError(
                    f"{file} can't be looked into ({reason}); expected a whole file that nobody else holds; "
                    "close it there, or remove it if it is broken, and look again"
                ) from None
    return sorted(found, key=lambda trace: (trace.file, trace.place))


def _of_file(file: Path, folder: Path, wanted: _Wanted) -> Iterator[Trace]:
    if wanted.is_in(str(file.relative_to(folder))):
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
    if _stands_in_bytes(file, is_gzip, is_text, wanted):
        yield Trace(file, "bytes")
    if is_duckdb:
        yield from _of_duckdb(file, wanted)
    if is_sqlite:
        yield from _of_sqlite(file, wanted)
    if is_parquet:
        with duckdb.connect() as connection:
            texts.write_lookups(connection, wanted.by_word.keys())
            source = f"read_parquet({literal(str(file))})"
            described = connection.execute(f"describe select * from {source}").fetchall()
            yield from _of_table(connection, file, source, "parquet", [row[0] for row in described], wanted)


def _stands_in_bytes(file: Path, is_gzip: bool, is_text: bool, wanted: _Wanted) -> bool:
    # A value may lie across two chunks; no spelling is as long as what is kept of the one before.
    kept = b""
    with gzip.open(file) if is_gzip else file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            content = kept + chunk
            if wanted.is_in(content.decode(errors="replace")) if is_text else wanted.is_in_bytes(content):
                return True
            # Bytes know the lower case of ASCII only.
            if not is_text and not content.isascii() and wanted.is_in_bytes(_lowered(content)):
                return True
            kept = content[-8192:]
    return False


def _lowered(content: bytes) -> bytes:
    return content.decode(errors="replace").lower().encode()


def _of_duckdb(file: Path, wanted: _Wanted) -> Iterator[Trace]:
    with connected(file, read_only=True) as connection:
        texts.write_lookups(connection, wanted.by_word.keys())
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
            yield from _of_table(connection, file, relation, f"{schema}.{table}", names, wanted)
        for function in ("duckdb_tables", "duckdb_views", "duckdb_columns"):
            text = "comment, sql" if function != "duckdb_columns" else "comment, column_name, column_default"
            source = f"(select {text} from {function}() where database_name = current_database() and not internal)"
            yield from _of_table(connection, file, source, function, text.split(", "), wanted)


def _of_table(
    connection: duckdb.DuckDBPyConnection, file: Path, relation: str, label: str, columns: list[str], wanted: _Wanted
) -> Iterator[Trace]:
    """Structs, lists and numbers are looked at as text; in SQL for their words, then here for whole values."""
    places = ", ".join(map(str, range(len(columns))))
    cells = ", ".join(f"{identifier(name)}::varchar" for name in columns)
    candidates = connection.execute(
        texts.likely(f"select unnest([{places}]) as place, unnest([{cells}]) as value from {relation}")
    ).fetchall()
    found: dict[str, list[str]] = {}
    for place, value in candidates:
        if wanted.is_in(value):
            found.setdefault(columns[place], []).append(value)
    for name, values in found.items():
        (rows,) = only_row(
            connection,
            f"select count(*) from {relation} where {identifier(name)}::varchar in (select unnest(?::varchar[]))",
            [values],
        )
        yield Trace(file, f"{label}.{name}", rows)


def _of_sqlite(file: Path, wanted: _Wanted) -> Iterator[Trace]:
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
                    counts[name] += wanted.is_in(text)
            yield from (Trace(file, f"{table}.{name}", rows) for name, rows in counts.items() if rows)
    finally:
        connection.close()
