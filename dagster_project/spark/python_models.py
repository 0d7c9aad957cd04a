"""What dbt's Python models need of Spark: the few members of DuckDB's relations and connections that they use.

A model takes small counts (a row per pair of channels, per set of channels, per week) and gives small results; the
counting is Spark's. What comes to the driver is bounded: a larger result stops the model instead of the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

# Rows of what a solver reads: 30 channels in 100 blocks of journeys make 93,000 transitions.
MOST_ROWS = 5_000_000

_SPARK_TYPES = {"varchar": "string", "integer": "int"}


class Relation:
    """A Spark table that can be filtered, ordered and projected, and read as NumPy columns."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def filter(self, condition: str) -> Relation:
        return Relation(self._frame.filter(condition))

    def order(self, columns: str) -> Relation:
        return Relation(self._frame.orderBy(*(column.strip() for column in columns.split(","))))

    def project(self, columns: str) -> Relation:
        return Relation(self._frame.selectExpr(*_split(columns)))

    def fetchnumpy(self) -> dict[str, np.ndarray]:
        """The columns; one that has a null is masked. Raises ValueError when there are more rows than a solver's."""
        rows = self._frame.take(MOST_ROWS + 1)
        if len(rows) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS} rows for a solver; expected counts, not journeys or touches")
        found = {}
        for place, field in enumerate(self._frame.schema.fields):
            cells = [row[place] for row in rows]
            missing = [cell is None for cell in cells]
            kind = field.dataType.simpleString()
            blank: Any = {"string": "", "date": np.datetime64("1970-01-01")}.get(kind, 0)
            values = np.array(
                [blank if cell is None else cell for cell in cells],
                dtype=object if kind == "string" else _numpy_type(kind),
            )
            found[field.name] = np.ma.masked_array(values, missing) if any(missing) else values
        return found


def _numpy_type(kind: str) -> str:
    if kind == "date":
        # As DuckDB gives dates.
        return "datetime64[us]"
    return {"smallint": "int16", "int": "int32", "bigint": "int64", "double": "float64", "boolean": "bool"}[kind]


def _split(columns: str) -> list[str]:
    """The columns of a select list without commas inside its expressions."""
    return [column.strip() for column in columns.split(",")]


class Session:
    """A Spark session that makes a table of a model's rows."""

    def __init__(self, spark: Any) -> None:
        self.spark = spark

    def rows_as_relation(self, types: Mapping[str, str], rows: Iterable[Sequence[object]]) -> Any:
        """The rows as a frame with columns of those names and types; None, or not a number, is null."""
        schema = ", ".join(f"{name} {_SPARK_TYPES.get(kind, kind)}" for name, kind in types.items())
        readers = [_reader(kind) for kind in types.values()]
        cells = [tuple(read(cell) for read, cell in zip(readers, row, strict=True)) for row in rows]
        return self.spark.createDataFrame(cells, schema)


def _reader(kind: str) -> Callable[[Any], Any]:
    make: Callable[[Any], Any] = {"varchar": str, "double": float}.get(kind, int)
    return lambda cell: None if cell is None or cell != cell else make(cell)


def build(compiled_code: str, spark: Any, name: str) -> None:
    """Run a model that dbt compiled, and make its result the table `name`."""
    module: dict[str, Any] = {}
    exec(compile(compiled_code, f"{name}.py", "exec"), module)
    dbt = module["dbtObj"](lambda table: Relation(spark.table(table)))
    module["model"](dbt, Session(spark)).write.format("parquet").saveAsTable(name)
