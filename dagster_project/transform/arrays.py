"""What dbt's Python models need of DuckDB: columns of a relation as NumPy arrays, and arrays as a relation.

NumPy both ways, because Arrow and DataFrames would load pandas: 66 MiB and half a second of every night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import numpy as np


def arrays(relation: duckdb.DuckDBPyRelation, columns: str) -> dict[str, np.ndarray]:
    """The selected columns, which are SQL expressions with names."""
    found = relation.project(columns).fetchnumpy()
    # NumPy would give a null's place any value that happens to lie there.
    if incomplete := [name for name, values in found.items() if np.ma.is_masked(values)]:
        raise ValueError(f"null in {', '.join(incomplete)}; expected none: exclude it")
    return {name: np.asarray(values) for name, values in found.items()}


def relation_of(
    session: duckdb.DuckDBPyConnection, types: Mapping[str, str], rows: Iterable[Sequence[object]]
) -> duckdb.DuckDBPyRelation:
    """The rows as a relation with columns of those names and DuckDB types; None in a number's column is null.

    Another engine's session makes its own relation. dbt's on DuckDB is no connection, only what stands before one.
    """
    if hasattr(session, "rows_as_relation"):
        return session.rows_as_relation(types, rows)
    cells = list(rows)
    columns = {  # noqa: F841 - DuckDB finds it by its name
        name: np.array([row[place] for row in cells], np.str_ if kind == "varchar" else np.float64)
        for place, (name, kind) in enumerate(types.items())
    }
    # A float's null is NaN.
    values = [
        f"cast({name if kind == 'varchar' else f'case when not isnan({name}) then {name} end'} as {kind}) as {name}"
        for name, kind in types.items()
    ]
    return session.query(f"select {', '.join(values)} from columns")
