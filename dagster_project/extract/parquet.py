"""dlt carries a pull's records into Parquet files.

What lives here: dlt's pipeline, its settings, and the form of the records: every value as the text that the API gave,
nested ones as JSON in one column, so that no type is guessed before the landing list says it. What doesn't: where the
records come from, and whether they are all.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from dagster_project.extract.errors import PullError, found_in
from dagster_project.extract.receipts import LandedFile

if TYPE_CHECKING:
    from dlt.extract import DltResource

_TABLE = "records"


def prepare_dlt(warehouse_dir: Path) -> None:
    """Keep dlt's own files in the warehouse folder."""
    folder = dlt_folder(warehouse_dir)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["DLT_DATA_DIR"] = str(folder)
    # Without it dlt would read settings and secrets of the folder that the process was started in.
    os.environ["DLT_PROJECT_DIR"] = str(folder)


def dlt_folder(warehouse_dir: Path) -> Path:
    """Where dlt keeps its own files while it works."""
    return warehouse_dir / "dlt"


class Distinct:
    """Passes each record on once, by its key, and counts. Of a repeated record the first one counts."""

    def __init__(self, key: tuple[str, ...], where: str) -> None:
        self._key = key
        self._where = where
        self._seen: set[tuple[str, ...]] = set()
        self.repeated = 0

    def __call__(self, record: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
        texts = {name: as_text(value) for name, value in record.items()}
        key = tuple(texts.get(name) or "" for name in self._key)
        if not any(key):
            raise PullError(
                f"{self._where}: the API gives a record without {', '.join(self._key)}; expected it in every record; "
                "run again, and look into the API's changes when it stays so"
            )
        if key in self._seen:
            self.repeated += 1
            return
        self._seen.add(key)
        yield texts

    @property
    def rows(self) -> int:
        """How many distinct records came."""
        return len(self._seen)


def as_text(value: Any) -> str | None:
    """A value as text: JSON's words for true and false, nested values as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)


def write(
    resource: DltResource, distinct: Distinct, folder: Path, dlt_dir: Path, pull: str, scrub: Callable[[str], str]
) -> tuple[tuple[LandedFile, ...], tuple[str, ...]]:
    """Pull the resource into Parquet files in the folder, named for the pull; the result is files and columns.

    Raises PullError, without what dlt's own errors quote.
    """
    import dlt
    from dlt.extract.source import DltSource

    work, name = folder / "dlt", "pull"
    pipelines = dlt_dir / "pipelines"
    shutil.rmtree(pipelines / name, ignore_errors=True)
    schema = dlt.Schema(name)
    schema.remove_type_detection("iso_timestamp")
    resource.add_yield_map(distinct)
    resource.apply_hints(table_name=_TABLE, write_disposition="append")
    resource.max_table_nesting = 0
    pipeline = dlt.pipeline(
        pipeline_name=name,
        pipelines_dir=str(pipelines),
        destination=dlt.destinations.filesystem(
            bucket_url=work.absolute().as_uri(), layout="{table_name}/{file_id}.{ext}"
        ),
        dataset_name="data",
    )
    try:
        pipeline.run(
            DltSource(schema, name, [resource]),
            loader_file_format="parquet",
            schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
        )
    except Exception as error:
        if (known := found_in(error)) is not None:
            raise known from None
        root = error
        while root.__cause__ is not None:
            root = root.__cause__  # type: ignore[assignment]
        told = " ".join(str(root).split())[:300]
        raise PullError(f"{distinct._where}: {type(root).__name__}: {scrub(told)}; report it") from None
    finally:
        shutil.rmtree(pipelines / name, ignore_errors=True)
    written = sorted((work / "data" / _TABLE).glob("*.parquet"))
    names = (
        [f"{pull}.parquet"] if len(written) == 1 else [f"{pull}_part{n}.parquet" for n in range(1, len(written) + 1)]
    )
    columns: dict[str, None] = {}
    files = []
    for path, final in zip(written, names, strict=True):
        metadata = pq.read_metadata(path)
        files.append(LandedFile(final, metadata.num_rows))
        columns.update(dict.fromkeys(c for c in pq.read_schema(path).names if not c.startswith("_dlt_")))
        path.replace(folder / final)
    shutil.rmtree(work, ignore_errors=True)
    if sum(file.rows for file in files) != distinct.rows:
        raise PullError(
            f"{distinct._where}: {distinct.rows:,} records came, but {sum(f.rows for f in files):,} were written; "
            "expected all of them; report it"
        )
    return tuple(files), tuple(columns)
