"""Looking at every file before anything is loaded: its columns, and whether it can be used at all.

What lives here: headers against the catalog. What doesn't: values (loader.py rejects rows, it doesn't stop for them).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.landing import readers, sql, text_files
from dagster_project.landing.catalog import Column, LandingObject, flat, snake
from dagster_project.landing.errors import LandingError
from dagster_project.landing.faults import one_line
from dagster_project.landing.files import LandedFile, content_hash
from dagster_project.landing.readers import TextSource
from dagster_project.landing.text_files import Header

LINEAGE_COLUMNS = {
    "_file": "VARCHAR",
    "_row": "BIGINT",
    "_loaded_at": "TIMESTAMP",
    "_delivery": "BIGINT",
    "_deleted_at": "TIMESTAMP",
    "_deleted_by_loader": "BOOLEAN",
}


# What a value of a type may look like in any locale; whether it can be read is decided elsewhere.
_NUMBER_LIKE = re.compile(r"[-+(]?[^\w\s]?\s?[\d.,'\s]*\d[\d.,'\s]*([eE][-+]?\d+)?[%)]?\s?[^\w\s]?")
_DATE_LIKE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?|\d{8,14}")
_LOOKS = {
    "date": _DATE_LIKE,
    "timestamp": _DATE_LIKE,
    "decimal": _NUMBER_LIKE,
    "rate": _NUMBER_LIKE,
    "integer": _NUMBER_LIKE,
    "boolean": re.compile("|".join(map(re.escape, (*sql.TRUE_WORDS, *sql.FALSE_WORDS))), re.IGNORECASE),
}


class Workspace:
    """A folder for what a load needs only while it runs; on disk beside nothing of the company's.

    Files are read through a link in it: a path may hold quotes, wildcards or `key=value` folders, all of which the
    reader would interpret.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="throughline-landing-")
        self._count = 0

    def new_path(self, suffix: str = "") -> Path:
        """A path that nothing uses yet."""
        self._count += 1
        return Path(self._folder.name) / f"{self._count}{suffix}"

    def link(self, path: Path, suffix: str) -> Path:
        """The file under a name that the reader can't misunderstand."""
        link = self.new_path(suffix)
        link.symlink_to(path.absolute())
        return link

    def close(self) -> None:
        """Remove everything."""
        self._folder.cleanup()


@dataclass(frozen=True)
class DeliveredColumn:
    """A column of a file: how SQL reads it, its type there, and the raw column it becomes."""

    expression: str
    native_type: str
    raw_name: str
    catalogued: Column | None


@dataclass
class InspectedFile:
    """A file that can be loaded, with everything the loader needs to know about it."""

    file: LandedFile
    columns: tuple[DeliveredColumn, ...]
    content_hash: Future[str]
    text: TextSource | None = None
    header: Header | None = None
    json_keys: tuple[str, ...] = ()
    parquet_path: Path | None = None

    def looks_like_record(self, fields: Sequence[str]) -> bool:
        """Whether a line's fields could be one of the file's records: typed columns hold what their type may look like.

        Without a filled typed column, the key must be there and hold no blank.
        """
        is_filled = False
        for value, column in zip(fields, self.columns, strict=False):
            target, text = column.catalogued, value.strip()
            if target is None:
                continue
            if target.name in self.file.object.key and target.required and not text:
                return False
            looks = _LOOKS.get(target.type)
            if looks is None or not text:
                if target.type == "id" and " " in text:
                    return False
                continue
            if not looks.fullmatch(text):
                return False
            is_filled = True
        keys = [v.strip() for v, c in zip(fields, self.columns, strict=False) if c.raw_name in self.file.object.key]
        return is_filled or all(key and " " not in key for key in keys)

    @property
    def unknown_columns(self) -> dict[str, str]:
        """The columns that the catalog doesn't list, with their type."""
        return {column.raw_name: column.native_type for column in self.columns if column.catalogued is None}


def inspect(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[LandedFile],
    absent: Iterable[LandingObject],
    workspace: Workspace,
    pool: ThreadPoolExecutor,
) -> dict[str, list[InspectedFile]]:
    """Inspect the files to be read; the result is by raw table, in delivery order.

    `absent` are required objects that a source in use never delivered. Raises one LandingError with every problem.
    """
    problems = [
        f"{missing.source}: required object {missing.name} is absent; expected {missing.source}/{missing.name}.csv "
        f"(or .csv.gz, .parquet, .jsonl, .jsonl.gz, or a folder of them); "
        f"export it or remove the folder {missing.source}"
        for missing in absent
    ]
    inspected: dict[str, list[InspectedFile]] = {}
    for file in files:
        try:
            with one_line(f"{file.object.source}: {file.name}"):
                plan = _inspect_file(connection, file, workspace, pool)
                if file.gzip:
                    plan.content_hash.result()  # a truncated stream must be known before anything is loaded
            inspected.setdefault(file.object.raw_table, []).append(plan)
        except LandingError as error:
            problems.extend(error.problems)
    if problems:
        raise LandingError(*problems)
    return inspected


def _inspect_file(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, workspace: Workspace, pool: ThreadPoolExecutor
) -> InspectedFile:
    where = f"{file.object.source}: {file.name}"
    if file.bytes == 0:
        raise LandingError(f"{where}: is empty (0 bytes); expected at least a header; deliver it again or remove it")
    if not os.access(file.path, os.R_OK):
        raise LandingError(f"{where}: can't be read; grant this user read access to it")
    digest = pool.submit(content_hash, file)
    if file.format == "parquet":
        path = workspace.link(file.path, ".parquet")
        return InspectedFile(file, _parquet_columns(connection, file, path), digest, parquet_path=path)
    suffix = f".{file.format}{'.gz' if file.gzip else ''}"
    known = {flat(column.name) for column in file.object.columns}
    header = text_files.read_header(file, known) if file.format == "csv" else None
    text = TextSource(workspace.link(file.path, suffix), file.gzip)
    if text_files.is_utf16(file):
        text.rewrite(workspace.new_path(), text_files.decode_utf16)
    elif text_files.has_old_mac_lines(file):
        text.rewrite(workspace.new_path(), text_files.unify_line_ends)
    if header is not None:
        columns = _match_columns(file, [(name, f"c{n}", "VARCHAR") for n, name in enumerate(header.names)])
        return InspectedFile(file, columns, digest, text, header)
    keys = readers.json_keys(connection, file, text, workspace)
    delivered = [(key, f"c{n}", "VARCHAR") for n, key in enumerate(keys)]
    # A file without any record has no columns to miss.
    columns = _match_columns(file, delivered) if keys else ()
    return InspectedFile(file, columns, digest, text, json_keys=tuple(keys))


def _parquet_columns(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, path: Path
) -> tuple[DeliveredColumn, ...]:
    try:
        described = connection.execute(f"describe select * from {readers.parquet_relation(path)}").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(path), file.name)
        raise LandingError(
            f"{file.object.source}: {file.name}: can't be read as Parquet ({reason}); deliver it again"
        ) from None
    if len(described) > text_files.MAX_COLUMNS:
        raise LandingError(
            f"{file.object.source}: {file.name}: holds {len(described):,} columns; expected at most "
            f"{text_files.MAX_COLUMNS:,}; export the columns that are needed, one row per record"
        )
    return _match_columns(file, [(name, f"src.{identifier(name)}", native) for name, native, *_ in described])


def _match_columns(file: LandedFile, delivered: Sequence[tuple[str, str, str]]) -> tuple[DeliveredColumn, ...]:
    """Catalogued columns in any of three spellings; the others under their own name."""
    where = f"{file.object.source}: {file.name}"
    catalogued = {flat(column.name): column for column in file.object.columns}
    matched: dict[str, str] = {}
    taken: set[str] = {column.name.lower() for column in file.object.columns} | set(LINEAGE_COLUMNS)
    columns: list[DeliveredColumn] = []
    for position, (name, expression, native) in enumerate(delivered, start=1):
        column = catalogued.get(flat(name)) if not name.startswith("_") else None
        if column is not None:
            if other := matched.get(column.name):
                raise LandingError(
                    f"{where}: column {column.name} is there twice, as {literal(other)} and {literal(name)}; "
                    "expected one; remove or rename the other"
                )
            matched[column.name] = name
            columns.append(DeliveredColumn(expression, native, column.name, column))
            continue
        raw_name = name or f"column_{position}"
        if raw_name.lower() in LINEAGE_COLUMNS:
            raw_name = f"delivered{raw_name}"
        if raw_name.lower() in taken:
            raise LandingError(
                f"{where}: column {literal(raw_name)} is there twice; expected one; remove or rename the other"
            )
        taken.add(raw_name.lower())
        columns.append(DeliveredColumn(expression, native, raw_name, None))
    for column in file.object.columns:
        if column.required and column.name not in matched:
            spellings = " or ".join(dict.fromkeys((column.name, snake(column.name), flat(column.name))))
            raise LandingError(
                f"{where}: required column {column.name} is absent; "
                f"expected {spellings} in the header; add it to the export"
            )
    return tuple(columns)
