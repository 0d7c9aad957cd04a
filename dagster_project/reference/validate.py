"""Reads a company's reference folder and checks every cell of it before anything is loaded.

Files in, one frozen Reference out, or one ReferenceTableError that names file, line, column and value. A table that the
folder lacks is read from the tables that ship with Throughline. Writing to the warehouse is `loader.py`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import cast

from dagster_project.reference.kinds import CellError, Value, nearest, trackers_without_field
from dagster_project.reference.tables import (
    POSITION_COLUMNS,
    SETTINGS,
    SETTINGS_BY_KEY,
    TABLES,
    TABLES_BY_NAME,
    Column,
    Table,
)
from dagster_project.settings import PROJECT_ROOT

SHIPPED_DIR = PROJECT_ROOT / "seeds" / "reference"


@dataclass(frozen=True)
class Problem:
    """Something wrong in a reference file: where, what, and how to mend it. Lines count from 1, the header's."""

    file: Path
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.message}"


class ReferenceTableError(ValueError):
    """Reference tables that can't be used. The message is one line about the first problem; `problems` has them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - 1
        tail = "" if not more else f" (and {more} more {'problem' if more == 1 else 'problems'})"
        super().__init__(f"{problems[0]}{tail}")


@dataclass(frozen=True)
class ReferenceTable:
    """A validated table: its rows hold typed values in the order of the table's columns, and blanks as None."""

    table: Table
    path: Path
    rows: tuple[tuple[Value | None, ...], ...]

    @property
    def is_shipped(self) -> bool:
        """Whether the company's folder lacks the file, so that the one that ships with Throughline was read."""
        return self.path.parent == SHIPPED_DIR


@dataclass(frozen=True)
class Reference:
    """All reference tables, validated, and the business settings with their defaults filled in."""

    tables: Mapping[str, ReferenceTable]
    settings: Mapping[str, Value | None]


@dataclass(frozen=True)
class _Row:
    line: int
    values: Mapping[str, Value | None]


def read_reference(reference_dir: Path) -> Reference:
    """Read and validate every reference table of a folder. Raises ReferenceTableError; nothing is written."""
    files = _table_files(reference_dir)
    problems = list(_unknown_files(reference_dir))
    tables: dict[str, ReferenceTable] = {}
    for table in TABLES:
        rows, found = _read_table(table, files[table.name])
        problems += found
        tables[table.name] = ReferenceTable(table, files[table.name], tuple(tuple(row.values.values()) for row in rows))
    if problems:
        raise ReferenceTableError(problems)
    settings = _settings_in_effect(tables["settings"])
    settings["report_model"] = _report_model(tables, settings["report_model"])
    _check_consent(tables, str(settings["consent_fields"] or ""))
    return Reference(MappingProxyType(tables), MappingProxyType(settings))


def read_settings(reference_dir: Path) -> Mapping[str, Value | None]:
    """The business settings alone, with their defaults filled in. Raises ReferenceTableError."""
    return _settings_in_effect(read_table("settings", reference_dir))


def read_table(name: str, reference_dir: Path) -> ReferenceTable:
    """One table alone. Raises ReferenceTableError."""
    table, path = TABLES_BY_NAME[name], _table_files(reference_dir)[name]
    rows, problems = _read_table(table, path)
    if problems:
        raise ReferenceTableError(problems)
    return ReferenceTable(table, path, tuple(tuple(row.values.values()) for row in rows))


def _settings_in_effect(table: ReferenceTable) -> dict[str, Value | None]:
    given = {str(key): value for key, value in table.rows}
    return {setting.key: _setting_value(setting.key, given.get(setting.key)) for setting in SETTINGS}


def _report_model(tables: Mapping[str, ReferenceTable], given: Value | None) -> Value | None:
    """The model of reports that show only one. None when no model is enabled at all: then there is no credit either."""
    models = tables["attribution_models"]
    names = [column.name for column in models.table.columns]
    enabled = [str(row[names.index("model")]) for row in models.rows if row[names.index("enabled")]]
    if given is None:
        return "linear" if "linear" in enabled else next(iter(enabled), None)
    if given not in enabled:
        allowed = f"{', '.join(enabled)}{nearest(str(given), enabled)}"
        message = f"report_model: {given!r} is no enabled model; allowed: {allowed}"
        raise ReferenceTableError([Problem(tables["settings"].path, message, column="value")])
    return given


def _check_consent(tables: Mapping[str, ReferenceTable], fields: str) -> None:
    """A field without values, or values without a field, would let refusals pass unseen."""
    values, path = tables["consent_values"], tables["settings"].path
    worded = {str(source) for source, *_ in values.rows}
    named = {entry.partition("=")[0] for entry in fields.split(",") if entry}
    if missing := sorted(named - worded):
        message = (
            f"consent_fields names a field of {missing[0]}, and consent_values says of none of its values what it "
            f"means; add a row per value to {values.path.name}, as in {missing[0]},false,refused"
        )
        raise ReferenceTableError([Problem(path, message, column="value")])
    if missing := sorted(worded.intersection(trackers_without_field()) - named):
        message = (
            f"consent_values says what values of {missing[0]} mean, and no field holds them; name it in the setting "
            f"consent_fields, as in {missing[0]}=context_consent_analytics, or remove the rows"
        )
        raise ReferenceTableError([Problem(values.path, message, column="source_system")])


def _csv_files(reference_dir: Path) -> list[Path]:
    return sorted(path for path in reference_dir.iterdir() if path.suffix.lower() == ".csv" and path.is_file())


def _table_files(reference_dir: Path) -> dict[str, Path]:
    given = {path.stem.lower(): path for path in _csv_files(reference_dir)}
    return {table.name: given.get(table.name, SHIPPED_DIR / table.file_name) for table in TABLES}


def _unknown_files(reference_dir: Path) -> Iterator[Problem]:
    """A misspelt file name would otherwise be passed over in silence, and the shipped table used instead of it."""
    for path in _csv_files(reference_dir):
        if path.stem.lower() not in TABLES_BY_NAME:
            names = [table.file_name for table in TABLES]
            message = (
                f"no reference table is called {path.name!r}; allowed: {', '.join(names)}{nearest(path.name, names)}"
            )
            yield Problem(path, message)


def _read_table(table: Table, path: Path) -> tuple[list[_Row], list[Problem]]:
    """The table's rows and everything that is wrong with them."""
    try:
        (header_line, header), *records = _records(path)
        header = [cell.lower() for cell in header]
        _check_header(table, path, header_line, header)
    except _UnreadableError as error:
        return [], [error.problem]
    rows, problems = [], []
    for line, cells in records:
        row, found = _read_row(table, path, line, header, cells)
        if not found:
            found = list(_check_row(table, path, row))
        if found:
            problems += found
        else:
            rows.append(row)
    rows, repeated = _distinct(table, path, rows)
    return rows, sorted(problems + repeated, key=lambda problem: problem.line or 0)


class _UnreadableError(Exception):
    """Nothing of the file can be used."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _records(path: Path) -> list[tuple[int, list[str]]]:
    """The file's records, trimmed, each with the line it starts on, without blank ones. The first one is the header."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    records = []
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            message = (
                f"can't be read as CSV ({error}); close every quotation mark, and double those inside a quoted cell"
            )
            raise _UnreadableError(Problem(path, message, line)) from None
        if any(cells):
            records.append((line, cells))
    if not records:
        raise _UnreadableError(
            Problem(path, "is empty; its first line must be the header, or remove the file to use the shipped one")
        )
    return records


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _UnreadableError(
            Problem(path, f"can't be read ({error.strerror}); grant this user read access to it")
        ) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets on Windows write; every byte has a letter in it, so this can't fail.
        return content.decode("latin-1")


def _check_header(table: Table, path: Path, line: int, header: list[str]) -> None:
    """Reduce the header to its named columns; raise if the table doesn't fit it."""
    while header and not header[-1]:
        header.pop()
    names = [column.name for column in table.columns]
    problems = []
    for position, name in enumerate(header, start=1):
        if name not in names and ";" in name:
            problems.append(f"the columns are separated by semicolons; separate them by commas: {','.join(names)}")
        elif name not in names:
            problems.append(
                f"column {position}, {name!r}, is unknown; allowed: {', '.join(names)}{nearest(name, names)}"
            )
        elif name in header[: position - 1]:
            problems.append(f"column {name} stands there twice; keep one of them")
    missing = [column.name for column in table.columns if column.required and column.name not in header]
    if missing and not problems:
        problems.append(f"column {missing[0]} is missing; the header must be {','.join(names)}")
    if problems:
        raise _UnreadableError(Problem(path, problems[0], line))


def _read_row(table: Table, path: Path, line: int, header: list[str], cells: list[str]) -> tuple[_Row, list[Problem]]:
    if len(cells) < len(header) or any(cells[len(header) :]):
        counts = f"has {len(cells)} fields where the header has {len(header)}"
        message = f"{counts}; add or remove commas, and quote a cell that holds one"
        return _Row(line, {}), [Problem(path, message, line)]
    given = dict(zip(header, cells, strict=False))
    values: dict[str, Value | None] = {}
    problems = []
    for column in table.columns:
        try:
            values[column.name] = _read_cell(column, given.get(column.name, ""))
        except CellError as error:
            problems.append(Problem(path, str(error), line, column.name))
    return _Row(line, values), problems


def _read_cell(column: Column, text: str) -> Value | None:
    if text:
        return column.kind.parse(text)
    if column.required:
        raise CellError("is blank; fill it in, or remove the row")
    return column.default


def _check_row(table: Table, path: Path, row: _Row) -> Iterator[Problem]:
    """What a cell alone doesn't show."""
    match table.name:
        case "attribution_models":
            yield from _check_model(path, row)
        case "settings":
            yield from _check_setting(path, row)
        case "sealed_months":
            yield from _check_seal(path, row)


def _check_model(path: Path, row: _Row) -> Iterator[Problem]:
    model, method = row.values["model"], row.values["method"]
    weights = {name: cast(Decimal, row.values[name] or Decimal(0)) for name in POSITION_COLUMNS}
    total = sum(weights.values(), Decimal(0))
    if method == "positions" and total != 100:
        gap = f"{_plain(abs(total - 100))} {'short of' if total < 100 else 'more than'} 100"
        message = f"the weights of {model} sum to {_plain(total)}, {gap}; {' + '.join(POSITION_COLUMNS)} must make 100"
        yield Problem(path, message, row.line)
    # Its whole credit goes to one touch, so the table may say 100 at close, or nothing.
    allowed = {"last_non_direct": {"close": Decimal(100)}}.get(str(method), {})
    for name, weight in weights.items():
        if method != "positions" and weight and allowed.get(name) != weight:
            message = (
                f"{_plain(weight)} has no effect on {model}: {method} finds its weights itself; leave the cell blank"
            )
            yield Problem(path, message, row.line, name)


def _check_setting(path: Path, row: _Row) -> Iterator[Problem]:
    key, value = str(row.values["key"]), row.values["value"]
    try:
        _setting_value(key, value)
    except CellError as error:
        yield Problem(path, f"{key}: {error}", row.line, "value")


def _check_seal(path: Path, row: _Row) -> Iterator[Problem]:
    """A month that runs has figures still to come."""
    month = date.fromisoformat(str(row.values["month"]))
    last_day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    sealed_at = datetime.fromisoformat(str(row.values["sealed_at"]))
    if sealed_at.date() < last_day:
        message = (
            f"{sealed_at:%Y-%m-%d} lies before the end of {month:%Y-%m}; seal a month when it is over, on {last_day} "
            "or later"
        )
        yield Problem(path, message, row.line, "sealed_at")


def _setting_value(key: str, value: Value | None) -> Value | None:
    setting = SETTINGS_BY_KEY[key]
    return setting.default if value is None else setting.kind.parse(str(value))


def _distinct(table: Table, path: Path, rows: list[_Row]) -> tuple[list[_Row], list[Problem]]:
    """The rows without those that repeat a list's entry, and a problem for each that repeats another row's key."""
    key = tuple(column.name for column in table.columns) if table.is_list else table.key
    if not key:
        return rows, []
    first: dict[tuple[str, ...], _Row] = {}
    problems = []
    for row in rows:
        values = tuple(str(row.values[name]).lower() for name in key)
        earlier = first.setdefault(values, row)
        if earlier is not row and not table.is_list:
            shown = ", ".join(str(row.values[name]) for name in key)
            message = f"{shown!r} already stands in line {earlier.line}; keep one of the two rows"
            problems.append(Problem(path, message, row.line, " + ".join(key)))
    return list(first.values()), problems


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
