"""Paths: where a column's value stands inside another column of the file, as JSON text or as Parquet's nested types.

What lives here: the grammar of `paths` in the catalog, and the SQL that follows a path. What doesn't: which columns of
a file are read so (inspection.py).

A path is dotted: `properties.email`. Behind a name, `[0]` takes an element of a list and `[key=page_location]` the
first element whose field `key` has that value. `|` divides alternatives of the last name, of which the first that is
there counts: `event_params[key=page_location].value.string_value|int_value`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from dagster_project.engine import identifier, literal


class PathError(ValueError):
    """A path of the catalog can't be read. The message is one line: what, and what was expected."""


@dataclass(frozen=True)
class Step:
    """One step into a value: a field by name, an element by position (from 0), or the one whose field has a value."""

    field: str | None = None
    position: int | None = None
    key: tuple[str, str] | None = None


@dataclass(frozen=True)
class Path:
    """Where a value stands: a column of the file, the steps into it, and the fields to try as the last step."""

    text: str
    column: str
    steps: tuple[Step, ...]
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A value that is worked out beside the file's own columns: under which name, and how."""

    alias: str
    expression: str


# How the names of what several paths need begin.
_LOOKUP = "landing_lookup_"

_NAME = r"[^.\[\]|=]+"
_SEGMENT = re.compile(rf"(?P<name>{_NAME})(?P<brackets>(\[[^\[\]]+\])*)")
_BRACKET = re.compile(r"\[([^\[\]]+)\]")


def parse_path(text: str) -> Path:
    """The path that a text of the catalog says. Raises PathError."""
    problem = (
        f"path {text!r} can't be read; expected a column and the way into it, such as properties.email, "
        "a[0].b or event_params[key=page_location].value.string_value|int_value"
    )
    head, *alternatives = text.strip().split("|")
    # A value in brackets may hold a dot.
    pieces = re.findall(r"(?:[^.\[\]]|\[[^\[\]]*\])+", head)
    if ".".join(pieces) != head:
        raise PathError(problem)
    steps: list[Step] = []
    for piece in pieces:
        found = _SEGMENT.fullmatch(piece)
        if found is None:
            raise PathError(problem)
        steps.append(Step(field=found["name"]))
        for inside in _BRACKET.findall(found["brackets"]):
            field, equals, value = inside.partition("=")
            if equals and field and value:
                steps.append(Step(key=(field, value)))
            elif inside.isdigit():
                steps.append(Step(position=int(inside)))
            else:
                raise PathError(problem)
    if len(steps) < 2 or not all(re.fullmatch(_NAME, alternative) for alternative in alternatives):
        raise PathError(problem)
    first = steps.pop(0).field
    assert first is not None
    if not alternatives:
        return Path(text, first, tuple(steps))
    last = steps[-1].field
    if last is None:
        raise PathError(problem)
    return Path(text, first, tuple(steps[:-1]), (last, *alternatives))


class Lookups:
    """What several paths need of a column, worked out once per record: JSON is parsed once for all that stands in it.

    They are columns beside the file's own, which the paths' values are made of.
    """

    def __init__(self) -> None:
        self._shared: dict[str, str] = {}
        self._pointers: dict[str, list[str]] = {}

    def shared(self, value: str) -> str:
        """SQL for a value that others need as well; one that is made of a lookup itself stays as it is."""
        if _LOOKUP in value:
            return value
        return f"src.{self._shared.setdefault(value, f'{_LOOKUP}{len(self._shared)}')}"

    def text(self, json: str, pointer: str) -> str:
        """SQL for the text that a pointer finds in JSON."""
        if _LOOKUP in json:
            return f"json_extract_string({json}, {literal(pointer)})"
        pointers = self._pointers.setdefault(json, [])
        if pointer not in pointers:
            pointers.append(pointer)
        number = list(self._pointers).index(json)
        return f"src.{_LOOKUP}json_{number}[{pointers.index(pointer) + 1}]"

    @property
    def columns(self) -> tuple[Place, ...]:
        """The columns, by the names that the values call them."""
        shared = [Place(alias, value) for value, alias in self._shared.items()]
        texts = [
            Place(f"{_LOOKUP}json_{number}", f"json_extract_string({json}, [{', '.join(map(literal, pointers))}])")
            for number, (json, pointers) in enumerate(self._pointers.items())
        ]
        return (*shared, *texts)


def follow(
    connection: duckdb.DuckDBPyConnection, path: Path, column: str, native: str, lookups: Lookups
) -> tuple[str, str] | None:
    """SQL for a path's value in a column of the type `native`, with its type; None if that type has no such place.

    `column` is SQL for the column. In text, only valid JSON has places.
    """
    ways = [(*path.steps, Step(field=name)) for name in path.alternatives] or [path.steps]
    found = [value for way in ways if (value := _follow(connection, way, column, native, lookups)) is not None]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    if len({sql_type for _, sql_type in found}) == 1:
        return f"coalesce({', '.join(value for value, _ in found)})", found[0][1]
    return f"coalesce({', '.join(f'cast({value} as varchar)' for value, _ in found)})", "VARCHAR"


def parse_digest(text: str) -> tuple[str, tuple[str, ...]]:
    """The column that a digest is of, and what of each of its elements counts: `params[key, value.text]`.

    Raises PathError.
    """
    found = re.fullmatch(rf"({_NAME})\[([^\[\]]+)\]", text.strip())
    if found is None:
        raise PathError(
            f"digest {text!r} can't be read; expected a column and the fields of its elements, such as "
            "event_params[key, value.string_value]"
        )
    return found[1], tuple(field.strip() for field in found[2].split(","))


def digest(connection: duckdb.DuckDBPyConnection, column: str, native: str, fields: Sequence[str]) -> str | None:
    """SQL for a fingerprint of a list, the same in whatever order its elements come and in Parquet as in JSON text.

    None if the type is no list.
    """
    if is_text(native):
        elements = f"json_extract({valid_json(column)}, '$[*]')"
        values = [f"json_extract_string(element, {literal('$.' + field)})" for field in fields]
    elif native.endswith("[]"):
        elements, values = column, []
        for field in fields:
            value = "element" + "".join("." + identifier(name) for name in field.split("."))
            with suppress(duckdb.Error):
                connection.execute(f"describe select {value} from (select cast(null as {native[:-2]}) as element)")
                values.append(f"cast({value} as varchar)")
    else:
        return None
    text = f"concat_ws(chr(30), {', '.join(values)})"
    return f"md5(array_to_string(list_sort(list_transform({elements}, lambda element: {text})), chr(31)))"


def is_text(native: str) -> bool:
    """Whether a column of that type holds its nested values as JSON text."""
    return native in ("VARCHAR", "JSON")


def valid_json(column: str) -> str:
    """SQL for a column's text where it is JSON, null elsewhere."""
    return f"case when json_valid({column}) then {column} end"


def _follow(
    connection: duckdb.DuckDBPyConnection, steps: tuple[Step, ...], value: str, native: str, lookups: Lookups
) -> tuple[str, str] | None:
    for number, step in enumerate(steps):
        if is_text(native):
            return _follow_json(steps[number:], value, lookups), "VARCHAR"
        kind = _type_of(connection, step, native)
        if kind is None:
            return None
        value, native = _take(step, value, native, lookups), kind
    return value, native


def _take(step: Step, value: str, native: str, lookups: Lookups) -> str:
    if step.field is not None:
        is_map = native.startswith("MAP(")
        return f"({value})[{literal(step.field)}]" if is_map else f"({value}).{identifier(step.field)}"
    if step.position is not None:
        return f"({value})[{step.position + 1}]"
    assert step.key is not None
    field, wanted = step.key
    keys = f"list_transform({value}, lambda element: cast(element.{identifier(field)} as varchar))"
    return f"({value})[list_position({lookups.shared(keys)}, {literal(wanted)})]"


def _type_of(connection: duckdb.DuckDBPyConnection, step: Step, native: str) -> str | None:
    """The type of what a step leads to; None if the type has no such place."""
    lookups = Lookups()
    taken = _take(step, "src.value", native, lookups)
    inner = ", ".join(["src.value", *(f"{look.expression} as {look.alias}" for look in lookups.columns)])
    try:
        described = connection.execute(
            f"describe select {taken} from (select {inner} from (select cast(null as {native}) as value) as src) as src"
        ).fetchone()
    except duckdb.Error:
        return None
    return str(described[1]) if described else None


def _follow_json(steps: tuple[Step, ...], value: str, lookups: Lookups) -> str:
    value = valid_json(value) if _LOOKUP not in value else value
    pointer = "$"
    for step in steps:
        if step.field is not None:
            pointer += '."' + step.field.replace('"', '\\"') + '"'
        elif step.position is not None:
            pointer += f"[{step.position}]"
        else:
            assert step.key is not None
            field, wanted = step.key
            listed = f"json_extract({value}, {literal(pointer + '[*]')})"
            name = '$."' + field.replace('"', '\\"') + '"'
            keys = f"list_transform({listed}, lambda element: json_extract_string(element, {literal(name)}))"
            value = f"({lookups.shared(listed)})[list_position({lookups.shared(keys)}, {literal(wanted)})]"
            pointer = "$"
    return lookups.text(value, pointer)
