"""Formats and spellings: what a file may look like, and which of its rows go to the reject table."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

INVOICE = "invoice_id,invoiced_at,amount\n"


def _invoices(landing, columns: str = "invoice_id, amount::double") -> list[tuple]:
    return landing.rows(f"select {columns} from raw_finance.invoices order by all")


def test_every_catalogued_object_has_a_typed_table_even_when_absent(landing) -> None:
    landing.put("finance/invoices.csv", INVOICE)
    landing.load()
    types = dict(landing.rows("select column_name, column_type from (describe raw_salesforce.opportunity)"))
    assert (types["Amount"], types["IsWon"], types["CloseDate"]) == ("DECIMAL(28,6)", "BOOLEAN", "DATE")
    assert types["CreatedDate"] == types["_loaded_at"] == types["_deleted_at"] == "TIMESTAMP"
    assert landing.rows("select count(*) from raw_salesforce.opportunity") == [(0,)]


def test_a_header_without_records_is_an_empty_delivery(landing) -> None:
    landing.put("finance/invoices.csv", INVOICE.rstrip())
    assert landing.load()["raw_finance.invoices"].rows == 0
    assert landing.rows("select rows, rejected from audit.landed_files") == [(0, 0)]


@pytest.mark.parametrize(
    "header",
    [
        "Id,WhoId,CreatedDate,Subject",
        "id,who_id,created_date,subject",
        "ID,WHOID,CREATEDDATE,SUBJECT",
        "subject,createddate,id,whoid",
    ],
)
def test_three_spellings_of_a_column(landing, header: str) -> None:
    values = {"id": "T1", "whoid": "L1", "createddate": "2026-01-05", "subject": "Call"}
    record = ",".join(values[name.lower().replace("_", "")] for name in header.split(","))
    landing.put("salesforce/task.csv", f"{header}\n{record}\n")
    landing.load("salesforce.Task")
    assert landing.rows('select "Id", "WhoId", "CreatedDate", "Subject" from raw_salesforce.task') == [
        ("T1", "L1", datetime(2026, 1, 5), "Call")
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", b"invoice_id,invoiced_at,amount,currency\ni1,2026-01-05,1.50,\n"),
        ("bom.csv", b"\xef\xbb\xbfinvoice_id,invoiced_at,amount,currency\ni1,2026-01-05,1.50,\n"),
        (
            "bom_quoted.csv",
            b'\xef\xbb\xbf"invoice_id","invoiced_at","amount","currency"\n"i1","2026-01-05","1.50",""\n',
        ),
        ("crlf.csv", b"invoice_id,invoiced_at,amount,currency\r\ni1,2026-01-05,1.50,\r\n"),
        ("cr.csv", b"invoice_id,invoiced_at,amount,currency\ri1,2026-01-05,1.50,\r"),
        ("semicolon.csv", b"invoice_id;invoiced_at;amount;currency\ni1;2026-01-05;1.50;\n"),
        ("tab.csv", b"invoice_id\tinvoiced_at\tamount\tcurrency\ni1\t2026-01-05\t1.50\t\n"),
        ("no_last_line_end.csv", b"invoice_id,invoiced_at,amount,currency\ni1,2026-01-05,1.50,"),
        ("blank_lines.csv", b"invoice_id,invoiced_at,amount,currency\n\ni1,2026-01-05,1.50,\n\n\n"),
        ("utf16.csv", "\ufeffinvoice_id,invoiced_at,amount,currency\ni1,2026-01-05,1.50,\n".encode("utf-16-le")),
        ("lines.jsonl", b'{"invoice_id": "i1", "invoiced_at": "2026-01-05", "amount": 1.50}\n'),
        (
            "bom.jsonl",
            b'\xef\xbb\xbf{"invoice_id": "i1", "invoiced_at": "2026-01-05", "amount": "1.5", "currency": null}\r\n',
        ),
    ],
)
def test_one_record_in_many_dresses(landing, name: str, content: bytes) -> None:
    landing.put(f"finance/invoices/{name}", content)
    landing.load()
    columns = "invoice_id, invoiced_at, amount, currency, _file, _delivery"
    assert landing.rejects() == []
    assert _invoices(landing, columns) == [
        ("i1", datetime(2026, 1, 5), Decimal("1.5"), None, f"finance/invoices/{name}", 1)
    ]


def test_compressed_files(landing) -> None:
    landing.put("finance/invoices/a.csv.gz", INVOICE + "i1,2026-01-05,1\n")
    landing.put("finance/invoices/b.jsonl.gz", '{"invoice_id": "i2", "invoiced_at": "2026-01-05", "amount": 2}\n')
    landing.load()
    assert _invoices(landing) == [("i1", 1.0), ("i2", 2.0)]


def test_line_ends_of_two_kinds(landing) -> None:
    landing.put(
        "finance/invoices/a.csv",
        b'invoice_id,invoiced_at,amount,note\r\ni1,2026-01-05,1,"a\r\nb"\ni2,2026-01-05,2,c\r\n',
    )
    landing.put("finance/invoices/b.csv", b"invoice_id,invoiced_at,amount\ni3,2026-01-05,3\r\ni4,2026-01-05,4\n")
    landing.load()
    assert _invoices(landing, "invoice_id, note") == [("i1", "a\r\nb"), ("i2", "c"), ("i3", None), ("i4", None)]


def test_quotes_separators_and_line_breaks_inside_a_field(landing) -> None:
    landing.put(
        "finance/invoices.csv", 'invoice_id,invoiced_at,amount,note\ni1,2026-01-05,1,"He said ""hi"",\nthen; left"\n'
    )
    landing.load()
    assert _invoices(landing, "note") == [('He said "hi",\nthen; left',)]


def test_lines_that_are_not_utf8_are_taken_as_windows_1252_and_counted(landing) -> None:
    lines = [
        b"invoice_id,invoiced_at,amount,note",
        "i1,2026-01-05,1,Zoë".encode(),
        "i2,2026-01-05,2,Zoë €".encode("cp1252"),
    ]
    landing.put("finance/invoices.csv", b"\n".join(lines) + b"\n")
    landing.load()
    assert _invoices(landing, "note") == [("Zoë",), ("Zoë €",)]
    assert landing.rows("select recoded_lines from audit.landed_files") == [(1,)]


def test_a_header_in_latin_1(landing) -> None:
    landing.put("finance/invoices.csv", "invoice_id,invoiced_at,amount,größe\ni1,2026-01-05,1,ü\n".encode("latin-1"))
    landing.load()
    assert _invoices(landing, '"größe"') == [("ü",)]


def test_json_lines_in_another_encoding(landing) -> None:
    landing.put(
        "finance/invoices.jsonl", '{"invoice_id": "ä", "invoiced_at": "2026-01-05", "amount": 1}\n'.encode("latin-1")
    )
    landing.load()
    assert _invoices(landing, "invoice_id") == [("ä",)]
    assert landing.rows("select recoded_lines from audit.landed_files") == [(1,)]


def test_rows_that_cannot_be_parsed_go_to_the_reject_table_with_their_physical_line(landing) -> None:
    landing.put(
        "finance/invoices.csv",
        "invoice_id,invoiced_at,amount,note\n"  # 1
        'i1,2026-01-05,1,"two\nlines"\n'  # 2, 3
        "i2,2026-01-05\n"  # 4
        "\n"  # 5
        "i3,2026-01-05,3,a,b\n"  # 6
        "i4,31.02.2026,4,c\n"  # 7
        'i5,2026-01-05,"1,0,0.00","d\ne"\n'  # 8, 9
        " ,2026-01-05,6,f\n"  # 10
        'i7,yesterday,none,"g"\n'  # 11
        "i8,2026-01-05,800,h\n" + "".join(f"j{n},2026-01-05,{n},h\n" for n in range(5)),  # 12
    )
    result = landing.load()["raw_finance.invoices"]
    assert _invoices(landing)[:2] == [("i1", 1.0), ("i8", 800.0)]
    assert result.rejected == 6
    assert result.files_read[0].rows == 7
    found = landing.rejects("line, column_name, reason")
    assert [(line, column) for line, column, _ in found] == [
        (4, None),
        (6, None),
        (7, "invoiced_at"),
        (8, "amount"),
        (10, "invoice_id"),
        (11, "invoiced_at"),
    ]
    reasons = [reason for _, _, reason in found]
    assert "too few fields" in reasons[0]
    assert "too many fields" in reasons[1]
    assert reasons[2] == "invoiced_at: '31.02.2026' is not a timestamp such as 2026-01-31T09:30:00Z"
    assert reasons[3] == "amount: '1,0,0.00' is not a plain number such as 1234.56"
    assert reasons[4] == "invoice_id: blank, but it identifies the record"
    assert "yesterday" in reasons[5]
    records = dict(landing.rejects("line, record"))
    assert records[4] == "i2,2026-01-05"
    assert records[8] == 'i5,2026-01-05,"1,0,0.00","d\ne"'


def test_an_unterminated_quote_is_a_reject(landing) -> None:
    landing.put("finance/invoices.csv", INVOICE + 'i1,2026-01-05,1\ni2,"2026-01-05,2\n')
    landing.load()
    assert _invoices(landing) == [("i1", 1.0)]
    ((line, _, reason),) = landing.rejects()
    assert line == 3
    assert reason.startswith("unterminated quote")


def test_rejects_of_json_lines_name_the_line(landing) -> None:
    good = '{"invoice_id": "i1", "invoiced_at": "2026-01-05", "amount": 1}\n'
    landing.put(
        "finance/invoices.jsonl",
        good
        + '{"invoice_id": "i2"\n\n3\n'
        + good.replace("i1", "i5").replace(": 1", ': "x"')
        + good.replace("i1", "i6")
        + good.replace("i1", "i7"),
    )
    landing.load()
    assert _invoices(landing) == [("i1", 1.0), ("i6", 1.0), ("i7", 1.0)]
    assert [(line, column) for line, column, _ in landing.rejects()] == [(2, None), (4, None), (5, "amount")]


def test_rejects_of_parquet_name_the_record(landing) -> None:
    landing.put_parquet(
        "finance/invoices.parquet",
        "select 'i' || n as invoice_id, current_date as invoiced_at, if(n = 2, 'x', '5') as amount from range(4) r(n)",
    )
    landing.load()
    assert [name for name, _ in _invoices(landing)] == ["i0", "i1", "i3"]
    assert landing.rejects("line, column_name") == [(3, "amount")]


def test_mended_file_replaces_its_earlier_rejects(landing) -> None:
    landing.put("finance/invoices.csv", INVOICE + "i1,never,1\ni2,2026-01-05,100\n")
    assert landing.load()["raw_finance.invoices"].rejected == 1
    landing.put("finance/invoices.csv", INVOICE + "i1,2026-01-05,1\ni2,2026-01-05,100\n")
    assert landing.load()["raw_finance.invoices"].rejected == 0
    assert landing.rejects() == []


def test_parquet_with_its_own_types(landing) -> None:
    landing.put_parquet(
        "salesforce/Opportunity.parquet",
        """
        select
            'O1' as "Id", 'A1' as account_id, 'Won' as "StageName", 12.5::double as "Amount",
            1 as "IsClosed", true as "IsWon",
            timestamp '2026-01-05 10:00:00' as "CloseDate", timestamptz '2026-01-05 10:00:00+02' as "CreatedDate",
            [1, 2] as "Tags", 7::integer as "Score"
        """,
    )
    landing.load("salesforce.Opportunity")
    columns = '"AccountId", "Amount", "IsClosed", "CloseDate", "CreatedDate", "Tags", "Score", _row'
    assert landing.rows(f"select {columns} from raw_salesforce.opportunity") == [
        ("A1", Decimal("12.5"), True, date(2026, 1, 5), datetime(2026, 1, 5, 8), [1, 2], 7, 1)
    ]


def test_unknown_columns_are_kept_and_may_come_later(landing) -> None:
    landing.put("finance/invoices/1.csv", "invoice_id,invoiced_at,amount,Region__c\ni1,2026-01-05,1,EU\n")
    landing.load()
    landing.put("finance/invoices/2.csv", "invoice_id,invoiced_at,amount,Segment\ni2,2026-01-05,2,SMB\n")
    landing.put("finance/invoices/3.csv", "invoice_id,invoiced_at,amount,region__c\ni3,2026-01-05,3,US\n")
    landing.load()
    assert _invoices(landing, 'invoice_id, "Region__c", "Segment"') == [
        ("i1", "EU", None),
        ("i2", None, "SMB"),
        ("i3", "US", None),
    ]


def test_an_unknown_column_whose_type_changes_becomes_text(landing) -> None:
    base = "'2026-01-05'::date as invoiced_at, 1 as amount"
    landing.put_parquet("finance/invoices/1.parquet", f"select 'i1' as invoice_id, {base}, 7::bigint as score")
    landing.load()
    landing.put_parquet("finance/invoices/2.parquet", f"select 'i2' as invoice_id, {base}, 'high' as score")
    landing.load()
    assert _invoices(landing, "invoice_id, score") == [("i1", "7"), ("i2", "high")]


def test_unnamed_columns_and_names_of_the_lineage(landing) -> None:
    landing.put("finance/invoices.csv", "invoice_id,invoiced_at,amount,_row,\ni1,2026-01-05,1,x,y\n")
    landing.load()
    assert _invoices(landing, "delivered_row, column_5, _row") == [("x", "y", 1)]


def test_names_and_values_with_quotes_and_semicolons_are_only_text(landing) -> None:
    evil = "x'; drop table raw_finance.invoices; --"
    header = 'invoice_id,invoiced_at,amount,"a""; drop table b; --"\n'
    landing.put(
        f"finance/invoices/{evil} [1]*?.csv",
        header + f'"{evil}",2026-01-05,100,"{evil}"\n' + f'"{evil}2","{evil}",1,\n',
    )
    landing.put(
        "finance/invoices/z.jsonl",
        '{"invoice_id": "j", "invoiced_at": "2026-01-05", "amount": 1, "we\'ird\\"~/k": "v"}\n',
    )
    landing.load()
    assert _invoices(landing, 'invoice_id, "a""; drop table b; --", "we\'ird""~/k"') == [
        ("j", None, "v"),
        (evil, evil, None),
    ]
    assert len(landing.rejects()) == 1


@pytest.mark.slow
def test_a_large_file_keeps_its_record_numbers(landing) -> None:
    lines = (f'i{n},2026-01-05,{n},"{"note" * 5}"\n' for n in range(1, 200_001))
    landing.put("finance/invoices.csv", "invoice_id,invoiced_at,amount,note\n" + "".join(lines) + "bad,x,1,\n")
    landing.load()
    assert landing.rows("select count(*), count(*) filter (_row = amount) from raw_finance.invoices") == [
        (200_000, 200_000)
    ]
    assert landing.rejects("line, record") == [(200_002, "bad,x,1,")]
