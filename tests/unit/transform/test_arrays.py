"""Arrays for Python models: nulls are refused on the way in, kept on the way out, and pandas isn't loaded."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest
from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

from dagster_project.settings import PROJECT_ROOT
from dagster_project.transform.arrays import arrays, relation_of

TYPES = {"name": "varchar", "count": "bigint", "share": "double"}


def test_columns_come_as_arrays():
    with duckdb.connect() as connection:
        found = arrays(connection.sql("select 'a' as name, 2 as count"), "name, count * 2 as twice")
    assert {name: values.tolist() for name, values in found.items()} == {"name": ["a"], "twice": [4]}


def test_a_null_is_refused():
    """NumPy's array would hold some number in its place."""
    with duckdb.connect() as connection:
        relation = connection.sql("select unnest([1, null]) as count, 'a' as name")
        with pytest.raises(ValueError, match=r"null in count; expected none"):
            arrays(relation, "count, name")


@pytest.mark.parametrize("rows", [[], [("a", 1, 0.1), ("b", None, None)]])
def test_rows_become_a_relation(rows):
    with duckdb.connect() as connection:
        relation = relation_of(connection, TYPES, rows)
        assert dict(zip(relation.columns, map(str, relation.types), strict=True)) == {
            "name": "VARCHAR",
            "count": "BIGINT",
            "share": "DOUBLE",
        }
        assert relation.fetchall() == rows


def test_the_session_that_dbt_hands_over_makes_a_relation():
    """dbt-duckdb gives its models no connection but a wrapper of one."""
    with duckdb.connect() as connection:
        session = DuckDBCursorWrapper(connection.cursor())
        assert relation_of(session, TYPES, [("a", 1, 0.1)]).fetchall() == [("a", 1, 0.1)]


def test_neither_way_loads_pandas():
    """It costs a night 66 MiB and half a second. DuckDB loads it by itself for whatever is no NumPy."""
    program = (
        "import sys, duckdb\n"
        "from dagster_project.transform.arrays import arrays, relation_of\n"
        "connection = duckdb.connect()\n"
        "rows = arrays(connection.sql(\"select 'a' as name, 2 as count\"), 'name, count')\n"
        "relation_of(connection, {'name': 'varchar', 'count': 'bigint'}, zip(*rows.values())).fetchall()\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT_ROOT, check=False).returncode == 0
