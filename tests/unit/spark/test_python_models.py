"""What dbt's Python models get on Spark: small results as NumPy, never a table of touches."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from dagster_project.spark import python_models
from dagster_project.spark.python_models import Relation, Session
from dagster_project.transform.arrays import arrays, relation_of


class Frame:
    """As much of a Spark frame as a relation asks for."""

    def __init__(self, rows, **kinds):
        self.rows = rows
        fields = [
            SimpleNamespace(name=name, dataType=SimpleNamespace(simpleString=lambda kind=kind: kind))
            for name, kind in kinds.items()
        ]
        self.schema = SimpleNamespace(fields=fields)

    def selectExpr(self, *columns):
        self.asked = columns
        return self

    def take(self, rows):
        return self.rows[:rows]


def test_columns_come_as_duckdb_gives_them():
    frame = Frame([("a", 2, dt.date(2024, 1, 1), 0.5)], name="string", count="bigint", day="date", share="double")
    found = arrays(Relation(frame), "name, count, day, share")
    assert frame.asked == ("name", "count", "day", "share")
    assert {name: str(values.dtype) for name, values in found.items()} == {
        "name": "object",
        "count": "int64",
        "day": "datetime64[us]",
        "share": "float64",
    }
    assert found["day"][0] == np.datetime64("2024-01-01")


def test_a_null_is_refused():
    with pytest.raises(ValueError, match=r"null in count"):
        arrays(Relation(Frame([(None,), (1,)], count="bigint")), "count")


def test_more_rows_than_a_solver_reads_stop_the_model(monkeypatch):
    monkeypatch.setattr(python_models, "MOST_ROWS", 2)
    with pytest.raises(ValueError, match=r"more than 2 rows for a solver"):
        arrays(Relation(Frame([(1,)] * 3, count="bigint")), "count")


def test_rows_become_a_frame_of_the_types():
    made = SimpleNamespace(createDataFrame=lambda rows, schema: (rows, schema))
    rows = [(np.str_("a"), np.int64(1), np.float64(0.1)), ("b", None, float("nan"))]
    types = {"name": "varchar", "count": "integer", "share": "double"}
    assert relation_of(Session(made), types, rows) == (
        [("a", 1, 0.1), ("b", None, None)],
        "name string, count int, share double",
    )
