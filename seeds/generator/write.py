"""From tables to files: which format, which spelling, which parts, and the records that are delivered twice.

The bytes depend on nothing but the tables: fixed order, no modification time inside gzip.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

# object → file format; CSV unless named. `+parts` makes a folder of several files.
_FORMATS = {
    ("salesforce", "Lead"): "csv.gz+parts",
    ("salesforce", "Contact"): "csv.gz",
    ("salesforce", "LeadHistory"): "parquet",
    ("salesforce", "OpportunityHistory"): "csv.gz",
    ("salesforce", "OpportunityFieldHistory"): "jsonl.gz",
    ("salesforce", "OpportunityContactRole"): "csv.gz",
    ("salesforce", "CampaignMember"): "csv.gz",
    ("salesforce", "Task"): "csv.gz+parts",
    ("salesforce", "Event"): "jsonl",
    ("segment", "pages"): "parquet+parts",
    ("segment", "identifies"): "csv.gz",
    ("segment", "tracks"): "jsonl.gz",
    ("google_ads", "daily_spend"): "csv+parts",
}
# Names spelled the way a loader or a case-folding warehouse spells them; the rest keep the systems' own names.
_SPELLINGS = {
    ("salesforce", "OpportunityContactRole"): "loader",
    ("salesforce", "Contact"): "flat",
    ("segment", "identifies"): "flat",
}
_PART_ROWS = {("segment", "pages"): 500_000, ("salesforce", "Lead"): 200_000, ("salesforce", "Task"): 400_000}
_MANY_ROWS = 250_000  # beyond this a small object's readable file becomes unwieldy: it is written as Parquet


def write_landing(tables: dict[tuple[str, str], pa.Table], out: Path, *, redeliver: bool) -> None:
    """Every object's file or folder below `out`; an object without rows has no file."""
    for (source, name), made in tables.items():
        if made.num_rows == 0:
            continue
        folder = out / source
        folder.mkdir(parents=True, exist_ok=True)
        shape = _FORMATS.get((source, name), "csv")
        if made.num_rows > _MANY_ROWS and (source, name) not in _PART_ROWS:
            shape = "parquet"
        spelling = _SPELLINGS.get((source, name), "own")
        spelled = made.rename_columns([_spell(column, spelling) for column in made.column_names])
        file_name = _spell(name, spelling)
        ending, _, parted = shape.partition("+")
        if not parted:
            _write_file(spelled, folder / f"{file_name}.{ending}")
            continue
        (folder / file_name).mkdir()
        for number, part in enumerate(_parts(source, name, spelled, redeliver)):
            _write_file(part, folder / file_name / f"part-{number + 1:04d}.{ending}")


def _spell(name: str, spelling: str) -> str:
    """A name in API, loader or flat spelling."""
    if spelling == "own":
        return name
    loader = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return loader if spelling == "loader" else loader.replace("_", "")


def _parts(source: str, name: str, made: pa.Table, redeliver: bool) -> list[pa.Table]:
    """The rows in parts, later parts being later deliveries."""
    size = _PART_ROWS.get((source, name)) or -(-made.num_rows // 3)
    if made.num_rows < 2 * size:
        size = max(1, -(-made.num_rows // 2))
    parts = [made.slice(start, size) for start in range(0, made.num_rows, size)]
    if redeliver and source == "salesforce":
        parts = _with_stale_rows(name, made, parts)
    if redeliver and (source, name) == ("google_ads", "daily_spend"):
        parts = _with_first_reports(made, parts)
    return parts


def _with_stale_rows(name: str, made: pa.Table, parts: list[pa.Table]) -> list[pa.Table]:
    """The first part holds every 40th row of the last part as it first was: an earlier stamp, a lead not yet worked."""
    last = parts[-1]
    early = last.take(pa.array(range(0, last.num_rows, 40)))
    created = early["CreatedDate"]
    for column in ("SystemModstamp", "LastModifiedDate"):
        early = early.set_column(early.schema.get_field_index(column), column, created)
    changed = pc.not_equal(early["SystemModstamp"], last.take(pa.array(range(0, last.num_rows, 40)))["SystemModstamp"])
    early = early.filter(changed)
    if name == "Lead":
        blank = pa.nulls(early.num_rows, pa.string())
        for column in (
            "ConvertedDate",
            "ConvertedAccountId",
            "ConvertedContactId",
            "ConvertedOpportunityId",
            "MasterRecordId",
        ):
            early = early.set_column(early.schema.get_field_index(column), column, blank)
        status = pa.array(["Open - Not Contacted"] * early.num_rows)
        early = early.set_column(early.schema.get_field_index("Status"), "Status", status)
        for column in ("IsConverted", "IsDeleted"):
            false = pa.array([False] * early.num_rows)
            early = early.set_column(early.schema.get_field_index(column), column, false)
    return [pa.concat_tables([parts[0], early.cast(parts[0].schema)]), *parts[1:]]


def _with_first_reports(made: pa.Table, parts: list[pa.Table]) -> list[pa.Table]:
    """The first part holds some days of the last part as first reported, a click short; the last part restates them."""
    last = parts[-1]
    early = last.slice(0, min(40, last.num_rows))
    clicks = pc.max_element_wise(pc.subtract(early["clicks"], 1), 0)
    early = early.set_column(early.schema.get_field_index("clicks"), "clicks", clicks)
    return [pa.concat_tables([parts[0], early]), *parts[1:]]


def _write_file(made: pa.Table, path: Path) -> None:
    ending = path.name.partition(".")[2]
    if ending == "parquet":
        # Written as a dictionary array, a column's nulls leave undefined bytes in the file: plain values don't.
        made = pa.table({name: _plain(made[name]) for name in made.column_names})
        pyarrow.parquet.write_table(made, path, compression="zstd", store_schema=False, row_group_size=131_072)
        return
    text = _csv(made) if ending.startswith("csv") else _jsonl(made)
    if not ending.endswith(".gz"):
        path.write_bytes(text)
        return
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text)


def _csv(made: pa.Table) -> bytes:
    plain = pa.table({name: _plain(made[name]) for name in made.column_names})
    header = ",".join(made.column_names) + "\n"
    sink = io.BytesIO()
    try:
        pyarrow.csv.write_csv(plain, sink, pyarrow.csv.WriteOptions(include_header=False, quoting_style="none"))
    except pa.ArrowInvalid:  # a value needs quotes; arrow would then quote every text, which is hard to read
        text = io.StringIO()
        words = {True: "true", False: "false"}
        columns = [
            [words.get(value, value) if isinstance(value, bool) else value for value in column.to_pylist()]
            for column in plain
        ]
        csv.writer(text, lineterminator="\n").writerows(zip(*columns, strict=True))
        return (header + text.getvalue()).encode()
    return header.encode() + sink.getvalue()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dictionaries as their values."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _jsonl(made: pa.Table) -> bytes:
    """One object a line; a field without value is left out, as APIs do."""
    lines = (
        json.dumps({name: value for name, value in row.items() if value is not None}, separators=(",", ":"))
        for row in made.to_pylist()
    )
    return ("\n".join(lines) + "\n").encode()


def write_truth(truth: dict[str, tuple[tuple[str, ...], list[tuple]]], as_of: str, out: Path) -> None:
    """The truth folder: a CSV per question, the meaning of their columns, and the last day."""
    folder = out / "_truth"
    folder.mkdir(parents=True)
    shutil.copyfile(Path(__file__).with_name("TRUTH.md"), folder / "README.md")
    (folder / "as_of.txt").write_text(f"{as_of}\n")
    for name, (columns, rows) in sorted(truth.items()):
        with (folder / f"{name}.csv").open("w", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)


def clear(out: Path) -> None:
    """Remove what an earlier generation left in `out`; refuses a folder that this generator did not write."""
    if not out.exists():
        return
    entries = list(out.iterdir())
    if entries and not (out / "_truth").is_dir():
        raise SystemExit(f"{out}: not empty and not a generated folder (no _truth inside); choose another --out")
    for entry in entries:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
