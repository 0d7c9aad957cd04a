"""No row leaves without a trace: what a damaged text file's lines become, and that all of them are accounted for."""

from __future__ import annotations

from contextlib import suppress

import pytest

from dagster_project.landing.errors import LandingError
from tests.unit.landing.conftest import Landing

HEADER = "invoice_id,invoiced_at,amount,note\n"


def _line(number: int, note: str = "n") -> str:
    return f"i{number},2026-01-05,{number},{note}\n"


def _kept(landing: Landing) -> list[str]:
    return [name for (name,) in landing.rows("select invoice_id from raw_finance.invoices order by all")]


def _counts(landing: Landing) -> tuple[int, int, int]:
    return landing.rows("select rows, rejected, exact_duplicates from audit.landed_files")[0]


@pytest.mark.parametrize(
    ("stray", "kept"),
    [
        ('i3,2026-01-05,3,"n\n', [1, 2, 4, 5, 6, 7, 8]),  # never closed
        ('i3,"2026-01-05,3,n\n', [1, 2, 4, 5, 6, 7, 8]),
        ('i3,2026-01-05,3,"n" n\n', [1, 2, 4, 5, 6, 7, 8]),  # text behind a closing quote
    ],
)
def test_a_stray_quote_costs_its_own_line_only(landing: Landing, stray: str, kept: list[int]) -> None:
    lines = [_line(n) for n in range(1, 9)]
    lines[2] = stray
    lines[6] = _line(7, '"two\nlines, ""quoted"""')
    landing.put("finance/invoices.csv", HEADER + "".join(lines))
    landing.load()
    assert _kept(landing) == [f"i{n}" for n in kept]
    ((line, _, reason),) = landing.rejects()
    assert line == 4
    assert "quote" in reason
    assert landing.rejects("record") == [(stray.rstrip("\n"),)]


def test_two_stray_quotes_do_not_swallow_the_records_between_them(landing: Landing) -> None:
    lines = [_line(n) for n in range(1, 9)]
    lines[1], lines[5] = 'i2,2026-01-05,2,"n\n', 'i6,2026-01-05,6,n"\n'
    landing.put("finance/invoices.csv", HEADER + "".join(lines))
    landing.load()
    assert _kept(landing) == ["i1", "i3", "i4", "i5", "i6", "i7", "i8"]
    assert [(line, reason.split(":")[0]) for line, _, reason in landing.rejects()] == [(3, "unterminated quote")]


def test_a_note_of_several_lines_stays_one_field(landing: Landing) -> None:
    note = '"Dear all,\r\n\r\nthe price, as agreed, is 5,00.\n\n\nYours, A, B, and C"'
    landing.put("finance/invoices.csv", HEADER + _line(1, note) + "\n" + _line(2) + "\r\n" + _line(3, note))
    landing.load()
    assert _kept(landing) == ["i1", "i2", "i3"]
    assert _counts(landing) == (3, 0, 0)


@pytest.mark.parametrize("bad", ['{"invoice_id": "x\x01"}', "\x01\x01", '{"a"\x0b: 1}', "9" * (17 << 20)])
def test_a_json_line_that_no_reader_can_take_is_a_reject(landing: Landing, bad: str) -> None:
    good = [f'{{"invoice_id": "i{n}", "invoiced_at": "2026-01-05", "amount": {n}}}' for n in range(1, 5)]
    landing.put("finance/invoices.jsonl", "\n".join([good[0], good[1], bad, "", good[2], good[3]]) + "\n")
    landing.load()
    assert _kept(landing) == ["i1", "i2", "i3", "i4"]
    assert [(line, column) for line, column, _ in landing.rejects()] == [(3, None)]
    assert landing.rows("select _row from raw_finance.invoices order by all") == [(1,), (2,), (5,), (6,)]


def test_nul_bytes_blank_lines_and_every_line_end_lose_nothing(landing: Landing) -> None:
    text = (
        HEADER.rstrip("\n") + "\r\n" + _line(1) + "\n\r\n" + _line(2, "a\0b").rstrip("\n") + "\r\n" + "\0\n" + _line(3)
    )
    landing.put("finance/invoices.csv", "\ufeff" + text.rstrip("\n"))
    landing.load()
    assert _kept(landing) == ["i1", "i2", "i3"]
    assert [line for line, *_ in landing.rejects()] == [6]


def test_a_quote_that_is_left_open_in_the_header_stops_the_load(landing: Landing) -> None:
    landing.put("finance/invoices.csv", HEADER.replace("note", '"note') + _line(1) + _line(2))
    with pytest.raises(LandingError, match=r"finance/invoices\.csv"):
        landing.load()


def test_many_stray_quotes_end_in_bounded_time(landing: Landing) -> None:
    lines = [_line(n, '"open' if n % 2 else '""') for n in range(1, 40_001)]
    landing.put("finance/invoices.csv", HEADER + "".join(lines) + "".join(_line(n) for n in range(50_000, 90_000)))
    with suppress(LandingError):
        landing.load()
