"""Files as loaders write them; an object without records has none."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def write_csv(file: Path, rows: list[Record]) -> None:
    """All columns that any record has, in the order in which they first occur."""
    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)


def write_jsonl(file: Path, rows: list[Record]) -> None:
    """One record per line."""
    if rows:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
