"""Copies a landing folder with the rows of every file in another order, and nothing else changed."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq


def shuffle_landing(source: Path, target: Path, rng: random.Random) -> None:
    """Shuffle every file below `source` into `target`; folders starting with an underscore aren't landing."""
    for path in sorted(
        p for p in source.rglob("*") if p.is_file() and not p.relative_to(source).parts[0].startswith("_")
    ):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            pq.write_table(table.take(rng.sample(range(table.num_rows), table.num_rows)), copy)
        elif ".csv" in path.name:
            _rewrite(path, copy, lambda text: _shuffled_csv(text, rng))
        else:
            _rewrite(path, copy, lambda text: "\n".join(_shuffled(text.splitlines(), rng)) + "\n")


def _rewrite(path: Path, copy: Path, change: Callable[[str], str]) -> None:
    is_zipped = path.suffix == ".gz"
    data = path.read_bytes()
    text = (gzip.decompress(data) if is_zipped else data).decode("utf-8")
    changed = change(text).encode("utf-8")
    copy.write_bytes(gzip.compress(changed) if is_zipped else changed)


def _shuffled_csv(text: str, rng: random.Random) -> str:
    header, *rows = list(csv.reader(io.StringIO(text, newline="")))
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *_shuffled(rows, rng)])
    return out.getvalue()


def _shuffled(rows: list, rng: random.Random) -> list:
    return rng.sample(rows, len(rows))
