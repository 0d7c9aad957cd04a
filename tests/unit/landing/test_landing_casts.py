"""Text and Parquet values as the catalog's types: what is accepted, and what is null because it can't be cast."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from dagster_project.landing.sql import cast_native, cast_text, identifier, literal, salesforce_id


def _cast(value: str | None, target: str) -> Any:
    # A company's machine may stand in any timezone; the result must not.
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/New_York'")
        return connection.execute(
            f"select {cast_text('v', target)} from (select cast(? as varchar) as v)", [value]
        ).fetchone()[0]


@pytest.mark.parametrize("blank", [None, "", "   "])
@pytest.mark.parametrize("target", ["text", "id", "boolean", "integer", "decimal", "rate", "date", "timestamp"])
def test_blank_is_null(blank: str | None, target: str) -> None:
    assert _cast(blank, target) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("TRUE", True),
        ("1", True),
        ("Yes", True),
        ("t", True),
        ("false", False),
        ("0", False),
        ("NO", False),
        ("f", False),
        ("2", None),
    ],
)
def test_boolean(value: str, expected: bool | None) -> None:
    assert _cast(value, "boolean") is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1234.56", Decimal("1234.56")),
        (" -3 ", Decimal("-3")),
        ("0.000001", Decimal("0.000001")),
        ("1e3", Decimal("1000")),
        ("+.5", Decimal("0.5")),
        ("7.", Decimal("7")),
        ("-999999999999.999999", Decimal("-999999999999.999999")),
        ("1000000000000.000001", Decimal("1000000000000.000001")),
        ("000000000000000000012.5", Decimal("12.5")),
        ("0.0000005", Decimal("0.000001")),
        ("0.0000004", Decimal("0")),
        ("1,234.56", None),
        ("1_000", None),
        ("$5", None),
        ("12,5", None),
        ("NaN", None),
    ],
)
def test_decimal(value: str, expected: Decimal | None) -> None:
    assert _cast(value, "decimal") == expected


@pytest.mark.parametrize(("value", "expected"), [("12", 12), ("12.0", 12), ("12.5", None), ("twelve", None)])
def test_integer_is_never_rounded(value: str, expected: int | None) -> None:
    assert _cast(value, "integer") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31 09:30", datetime(2026, 1, 31, 9, 30)),
        ("2026-01-31T09:30:15", datetime(2026, 1, 31, 9, 30, 15)),
        ("2026-01-31T09:30:15.250Z", datetime(2026, 1, 31, 9, 30, 15, 250000)),
        ("2026-01-31T09:30:15.000+0000", datetime(2026, 1, 31, 9, 30, 15)),
        ("2026-01-31 09:30:15+02:00", datetime(2026, 1, 31, 7, 30, 15)),
        ("2026-01-31 09:30:15 -0530", datetime(2026, 1, 31, 15, 0, 15)),
        ("2026-01-31 09:30:15.5 UTC", datetime(2026, 1, 31, 9, 30, 15, 500000)),
        ("2026-01-31T09:30Z", datetime(2026, 1, 31, 9, 30)),
        ("2026-02-30", None),
        ("31/01/2026", None),
        ("epoch", None),
    ],
)
def test_timestamp_is_utc(value: str, expected: datetime | None) -> None:
    assert _cast(value, "timestamp") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T23:30:00.000+0000", date(2026, 1, 31)),
        ("2026-02-30", None),
        ("2026-1-31", None),
        ("2026-01-31x", None),
    ],
)
def test_date_is_the_day_as_written(value: str, expected: date | None) -> None:
    assert _cast(value, "date") == expected


@pytest.mark.parametrize(
    ("value", "native", "target", "expected"),
    [
        ("12.5::double", "DOUBLE", "decimal", Decimal("12.5")),
        ("'nan'::double", "DOUBLE", "decimal", None),
        # Money has 16 digits before the point; more of them would stop the night in the middle.
        ("'9999999999999999.99'", "VARCHAR", "decimal", Decimal("9999999999999999.99")),
        ("'10000000000000000'", "VARCHAR", "decimal", None),
        ("10000000000000000", "BIGINT", "decimal", None),
        ("'0.000040758123'", "VARCHAR", "rate", Decimal("0.000040758123")),
        ("12.5::double", "DOUBLE", "integer", None),
        ("3::integer", "INTEGER", "integer", 3),
        ("1::integer", "INTEGER", "boolean", True),
        ("7::bigint", "BIGINT", "id", "7"),
        ("timestamptz '2026-01-31 09:00:00+02'", "TIMESTAMP WITH TIME ZONE", "timestamp", datetime(2026, 1, 31, 7)),
        ("timestamp_ns '2026-01-31 09:00:00'", "TIMESTAMP_NS", "timestamp", datetime(2026, 1, 31, 9)),
        ("date '2026-01-31'", "DATE", "timestamp", datetime(2026, 1, 31)),
        ("timestamp '2026-01-31 09:00:00'", "TIMESTAMP", "date", date(2026, 1, 31)),
        ("5::bigint", "BIGINT", "date", None),
    ],
)
def test_parquet_types(value: str, native: str, target: str, expected: Any) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/New_York'")
        assert (
            connection.execute(f"select {cast_native('v', native, target)} from (select {value} as v)").fetchone()[0]
            == expected
        )


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001D000000IqhSL", "001D000000IqhSLIAZ"),
        ("500A0000006d34a", "500A0000006d34aIAA"),
        ("001D000000IqhSLIAZ", "001D000000IqhSLIAZ"),
        ("landing-page-fo", "landing-page-fo"),
    ],
)
def test_a_short_salesforce_id_gets_its_suffix(short: str, long: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"select {salesforce_id('v')} from (select ? as v)", [short]).fetchone()[0] == long


def test_names_and_values_are_quoted() -> None:
    assert identifier('a"; drop table x; --') == '"a""; drop table x; --"'
    assert literal("it's") == "'it''s'"
