"""The mapping file of a database: which table lands as which object, by which key, and where its changes are told.

What lives here: reading and judging the file. What doesn't: the database (sql_tables.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dagster_project.landing.catalog import catalog
from dagster_project.settings import SettingError
from dagster_project.yaml_files import read_yaml

_ALLOWED = {"table", "lands_as", "key", "changed", "columns"}
_NEEDED = {"table", "lands_as", "key"}


@dataclass(frozen=True)
class Table:
    """A table, the object it lands as, and its columns by the names they land under; without columns all of them."""

    table: str
    source: str
    object: str
    key: tuple[str, ...]
    changed: str | None
    columns: tuple[tuple[str, str], ...]


def read_mapping(path: Path) -> tuple[Table, ...]:
    """The file's tables. Raises SettingError in one line: file, entry, what was expected."""
    try:
        entry = read_yaml(path)
    except OSError as error:
        raise SettingError(
            f"SOURCES__SQL_DATABASE__MAPPING: {path} can't be read ({error.strerror}); name the mapping file"
        ) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise SettingError(f"{path}: is not valid YAML: {' '.join(str(error).split())}; correct it") from None
    listed = entry.get("tables") if isinstance(entry, dict) else None
    if not isinstance(listed, list) or not listed:
        raise SettingError(f"{path}: holds no tables; expected a list under `tables:`; add one, see docs/pulls.md")
    tables = tuple(_table(path, number, body) for number, body in enumerate(listed, 1))
    names = [(table.source, table.object) for table in tables]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(
                f"{path}: two tables land as {'/'.join(name)}; expected one table for an object, since nobody can tell "
                "which holds; join them in a view of the database"
            )
    return tables


def _table(path: Path, number: int, body: Any) -> Table:
    where = f"{path}: table {number}"
    if not isinstance(body, dict) or not set(body) >= _NEEDED or not set(body) <= _ALLOWED:
        raise SettingError(
            f"{where}: expected {', '.join(sorted(_NEEDED))}, and perhaps {', '.join(sorted(_ALLOWED - _NEEDED))}; "
            "correct it, see docs/pulls.md"
        )
    source, _, name = str(body["lands_as"]).partition("/")
    known = catalog().find_object(source, name)
    if known is None:
        raise SettingError(
            f"{where}: lands_as is {body['lands_as']!r}, which is no object of the landing folder; expected "
            "<source>/<object> such as finance/invoices; correct it"
        )
    columns = body.get("columns") or {}
    key = body["key"] if isinstance(body["key"], list) else [body["key"]]
    if not isinstance(columns, dict) or not key:
        raise SettingError(f"{where}: expected columns as `column: landed_name`, and a key; correct it")
    renamed = {str(column): str(landed) for column, landed in columns.items()}
    landed_key = tuple(renamed.get(str(column), str(column)) for column in key)
    return Table(
        str(body["table"]),
        known.source,
        known.snake_name,
        landed_key,
        str(body["changed"]) if body.get("changed") else None,
        tuple(renamed.items()),
    )
