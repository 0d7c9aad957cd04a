"""A thousand damaged files over every object and format: each is accounted for to the row, or refused in one line.

The damages are drawn from a seed. A file either loads, and then rows loaded and rejected are rows delivered, or ends in
a LandingError that names it. A cell that alone can't be read is listed too, its row loaded.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.audit.schema import prepare_audit
from dagster_project.landing.catalog import LandingObject, catalog
from dagster_project.landing.errors import LandingError
from dagster_project.landing.loader import load_objects
from tests.profiles import deep_but

FORMATS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")
MUTATIONS = 1000
# Many, so that parallel processes share them out early: a file with many tests is taken before one with few.
CHUNKS = 50
# Processor seconds, which a busy machine doesn't stretch: a file takes a twentieth of one.
SECONDS = 60
ROWS = 12

_VALUES = {
    "boolean": lambda n: ("true", "false")[n % 2],
    "integer": str,
    "decimal": lambda n: f"{n}.50",
    "rate": lambda n: f"1.{n}",
    "date": lambda n: f"2026-01-{n + 1:02}",
    "timestamp": lambda n: f"2026-01-{n + 1:02}T09:30:00Z",
}

Rows = list[dict[str, str]]


def _rows(landing_object: LandingObject) -> Rows:
    return [
        {c.name: _VALUES.get(c.type, lambda n, c=c: f"{c.name.lower()[:3]}{n}")(n) for c in landing_object.columns}
        for n in range(ROWS)
    ]


def _encoded(rows: Rows, kind: str, folder: Path) -> bytes:
    if kind == "parquet":
        (folder / "rows.json").write_text("\n".join(json.dumps(row) for row in rows))
        with duckdb.connect() as writer:
            source = (
                f"read_json('{folder / 'rows.json'}', format='newline_delimited', convert_strings_to_integers=false)"
            )
            writer.execute(f"copy (from {source}) to '{folder / 'rows.parquet'}' (format parquet)")
        return (folder / "rows.parquet").read_bytes()
    if kind.startswith("jsonl"):
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode()


def _inserted(data: bytes, piece: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + piece + data[at:]


def _flipped(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


_PIECES = (
    b"\0",
    b"\x01",
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b",",
    b";",
    b"\xff\xfe",
    b"\xe9",
    b"x" * 100_000,
    b'\n"',
    b"{",
)

# Damages of the bytes before they are compressed.
DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes flipped": _flipped,
    "truncated": lambda data, dice: data[: dice.randrange(len(data))],
    "piece inserted": lambda data, dice: _inserted(data, dice.choice(_PIECES), dice),
    "pieces inserted": lambda data, dice: _inserted(_inserted(data, b'"', dice), dice.choice(_PIECES), dice),
    "as UTF-16": lambda data, dice: data.decode("latin-1").encode(dice.choice(("utf-16", "utf-16-le", "utf-32"))),
    "with marks": lambda data, dice: b"\xef\xbb\xbf" + data.replace(b"0", "é".encode("latin-1"), 3),
    "line ends mixed": lambda data, dice: data.replace(b"\n", dice.choice((b"\r\n", b"\r", b"\n\r", b"\n\n")), 4),
    "empty": lambda data, dice: dice.choice((b"", b"\n", b"\0\0", data.split(b"\n")[0])),
    "foreign": lambda data, dice: dice.choice((b"PK\x03\x04" + data, gzip.compress(data), b"PAR1" + data, b"[" + data)),
    "lines shuffled": lambda data, dice: b"\n".join(dice.sample(lines := data.split(b"\n"), len(lines))),
    "huge field": lambda data, dice: _inserted(data, b"y" * (17 << 20), dice) if dice.random() < 0.1 else data,
}

# Damages of the records before they are written: all of them are delivered.
RECORD_DAMAGES: dict[str, Callable[[Rows, random.Random], Rows]] = {
    "wrong types": lambda rows, dice: [
        {k: dice.choice((v, v, v, "∞", "1,5", "31/31/2026", "nan")) for k, v in r.items()} for r in rows
    ],
    "column renamed": lambda rows, dice: [
        {(k + "x" if n == 1 else k): v for n, (k, v) in enumerate(r.items())} for r in rows
    ],
    "rows repeated": lambda rows, dice: rows + dice.choices(rows, k=5),
    "notes of lines": lambda rows, dice: [
        {**r, "note": dice.choice(('a\nb, "c"\r\nd', "", "\n\n", '"', "x\n" * 9))} for r in rows
    ],
    "wide": lambda rows, dice: [{**r, **{f"w{n}": str(n) for n in range(dice.choice((5, 300)))}} for r in rows[:3]],
}


def _compressed(data: bytes, dice: random.Random) -> bytes:
    packed = gzip.compress(data, mtime=0)
    roll = dice.random()
    return _flipped(packed, dice) if roll < 0.15 else packed[: dice.randrange(len(packed))] if roll < 0.25 else packed


def outcome(seed: int, folder: Path, connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Load the file of this seed; what was done to it, and "" or what is wrong with the result."""
    dice = random.Random(seed)
    landing_object = catalog().objects[seed % len(catalog().objects)]
    kind = dice.choice(FORMATS)
    damage = dice.choice([*DAMAGES, *RECORD_DAMAGES])
    label = f"seed {seed}: {landing_object.label}.{kind}: {damage}"
    rows = _rows(landing_object)
    delivered = None
    if damage in RECORD_DAMAGES:
        rows = RECORD_DAMAGES[damage](rows, dice)
        # A table of the writer takes the columns of the first record.
        rows = [{key: row.get(key, "") for key in rows[0]} for row in rows]
        data, delivered = _encoded(rows, kind, folder), len(rows)
    else:
        data = DAMAGES[damage](_encoded(rows, kind, folder), dice)
        if kind.startswith("jsonl") and damage != "as UTF-16":
            unified = data.replace(b"\r\n", b"\n")
            delivered = sum(bool(line.strip(b" ")) for line in unified.split(b"\n")) if b"\r" not in unified else None
    path = folder / landing_object.source / f"{landing_object.name}.{kind}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_compressed(data, dice) if kind.endswith(".gz") else data)
    try:
        connection.execute("delete from audit.landed_files")
        connection.execute("delete from audit.rejected_rows")
        moment = datetime(2026, 1, 2, tzinfo=UTC)
        load_objects(connection, [landing_object], folder, moment, full_refresh=True, log=lambda text: None)
        counted = connection.execute("select rows + rejected, delivered from audit.landed_files").fetchone()
        listed, kept = connection.execute(
            "select count(*) filter (scope <> 'cell'), (select sum(rejected + duplicates) from audit.landed_files) "
            "from audit.rejected_rows"
        ).fetchone()
        if counted[0] != counted[1] or listed != kept or (delivered is not None and counted[1] != delivered):
            return label, f"delivered {delivered}, counted {counted}, listed {listed} of {kept}"
    except LandingError as error:
        return label, "" if str(path.name) in str(error) or landing_object.name in str(error) else f"unnamed: {error}"
    except Exception as error:  # anything else is what a company must never see
        return label, f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        path.unlink()
    return label, ""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One warehouse for all files: each load replaces what the one before left of its object."""
    with duckdb.connect(config={"threads": 1}) as connection:
        prepare_audit(connection)
        yield connection


@pytest.mark.parametrize(
    "chunk",
    [0, *(pytest.param(chunk, marks=pytest.mark.slow) for chunk in range(1, 8)), *deep_but(0, range(8, CHUNKS))],
)
def test_a_damaged_file_is_accounted_for_or_refused(chunk: int, connection: duckdb.DuckDBPyConnection) -> None:
    def give_up(*_: object) -> None:
        raise TimeoutError(f"a file took more than {SECONDS} processor seconds")

    before = signal.signal(signal.SIGPROF, give_up)
    wrong = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(chunk, MUTATIONS, CHUNKS):
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                label, problem = outcome(seed, Path(folder), connection)
                if problem:
                    wrong.append(f"{label}: {problem}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert wrong == []
