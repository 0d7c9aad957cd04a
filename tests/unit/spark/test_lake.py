"""From a DuckDB file to Parquet: nothing loses digits on the way, and Spark is told what the columns are."""

from __future__ import annotations

import duckdb
import pytest

from dagster_project.spark import lake

TABLE = """
create schema raw_crm;
create table raw_crm.deals as select
    cast(12345678901234567890123456789012345678 as hugeint) as wide,
    cast('0.10' as decimal(18, 2)) as amount, ['a', null] as names,
    timestamp '2024-02-29 23:59:59.123456' as at, date '0001-01-01' as day, cast(null as varchar) as nothing
"""


def test_a_table_comes_back_as_it_was(tmp_path):
    with duckdb.connect() as connection:
        connection.execute(TABLE)
        assert lake.tables_of(connection) == [("raw_crm", "deals")]
        lake.write_parquet(connection, [("raw_crm", "deals")], tmp_path)
        place = tmp_path / "raw_crm" / "deals"
        written = connection.execute(f"from '{place}/*.parquet'").fetchall()
        assert written == connection.execute("from raw_crm.deals").fetchall()
    assert (place / "_columns.sql").read_text() == (
        "`wide` decimal(38, 0), `amount` decimal(18,2), `names` array<string>, `at` timestamp_ntz, `day` date, "
        "`nothing` string"
    )


def test_a_type_without_a_place_is_told(tmp_path):
    with duckdb.connect() as connection:
        connection.execute("create table main.odd as select interval 1 day as pause")
        with pytest.raises(ValueError, match=r"main\.odd\.pause has the type INTERVAL"):
            lake.write_parquet(connection, [("main", "odd")], tmp_path)
