"""Families: columns that an account has as many of as it has stages, whose names carry what they are about.

What lives here: the grammar of `family` in the catalog, which of a file's columns are members, and the SQL that
collects them. What doesn't: where the collected column stands (inspection.py), and what the names mean (models).

A pattern has one `{name}`: `hs_v2_date_entered_{name}` is met by `property_hs_v_2_date_entered_12345`, whose name is
`12345`. All members with a value become one JSON list, `[{"name": "12345", "value": "2024-01-31T10:00:00.000000Z"}]`,
by name, so that neither the order of columns nor their coming and going moves anything else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from dagster_project.engine import literal
from dagster_project.landing import sql
from dagster_project.landing.catalog import FAMILY_NAME, Family

# What may stand between words. A name has no double underscore: loaders put them before what they say of a value.
_BETWEEN = r"[\s_.-]*"
_NAME = r"([^_]+(?:_[^_]+)*)"


def name_of(family: Family, header: str, prefixes: Collection[str]) -> str | None:
    """The name that a member carries, in lower case; None for a column that is no member."""
    for pattern in _patterns(family, prefixes):
        if found := re.fullmatch(pattern, header.strip()):
            return found[1].strip().lower()
    return None


def collected(
    family: Family,
    members: Sequence[tuple[str, str, str]],
    objects: Sequence[str],
    prefixes: Collection[str],
) -> str:
    """SQL for the JSON list of all members with a value, null without any.

    `members` are columns: name, SQL and type. `objects` are SQL for JSON of which the fields may be members.
    """
    lists = []
    if members:
        elements = [
            f"{{'name': {literal(name)}, 'value': {_value(expression, native, family.type)}}}"
            for name, expression, native in sorted(members)
        ]
        lists.append(f"[{', '.join(elements)}]")
    for json in objects:
        for pattern in map(literal, _patterns(family, prefixes)):
            keys = f"list_filter(json_keys({json}), field -> regexp_full_match(trim(field), {pattern}))"
            name = f"lower(trim(regexp_extract(trim(field), {pattern}, 1)))"
            pointer = "'$.\"' || replace(field, '\"', '\\\"') || '\"'"
            value = _value(f"json_extract_string({json}, {pointer})", "VARCHAR", family.type)
            lists.append(f"coalesce(list_transform({keys}, field -> {{'name': {name}, 'value': {value}}}), [])")
    everything = f"list_concat({', '.join(lists)})" if len(lists) > 1 else lists[0]
    filled = f"list_sort(list_filter({everything}, member -> member.value is not null))"
    return f"nullif(cast(to_json({filled}) as varchar), '[]')"


def _patterns(family: Family, prefixes: Collection[str]) -> list[str]:
    return [_pattern(text, prefixes) for text in family.names]


def _pattern(text: str, prefixes: Collection[str]) -> str:
    """A pattern as a regular expression that Python and the engine read alike."""
    before, _, after = text.lower().partition(FAMILY_NAME)
    behind = "".join(_BETWEEN + word for word in _words(after))
    begin = f"(?:(?:{'|'.join(sorted(map(re.escape, prefixes)))}){_BETWEEN})?" if prefixes else ""
    return f"(?i){begin}{_BETWEEN.join(_words(before))}{_BETWEEN}{_NAME}{behind}"


def _words(text: str) -> list[str]:
    return [re.escape(word) for word in re.findall(r"[a-z]+|\d+|[^\sa-z\d_.\-]", text)]


def _value(expression: str, native: str, target: str) -> str:
    """SQL for a member's value as text: a timestamp as ISO writes it, and what can't be read as it is."""
    text = sql.cast_native(expression, native, "text")
    if target != "timestamp":
        return text
    return f"coalesce(strftime({sql.cast_native(expression, native, target)}, '%Y-%m-%dT%H:%M:%S.%fZ'), {text})"
