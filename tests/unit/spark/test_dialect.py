"""What a statement becomes for Spark; `make test-spark` shows that it then gives DuckDB's rows."""

from __future__ import annotations

import duckdb as duckdb_engine
import pytest

from dagster_project.spark.dialect import in_spark

SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("select a / b", "select a / 1D / b"),
        ("select a * 1.0 / nullif(b, 0)", "select a * 1.0 / 1D / nullif(b, 0)"),
        ("select 'it''s', ''''", "select concat('it', chr(39), 's'), concat('', chr(39), '')"),
        (
            "select cast(x as decimal(9, 1))",
            "select if(typeof(x) = 'double', "
            "cast(cast(round(x * 10D) as decimal(36, 0)) * cast('0.1' as decimal(1, 1)) as decimal(9, 1)), "
            "cast(x as decimal(9, 1)))",
        ),
        ("select sign(a)", "select case when (a) < 0 then -1 when (a) > 0 then 1 when (a) = 0 then 0 end"),
        (
            "select round(f(a, 2), 1)",
            "select if(typeof(f(a, 2)) = 'double', round((f(a, 2)) * 10D) / 10D, round(f(a, 2), 1))",
        ),
        ("select trim(f(a, ','), '_')", "select trim(both '_' from f(a, ','))"),
        ("select ltrim(a[1, 2], b), rtrim(a, '0')", "select trim(leading b from a[1, 2]), trim(trailing '0' from a)"),
        ("select lower(trim(a))", f"select lower(trim(both '{SPACES}' from a))"),
    ],
)
def test_a_statement(duckdb: str, spark: str) -> None:
    assert in_spark(duckdb) == spark


@pytest.mark.parametrize(
    "statement",
    [
        "select '/', \"a/b\", `c/d` -- a / b",
        "select 1 /* a / b */",
        "create table t (a decimal(9, 2)) using parquet location '/lake/t'",
        r"select '', 'plain', '\d'",
        "select trim(both ',' from a), trim(TRAILING '0' from f(a, 1))",
        "select round(a), cast(a as date), cast(a as decimal(38, 0)), try_cast(a as decimal(9, 2)), 5 div 2",
    ],
)
def test_what_means_the_same_stays(statement: str) -> None:
    assert in_spark(statement) == statement


def test_the_spaces_that_are_taken_off_are_duckdbs() -> None:
    texts = "select chr(number::integer) from range(1, 55296) as numbers (number) where trim(chr(number::integer)) = ''"
    found = duckdb_engine.sql(texts).fetchall()
    assert sorted(space for (space,) in found) == sorted(SPACES)


def test_a_cast_inside_another_is_done_too() -> None:
    told = in_spark("select cast(coalesce(cast(a / b as decimal(9, 2)), 0) as decimal(18, 4))")
    # The inner one has three places in it, and stands in three places of the outer one.
    assert told.count("a / 1D / b") == 9
    assert told.count("typeof(") == 4


def test_a_parenthesis_that_is_left_open_is_told() -> None:
    with pytest.raises(ValueError, match=r"a parenthesis isn't closed: select cast\(a"):
        in_spark("select cast(a as decimal(9, 2)")
