"""Tables for people, as Markdown: what the UI shows beside assets and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# A cell longer than this would push the other columns off the screen.
_LONGEST_CELL = 300


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table, or a word that it has no rows."""
    if not rows:
        return "No rows."
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def markdown_records(records: Sequence[Mapping[str, Any]]) -> str:
    """A table whose columns are those of the first record."""
    columns = list(records[0]) if records else []
    return markdown_table(columns, [[record.get(column) for column in columns] for record in records])


def _cell(value: Any) -> str:
    """A value in one line; a bar or a line break would end the cell."""
    text = "" if value is None else " ".join(str(value).split())
    return (text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…").replace("|", "\\|")
