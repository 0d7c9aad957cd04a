"""What stops a load: each message names source, file and column, and nothing has been loaded before it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.landing import loader
from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import LandedFile

LEAD = "Id,Status,CreatedById,CreatedDate\n"
INVOICE = "invoice_id,invoiced_at,amount\n"


def _stops(load: Callable[[], object], *parts: str) -> None:
    with pytest.raises(LandingError) as error:
        load()
    message = str(error.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_a_landing_folder_without_any_known_file(landing) -> None:
    landing.put("readme.txt", "hello")
    _stops(landing.load, "holds no file that Throughline knows", "THROUGHLINE_LANDING_DIR")


def test_an_absent_required_object(landing) -> None:
    landing.put("salesforce/Lead.csv", LEAD)
    _stops(landing.load, "salesforce: required object User is absent", "salesforce/User.csv")


def test_every_problem_is_named_at_once(landing) -> None:
    landing.put("salesforce/Lead.csv", "Id\n")
    landing.put("finance/invoices.csv", "invoice_id\n")
    _stops(landing.load, "Lead.csv: required column", "invoices.csv: required column", "object Account is absent")


def test_an_absent_required_column(landing) -> None:
    landing.put("salesforce/Lead.csv", "Id,Status,CreatedDate\n")
    _stops(
        lambda: landing.load("salesforce.Lead"),
        "salesforce: salesforce/Lead.csv: required column CreatedById is absent",
        "CreatedById or created_by_id or createdbyid",
    )


def test_a_problem_in_one_source_keeps_every_other_from_loading(landing) -> None:
    landing.put("content/assets.csv", "asset_id,title\na,A\n")
    landing.put("finance/invoices.csv", "invoice_id,amount\ni,1\n")
    _stops(landing.load, "finance/invoices.csv", "invoiced_at")
    assert landing.rows("select count(*) from audit.landed_files") == [(0,)]


def test_a_file_of_zero_bytes(landing) -> None:
    landing.put("finance/invoices.csv", "")
    _stops(landing.load, "finance/invoices.csv: is empty (0 bytes)")


def test_a_column_that_is_there_twice(landing) -> None:
    landing.put("finance/invoices.csv", "invoice_id,Invoice_ID,invoiced_at,amount\n")
    _stops(landing.load, "column invoice_id is there twice, as 'invoice_id' and 'Invoice_ID'")


def test_an_unknown_column_that_is_there_twice(landing) -> None:
    landing.put("finance/invoices.csv", "invoice_id,invoiced_at,amount,note,Note\n")
    _stops(landing.load, "column 'Note' is there twice")


@pytest.mark.parametrize("cut", [8, 60, -1])
def test_a_truncated_gzip_file(landing, cut: int) -> None:
    landing.put("finance/invoices.csv", INVOICE + "i1,2026-01-01,1\n")
    landing.load("finance.invoices")
    lines = "".join(f"i{n},2026-01-01,{n}.00\n" for n in range(500))
    landing.put("finance/invoices.csv.gz", gzip.compress((INVOICE + lines).encode())[:cut])
    _stops(lambda: landing.load("finance.invoices"), "finance/invoices.csv.gz", "truncated", "deliver it again")
    assert landing.rows("select count(*) from raw_finance.invoices") == [(1,)]


def test_a_gzip_name_without_gzip_content(landing) -> None:
    landing.put("finance/invoices.csv.gz", INVOICE.encode())
    _stops(landing.load, "finance/invoices.csv.gz", "damaged or truncated gzip")


def test_a_truncated_parquet_file(landing) -> None:
    path = landing.put_parquet(
        "finance/invoices.parquet", "select 'i1' as invoice_id, now() as invoiced_at, 1 as amount"
    )
    path.write_bytes(path.read_bytes()[:-20])
    _stops(landing.load, "finance/invoices.parquet: can't be read as Parquet")


def test_a_spreadsheet_under_a_csv_name(landing) -> None:
    landing.put("finance/invoices.csv", b"PK\x03\x04\x00\x00\x08\x00rubbish\n")
    _stops(landing.load, "finance/invoices.csv: can't be read as CSV")


def test_a_json_array_under_a_json_lines_name(landing) -> None:
    landing.put("finance/invoices.jsonl", '[\n"a"\n]\n')
    _stops(landing.load, "finance/invoices.jsonl: can't be read as JSON Lines", "one JSON object per line")


def test_json_lines_whose_records_all_lack_a_required_column(landing) -> None:
    landing.put("finance/invoices.jsonl", '{"invoice_id": "i1", "amount": 1}\n')
    _stops(landing.load, "required column invoiced_at is absent")


def test_a_link_that_leads_nowhere(landing) -> None:
    (landing.folder / "finance").mkdir()
    (landing.folder / "finance/invoices.csv").symlink_to(landing.folder / "gone.csv")
    _stops(landing.load, "finance/invoices.csv: can't be read, the link leads nowhere")


def test_a_snapshot_setting_that_names_no_object(landing) -> None:
    landing.put("finance/invoices.csv", INVOICE)
    _stops(lambda: landing.load(snapshot_objects=["finance.bills"]), "snapshot_objects names 'finance.bills'")


def test_a_file_that_changes_while_it_is_read(landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.put("finance/invoices.csv", INVOICE + "i1,2026-01-01,1\n")
    monkeypatch.setattr(loader, "unchanged_on_disk", lambda _: False)
    _stops(landing.load, "finance/invoices.csv: changed while it was read")
    assert landing.rows("select count(*) from raw_finance.invoices") == [(0,)]


def test_a_crash_in_the_middle_leaves_the_object_as_before(landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.put("finance/invoices.csv", INVOICE + "i1,2026-01-01,1\n")
    landing.load("finance.invoices")
    landing.put("finance/invoices/2.csv", "invoice_id,invoiced_at,amount,new\ni2,2026-01-01,x,n\ni1,2026-01-02,5,n\n")

    def crash(file: LandedFile) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loader, "unchanged_on_disk", crash)
        with pytest.raises(KeyboardInterrupt):
            landing.load("finance.invoices")
    columns = [name for name, *_ in landing.rows("describe raw_finance.invoices")]
    assert "new" not in columns
    assert landing.rows("select invoice_id, amount::integer from raw_finance.invoices") == [("i1", 1)]
    assert landing.rejects() == []
    assert landing.load("finance.invoices")["raw_finance.invoices"].rejected == 1


def test_what_stopped_can_be_mended_and_loaded(landing, tmp_path: Path) -> None:
    landing.put("finance/invoices.csv", "invoice_id\ni1\n")
    _stops(landing.load, "required column")
    landing.put("finance/invoices.csv", INVOICE + "i1,2026-01-01,1\n")
    assert landing.load()["raw_finance.invoices"].rows == 1
