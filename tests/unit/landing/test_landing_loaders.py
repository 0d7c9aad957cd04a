"""What loaders leave beside the records: marks of their own, housekeeping files, odd bytes, instants in Unix time."""

from __future__ import annotations

import gzip

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import find_files

TITLES = "select asset_id, title from raw_content.assets order by 1"

# When the loader read a row: an earlier instant and a later one, as each loader writes it.
CLOCKS = [
    ("_fivetran_synced", "2026-01-05 10:00:00", "2026-01-06 10:00:00"),
    ("_airbyte_extracted_at", "2026-01-05T10:00:00Z", "2026-01-05T10:00:01Z"),
    ("_airbyte_emitted_at", "1767607200000", "1767607200001"),
    ("_dlt_load_id", "1767607200.8185475", "1767607201.1"),
    ("_sdc_sequence", "1767607200000", "1767607260000"),
    ("_sdc_batched_at", "2026-01-05T10:00:00.000000Z", "2026-01-05T10:00:00.000001Z"),
]


@pytest.mark.parametrize(("mark", "earlier", "later"), CLOCKS)
def test_of_two_versions_in_one_file_the_one_that_the_loader_read_last_counts(landing, mark, earlier, later) -> None:
    landing.put("content/assets.csv", f"asset_id,title,{mark}\n1,new,{later}\n1,old,{earlier}\n2,b,{earlier}\n")
    landing.load("content.assets")
    assert landing.rows(TITLES) == [("1", "new"), ("2", "b")]
    assert [reject[2] for reject in landing.rejects()] == [
        "duplicate id 1: another version of the record in this file was kept"
    ]


@pytest.mark.parametrize(("mark", "earlier", "later"), CLOCKS)
def test_an_older_reading_delivered_later_changes_nothing(landing, mark, earlier, later) -> None:
    landing.put("content/assets/1.csv", f"asset_id,title,{mark}\n1,new,{later}\n2,old,{earlier}\n")
    landing.load("content.assets")
    landing.put("content/assets/2.csv", f"asset_id,title,{mark}\n1,old,{earlier}\n2,new,{later}\n")
    landing.load("content.assets")
    assert landing.rows(TITLES) == [("1", "new"), ("2", "new")]


def test_the_records_own_stamp_counts_before_the_loaders(landing) -> None:
    landing.put(
        "salesforce/Campaign.csv",
        "Id,Name,SystemModstamp,_fivetran_synced\nC1,new,2026-01-05,2026-01-05\nC1,old,2026-01-04,2026-01-06\n",
    )
    landing.load("salesforce.Campaign")
    assert landing.rows('select "Name" from raw_salesforce.campaign') == [("new",)]


def test_versions_of_which_one_names_no_reading_go_by_delivery(landing) -> None:
    landing.put("content/assets/1.csv", "asset_id,title,_fivetran_synced\n1,first,2026-01-09\n")
    landing.put("content/assets/2.csv", "asset_id,title\n1,second\n")
    landing.load("content.assets")
    assert landing.rows(TITLES) == [("1", "second")]


@pytest.mark.parametrize("mark", ["_dlt_id", "_airbyte_raw_id", "_airbyte_generation_id", "_sdc_batched_at"])
def test_a_row_that_was_read_twice_is_no_reject(landing, mark: str) -> None:
    landing.put("content/assets.csv", f"asset_id,title,{mark}\n1,a,2026-01-05\n1,a,2026-01-06\n")
    (result,) = landing.load("content.assets").values()
    assert (result.rows, result.rejected, landing.rejects()) == (1, 0, [])
    assert landing.rows("select exact_duplicates from audit.landed_files") == [(1,)]


def test_a_later_reading_decides_between_two_amounts(landing) -> None:
    landing.put(
        "finance/invoices.csv",
        "invoice_id,amount,currency,invoiced_at,_fivetran_synced\n"
        "1,5,USD,2026-01-01,2026-01-02\n1,6,USD,2026-01-01,2026-01-03\n",
    )
    landing.load("finance.invoices")
    assert landing.rows("select amount::int from raw_finance.invoices") == [(6,)]


def test_two_amounts_read_within_a_minute_may_be_lines_and_are_asked_for(landing) -> None:
    landing.put(
        "finance/invoices.csv",
        "invoice_id,amount,currency,invoiced_at,_airbyte_extracted_at\n"
        "1,5,USD,2026-01-01,2026-01-02T10:00:00.001Z\n1,6,USD,2026-01-01,2026-01-02T10:00:00.002Z\n",
    )
    with pytest.raises(LandingError, match="parts to be added"):
        landing.load("finance.invoices")


@pytest.mark.parametrize(
    ("column", "marked", "unmarked"),
    [
        ("archivedAt", "2026-01-05T00:00:00Z", ""),
        ("archived_at", "2026-01-05T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("_sdc_deleted_at", "2026-01-05", "0001-01-01T00:00:00Z"),
        ("isDeleted", "true", "false"),
        ("_dlt_deleted_at", "2026-01-05", "null"),
    ],
)
def test_deletion_marks_and_what_programs_write_for_none(landing, column: str, marked: str, unmarked: str) -> None:
    landing.put("content/assets.csv", f"asset_id,title,{column}\n1,a,{marked}\n2,b,{unmarked}\n")
    landing.load("content.assets")
    assert landing.rows("select asset_id, _deleted_by_loader from raw_content.assets order by 1") == [
        ("1", True),
        ("2", False),
    ]


def test_dlts_housekeeping_is_no_object_and_no_warning(landing) -> None:
    landing.put("content/init", "")
    landing.put("content/_dlt_loads/init", "")
    landing.put("content/_dlt_loads/x.jsonl", "{}")
    landing.put("content/_dlt_pipeline_state/x.jsonl", "{}")
    landing.put("content/_dlt_version/x.jsonl", "{}")
    landing.put("content/assets/init", "")
    landing.put("content/assets/1795678811.8185475.f2ee37a0ed.jsonl", '{"asset_id": "1", "title": "a"}\n')
    found = find_files(landing.folder)
    assert [file.name for file in found.files] == ["content/assets/1795678811.8185475.f2ee37a0ed.jsonl"]
    assert found.unrecognised == ()


def test_a_compressed_file_that_doesnt_say_so_is_read(landing) -> None:
    landing.put("content/assets/1.jsonl", gzip.compress(b'{"asset_id": "1", "title": "a"}\n'))
    landing.put("content/assets/2.csv", gzip.compress(b"asset_id,title\n2,b\n"))
    landing.load("content.assets")
    assert landing.rows(TITLES) == [("1", "a"), ("2", "b")]


@pytest.mark.parametrize(
    "content",
    [b"asset_id,title\n1,a\0b\n2,\0\n", b'asset_id,title\n1,"a\0b"\n2,""\n', b'asset_id,title\n1,"a\0"b\n1,a\0b\n2,\n'],
)
def test_nul_bytes_in_a_text_file_are_left_out_and_told_once(landing, content: bytes) -> None:
    landing.put("content/assets.csv", content)
    landing.load("content.assets")
    assert landing.rows(TITLES) == [("1", "ab"), ("2", None)]
    (told,) = landing.rows("select column_name, treatment, cells from audit.landed_values")
    assert told == ("all columns", "NUL bytes are left out", content.count(b"\0"))


@pytest.mark.parametrize("name", ["content/assets.csv", "content/assets.jsonl"])
def test_a_hole_in_a_file_stops_the_load(landing, name: str) -> None:
    good = b"asset_id,title\n1,a\n" if name.endswith("csv") else b'{"asset_id": "1", "title": "a"}\n'
    landing.put(name, good + good[-5:] + b"\0" * 4096 + good[:5] + b"\n")
    with pytest.raises(LandingError, match=r"holds a row of NUL bytes, as a write that was cut off leaves them"):
        landing.load("content.assets")


def test_a_line_of_nul_bytes_alone_is_a_reject(landing) -> None:
    rows = "".join(f'{{"asset_id": "{n}", "title": "a"}}\n' for n in range(1, 9))
    landing.put("content/assets.jsonl", f"{rows}\0\0\n".encode())
    landing.load("content.assets")
    assert [line for line, _, _ in landing.rejects()] == [9]


def test_nul_bytes_in_json_and_parquet_are_left_out(landing) -> None:
    landing.put("content/assets/1.jsonl", b'{"asset_id": "1", "title": "a\\u0000b"}\n')
    landing.put_parquet("content/assets/2.parquet", "select '2' as asset_id, 'c' || chr(0) as title")
    landing.load("content.assets")
    assert landing.rows(TITLES) == [("1", "ab"), ("2", "c")]
    assert landing.rows("select column_name, treatment, cells from audit.landed_values order by file") == [
        ("title", "NUL bytes are left out", 1),
        ("title", "NUL bytes are left out", 1),
    ]


# One instant, as every API writes it.
INSTANT = [
    "2026-01-05T10:00:00Z",
    "2026-01-05 11:00:00+01:00",
    "1767607200",
    "1767607200.000",
    "1767607200000",
    "1767607200000000",
    "1767607200000000000",
]


def test_instants_in_unix_time_and_iso_timestamps_in_one_column(landing) -> None:
    rows = "".join(f"{n},a,{text}\n" for n, text in enumerate(INSTANT, start=1))
    landing.put("content/assets.csv", f"asset_id,title,published_at\n{rows}")
    landing.load("content.assets")
    assert landing.rows("select published_at::varchar, count(*) from raw_content.assets group by 1") == [
        ("2026-01-05 10:00:00", len(INSTANT))
    ]
    assert landing.rejects() == []


@pytest.mark.parametrize(
    "text",
    [
        "123456789",  # 1973
        "2034022013",  # 13:00 on 2034-02-20, or 2034-06-15
        "99999999999",  # seconds of 5138, milliseconds of 1973
        "4102444800000",  # 2100
        "45123",  # a spreadsheet's day
    ],
)
def test_a_number_whose_size_tells_no_instant_is_a_reject(landing, text: str) -> None:
    landing.put("content/assets.csv", f"asset_id,title,published_at\n1,a,{text}\n2,b,1767607200000\n")
    landing.load("content.assets")
    assert landing.rows("select published_at is null from raw_content.assets order by asset_id") == [(True,), (False,)]
    assert [(line, name) for line, name, _ in landing.rejects()] == [(2, "published_at")]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("1767571200000", "bigint"),
        ("1767571200", "integer"),
        ("1767571200000", "double"),
        ("1767571200000000", "bigint"),
        ("20260105", "integer"),
    ],
)
def test_numbers_of_parquet_are_instants_and_days(landing, expression: str, kind: str) -> None:
    landing.put_parquet(
        "planning/brand_activities.parquet",
        f"select 'B1' as activity_id, 'x' as name, cast({expression} as {kind}) as start_date",
    )
    landing.load("planning.brand_activities")
    assert landing.rows("select start_date::varchar from raw_planning.brand_activities") == [("2026-01-05",)]
    if kind != "integer" or expression.startswith("17"):
        landing.put_parquet(
            "content/assets.parquet", f"select '1' as asset_id, 'x' as title, cast({expression} as {kind}) published_at"
        )
        landing.load("content.assets")
        assert landing.rows("select published_at::varchar from raw_content.assets") == [("2026-01-05 00:00:00",)]
