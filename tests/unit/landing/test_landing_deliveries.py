"""Deliveries over time: what supersedes what, what is read again, snapshots, full refreshes."""

from __future__ import annotations

import os
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.landing import loader
from dagster_project.landing.catalog import catalog
from dagster_project.landing.errors import LandingError
from tests.profiles import examples
from tests.unit.landing.conftest import FIRST_NIGHT, Landing

INVOICE = "invoice_id,invoiced_at,amount\n"
CAMPAIGN = "Id,Name,SystemModstamp\n"


def _invoice(number: str, amount: str) -> str:
    return f"{number},2026-01-05,{amount}\n"


def _invoices(landing: Landing) -> list[tuple]:
    return landing.rows("select invoice_id, amount::integer from raw_finance.invoices order by all")


def _campaigns(landing: Landing) -> list[tuple]:
    return landing.rows('select "Id", "Name" from raw_salesforce.campaign order by all')


def _load_invoices(landing: Landing, **options) -> loader.LoadResult:
    return landing.load("finance.invoices", **options)["raw_finance.invoices"]


def test_a_folders_later_part_supersedes_the_earlier(landing: Landing) -> None:
    landing.put("finance/invoices/part_9.csv", INVOICE + _invoice("i1", "9") + _invoice("i2", "9"))
    landing.put("finance/invoices/part_10.csv", INVOICE + _invoice("i1", "10"))
    result = _load_invoices(landing)
    assert _invoices(landing) == [("i1", 10), ("i2", 9)]
    assert (result.rows, result.new_rows, result.files, result.rejected) == (2, 2, 2, 0)


def test_a_later_delivery_supersedes_and_adds(landing: Landing) -> None:
    landing.put("finance/invoices/2.csv", INVOICE + _invoice("i1", "1") + _invoice("i2", "1"))
    _load_invoices(landing)
    landing.put("finance/invoices/1.csv", INVOICE + _invoice("i2", "5") + _invoice("i3", "5"))
    result = _load_invoices(landing)
    assert _invoices(landing) == [("i1", 1), ("i2", 5), ("i3", 5)]
    assert (result.rows, result.new_rows) == (3, 1)
    assert landing.rejects() == []


def test_with_stamps_an_older_version_delivered_later_changes_nothing(landing: Landing) -> None:
    landing.put("salesforce/Campaign/1.csv", CAMPAIGN + "C1,new,2026-02-01T00:00:00Z\nC2,old,2026-01-01T00:00:00Z\n")
    landing.load("salesforce.Campaign")
    landing.put("salesforce/Campaign/2.csv", CAMPAIGN + "C1,old,2026-01-01T00:00:00Z\nC2,new,2026-02-01T00:00:00Z\n")
    landing.load("salesforce.Campaign")
    assert _campaigns(landing) == [("C1", "new"), ("C2", "new")]


def test_versions_of_which_one_has_no_stamp_go_by_delivery(landing: Landing) -> None:
    landing.put("salesforce/Campaign/1.csv", CAMPAIGN + "C1,first,2026-02-01T00:00:00Z\n")
    landing.put("salesforce/Campaign/2.csv", "Id,Name\nC1,second\n")
    landing.load("salesforce.Campaign")
    assert _campaigns(landing) == [("C1", "second")]


def test_last_modified_date_stands_in_for_a_missing_system_stamp(landing: Landing) -> None:
    landing.put("salesforce/Campaign/1.csv", "Id,Name,LastModifiedDate\nC1,new,2026-02-01\n")
    landing.put("salesforce/Campaign/2.csv", "Id,Name,LastModifiedDate\nC1,old,2026-01-01\n")
    landing.load("salesforce.Campaign")
    assert _campaigns(landing) == [("C1", "new")]


def test_an_id_twice_in_one_file_keeps_the_later_stamp_and_lists_the_other(landing: Landing) -> None:
    landing.put(
        "salesforce/Campaign.csv", CAMPAIGN + 'C1,"new\nline",2026-02-01\nC1,old,2026-01-01\nC2,same,\nC2,same,\n'
    )
    result = landing.load("salesforce.Campaign")["raw_salesforce.campaign"]
    assert _campaigns(landing) == [("C1", "new\nline"), ("C2", "same")]
    assert landing.rejects("line, record") == [(4, "C1,old,2026-01-01")]
    ((_, column, reason),) = landing.rejects()
    assert column == "Id"
    assert reason.startswith("duplicate id C1")
    assert (result.rejected, result.duplicates, result.files_read[0].exact_duplicates) == (0, 1, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("finance/invoices.csv", INVOICE + _invoice("i1", "5") + _invoice("i1", "7")),
        (
            "planning/brand_activities.csv",
            "activity_id,name,start_date,cost\nb,Fair,2026-01-05,5\nb,Fair,2026-01-05,7\n",
        ),
        (
            "salesforce/DatedConversionRate.csv",
            "Id,IsoCode,ConversionRate,StartDate,SystemModstamp\n"
            "r,EUR,0.9,2026-01-01,2026-01-01\nr,EUR,0.8,2026-01-01,2026-01-01\n",
        ),
    ],
)
def test_rows_of_one_record_that_differ_in_money_and_in_no_stamp_stop_the_load(
    landing: Landing, name: str, content: str
) -> None:
    landing.put(name, content)
    with pytest.raises(LandingError, match=r"nothing tells whether they are parts"):
        landing.load(name.removesuffix(".csv").replace("/", "."))


def test_a_later_stamp_decides_between_two_amounts_in_one_file(landing: Landing) -> None:
    header = "Id,IsoCode,ConversionRate,StartDate,SystemModstamp\n"
    rows = "r,EUR,0.9,2026-01-01,2026-01-02\nr,EUR,0.8,2026-01-01,2026-01-01\n"
    landing.put("salesforce/DatedConversionRate.csv", header + rows)
    landing.load("salesforce.DatedConversionRate")
    assert landing.rows('select "ConversionRate"::double from raw_salesforce.dated_conversion_rate') == [(0.9,)]


def test_short_and_long_salesforce_ids_are_one_record(landing: Landing) -> None:
    landing.put("salesforce/Campaign/1.csv", "Id,Name\n001D000000IqhSL,short\n001d000000iqhsl,another\n")
    landing.put("salesforce/Campaign/2.csv", "Id,Name\n001D000000IqhSLIAZ,long\n")
    landing.load("salesforce.Campaign")
    assert _campaigns(landing) == [("001D000000IqhSLIAZ", "long"), ("001d000000iqhsl", "another")]


def test_fifteen_characters_mean_nothing_outside_salesforce(landing: Landing) -> None:
    landing.put(
        "finance/invoices.csv", INVOICE + _invoice("001D000000IqhSL", "1") + _invoice("001D000000IqhSLIAZ", "2")
    )
    assert _load_invoices(landing).rows == 2


def test_a_key_of_several_columns_may_hold_blanks(landing: Landing) -> None:
    header = "metric,period_start,period_end,owner_email,target\n"
    period = "mqls,2026-01-01,2026-01-31"
    landing.put("planning/targets/1.csv", header + f"{period},,1\n{period},a@x.example,2\n")
    landing.put("planning/targets/2.csv", header + f"{period},,3\n")
    landing.load("planning.targets")
    targets = landing.rows("select owner_email, target::integer from raw_planning.targets order by target")
    assert targets == [("a@x.example", 2), (None, 3)]


def test_an_unchanged_file_is_not_read_again(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    path = landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1"))
    _load_invoices(landing)
    before = landing.rows("select * from raw_finance.invoices")
    with monkeypatch.context() as patch:
        patch.setattr(loader, "content_hash", lambda file: pytest.fail(f"{file.name} was read"))
        assert _load_invoices(landing).files_read == ()
    os.utime(path, ns=(5, 5))  # another time, the same content
    assert _load_invoices(landing).files_read == ()
    assert landing.rows("select mtime_ns from audit.landed_files") == [(5,)]
    assert landing.rows("select * from raw_finance.invoices") == before
    path.write_text(INVOICE + _invoice("i1", "2"))
    os.utime(path, ns=(5, 6))
    assert [file.name for file in _load_invoices(landing).files_read] == ["finance/invoices.csv"]
    assert _invoices(landing) == [("i1", 2)]
    monkeypatch.setattr(loader, "LOADER_VERSION", 99)
    assert len(_load_invoices(landing).files_read) == 1


def test_a_vanished_file_deletes_nothing(landing: Landing) -> None:
    path = landing.put("segment/pages.csv", "id,anonymous_id,timestamp,url\np,a,2026-01-01,/\n")
    landing.put("finance/invoices.csv", INVOICE)
    landing.load()
    path.unlink()
    assert landing.load()["raw_segment.pages"].rows == 1


def test_a_full_refresh_rebuilds_raw_from_the_folder(landing: Landing) -> None:
    gone = landing.put(
        "finance/invoices/1.csv", "invoice_id,invoiced_at,amount,extra\ni1,2026-01-05,1,x\ni2,never,0.01,x\n"
    )
    landing.put("finance/invoices/2.csv", INVOICE + _invoice("i3", "3"))
    _load_invoices(landing)
    gone.unlink()
    result = _load_invoices(landing, full_refresh=True)
    assert _invoices(landing) == [("i3", 3)]
    assert (len(result.files_read), result.rejected, landing.rejects()) == (1, 0, [])
    assert "extra" not in [name for name, *_ in landing.rows("describe raw_finance.invoices")]


def test_a_snapshot_marks_what_the_newest_delivery_lacks(landing: Landing) -> None:
    deleted = "select invoice_id, _deleted_at is not null from raw_finance.invoices order by all"
    snapshot = {"snapshot_objects": ["finance.Invoices"]}
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1") + _invoice("i2", "1"))
    _load_invoices(landing, **snapshot)
    assert landing.rows(deleted) == [("i1", False), ("i2", False)]
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1"))
    _load_invoices(landing, **snapshot)
    assert landing.rows(deleted) == [("i1", False), ("i2", True)]
    _load_invoices(landing, **snapshot)  # nothing new: the mark stays
    assert landing.rows(deleted) == [("i1", False), ("i2", True)]
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "bad") + _invoice("i2", "2"))
    _load_invoices(landing, **snapshot)  # i2 is back; i1 was delivered, though its row is rejected
    assert landing.rows(deleted) == [("i1", False), ("i2", False)]


def test_a_snapshot_in_parts_is_one_delivery(landing: Landing) -> None:
    deleted = "select invoice_id from raw_finance.invoices where _deleted_at is not null order by all"
    landing.put("finance/invoices/d1_part1.csv", INVOICE + _invoice("i1", "1") + _invoice("i2", "1"))
    landing.put("finance/invoices/d1_part2.csv", INVOICE + _invoice("i3", "1"))
    _load_invoices(landing, snapshot_objects=["finance.invoices"])
    assert landing.rows(deleted) == []
    landing.put("finance/invoices/d1_part2.csv", INVOICE + _invoice("i4", "1"))
    _load_invoices(landing, snapshot_objects=["finance.invoices"])
    assert landing.rows(deleted) == [("i3",)]


def test_an_unreadable_record_in_a_snapshot_marks_nothing_deleted(landing: Landing) -> None:
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1") + _invoice("i2", "1"))
    _load_invoices(landing, snapshot_objects=["finance.invoices"])
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1") + "i2,2026-01-05\n")
    _load_invoices(landing, snapshot_objects=["finance.invoices"])
    assert landing.rows("select count(*) from raw_finance.invoices where _deleted_at is not null") == [(0,)]
    assert "nothing is marked deleted" in landing.warnings[-1]


def test_sample_data_never_mixes_with_a_companys(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.put("finance/invoices.csv", INVOICE + _invoice("demo", "1") + "x\n")
    monkeypatch.setattr(loader, "SAMPLE_LANDING_DIR", landing.folder)
    landing.load()
    company = Landing(landing.folder.parent / "company")
    company.put("content/assets.csv", "asset_id,title\na,A\n")
    warnings: list[str] = []
    loader.load_objects(landing.connection, catalog().objects, company.folder, FIRST_NIGHT, log=warnings.append)
    assert _invoices(landing) == []
    assert landing.rejects() == []
    assert landing.rows("select count(*) from raw_content.assets") == [(1,)]
    assert "raw is rebuilt from scratch" in warnings[0]
    company.connection.close()


def test_another_company_folder_keeps_what_was_landed(landing: Landing) -> None:
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1"))
    _load_invoices(landing)
    (landing.folder / "finance").rename(landing.folder.parent / "finance")
    landing.folder = landing.folder.parent
    landing.put("finance/invoices.csv", INVOICE + _invoice("i2", "2"))
    _load_invoices(landing)
    assert _invoices(landing) == [("i1", 1), ("i2", 2)]


def test_a_column_that_joins_the_catalog_gets_its_type(landing: Landing) -> None:
    landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1"))
    landing.connection.execute("create schema raw_finance")
    landing.connection.execute(
        "create table raw_finance.invoices (invoice_id varchar, amount varchar, "
        "_file varchar, _row bigint, _loaded_at timestamp, _delivery bigint, _deleted_at timestamp)"
    )
    landing.connection.execute("insert into raw_finance.invoices values ('i0', '7.5', 'f', 1, null, 0, null)")
    _load_invoices(landing)
    assert landing.rows(
        "select invoice_id, amount::double, invoiced_at is null from raw_finance.invoices order by all"
    ) == [
        ("i0", 7.5, True),
        ("i1", 1.0, False),
    ]


def test_the_result_tells_what_happened(landing: Landing) -> None:
    landing.put("finance/invoices.csv", INVOICE + "i1,2026-03-04 05:06:07,1\ni2,2026-01-01,x\n")
    landing.put("finance/old.tar", "x")
    result = _load_invoices(landing)
    assert (result.rows, result.new_rows, result.rejected, result.files) == (1, 1, 1, 1)
    assert str(result.newest_record) == "2026-03-04 05:06:07"
    assert result.unrecognised == (
        "finance/old.tar: unknown kind of file; expected .csv, .csv.gz, .parquet, .jsonl, .jsonl.gz, or a .zip of them",
    )
    assert result.files_read[0].bytes == result.bytes


_records = st.lists(
    st.tuples(
        st.sampled_from(["C1", "C2", "C3"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["2026-01-01", "2026-01-02", ""]),
    ),
    max_size=8,
)


@given(records=_records, seed=st.integers(0, 5))
def test_the_order_of_rows_in_a_file_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, records, seed: int
) -> None:
    lines = [",".join(record) + "\n" for record in records]
    shuffled = random.Random(seed).sample(lines, len(lines))
    loaded = []
    for order in (lines, shuffled):
        landing = Landing(tmp_path_factory.mktemp("landing"))
        landing.put("salesforce/Campaign.csv", CAMPAIGN + "".join(order))
        landing.load("salesforce.Campaign")
        columns = '"Id", "Name", "SystemModstamp"'
        kept = landing.rows(f"select {columns} from raw_salesforce.campaign order by all")
        loaded.append((kept, landing.rows("select column_name, reason, record from audit.rejected_rows order by all")))
        landing.connection.close()
    assert loaded[0] == loaded[1]
    # Each id is there once, and no distinct record is lost without a trace.
    names = [record[0] for record in loaded[0][0]]
    complete = {record for record in records if record[1]}
    assert len(names) == len(set(names))
    assert len(loaded[0][0]) + len(loaded[0][1]) >= len(complete)


_stamped_rows = st.lists(
    st.tuples(
        st.sampled_from(["1.csv", "2.csv", "10.csv", "b.csv"]),
        st.sampled_from(["C1", "C2"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["2026-01-01", "2026-01-02"]),
    ),
    min_size=1,
    max_size=8,
)


@examples(15)
@given(rows=_stamped_rows, order=st.permutations(["1.csv", "2.csv", "10.csv", "b.csv"]), nights=st.integers(1, 4))
def test_the_order_of_nights_changes_no_winner_among_stamped_versions(
    tmp_path_factory: pytest.TempPathFactory, rows, order: list[str], nights: int
) -> None:
    files: dict[str, str] = {}
    for file, *record in rows:
        files[file] = files.get(file, CAMPAIGN) + ",".join(record) + "\n"
    landed = [name for name in order if name in files]
    kept = []
    for plan in ([sorted(files)], [landed[start::nights] for start in range(nights)]):
        landing = Landing(tmp_path_factory.mktemp("landing"))
        for night in plan:
            for name in night:
                landing.put(f"salesforce/Campaign/{name}", files[name])
            landing.load("salesforce.Campaign") if night else None
        kept.append(
            landing.rows('select "Id", "Name", "SystemModstamp", _file from raw_salesforce.campaign order by all')
        )
        landing.connection.close()
    assert kept[0] == kept[1]


def test_a_mended_file_with_equal_stamps_replaces_what_it_held_before(landing: Landing) -> None:
    landing.put("salesforce/Campaign.csv", CAMPAIGN + "C1,Zo?,2026-01-01\nC2,z,2026-01-01\n")
    landing.load("salesforce.Campaign")
    landing.put("salesforce/Campaign.csv", CAMPAIGN + "C1,Zoe,2026-01-01\nC2,a,2026-01-01\n")
    landing.load("salesforce.Campaign")
    assert _campaigns(landing) == [("C1", "Zoe"), ("C2", "a")]


def _deleted(landing: Landing) -> int:
    return landing.rows("select count(*) from raw_finance.invoices where _deleted_at is not null")[0][0]


@pytest.mark.parametrize("kept", [0, 3, 79])
def test_a_far_smaller_snapshot_deletes_nothing_until_it_is_confirmed(landing: Landing, kept: int) -> None:
    landing.put("finance/invoices.csv", INVOICE + "".join(_invoice(f"i{n}", "1") for n in range(100)))
    _load_invoices(landing, snapshot_objects=["finance.invoices"])
    landing.put("finance/invoices.csv", INVOICE + "".join(_invoice(f"i{n}", "1") for n in range(kept)))
    _load_invoices(landing, snapshot_objects=["finance.invoices"])
    assert _deleted(landing) == 0
    assert f"lacks {100 - kept} of 100 records" in landing.warnings[-1]
    (name,) = re.findall(r"finance\.invoices@[0-9a-f]{12}", landing.warnings[-1])
    _load_invoices(landing, snapshot_objects=["finance.invoices"])  # said again, as long as it waits
    assert name in landing.warnings[-1]
    assert len(landing.warnings) == 2
    assert landing.rows("select missing_records from audit.landed_files") == [(100 - kept,)]
    _load_invoices(landing, snapshot_objects=["finance.invoices"], confirmed_deliveries=[name])
    assert _deleted(landing) == 100 - kept
    assert landing.rows("select missing_records from audit.landed_files") == [(0,)]


def test_a_rewritten_file_is_noticed_at_equal_size_and_time(landing: Landing) -> None:
    path = landing.put("finance/invoices.csv", INVOICE + _invoice("i1", "1"))
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    _load_invoices(landing)
    path.write_text(INVOICE + _invoice("i1", "2"))
    os.utime(path, ns=times)
    assert len(_load_invoices(landing).files_read) == 1
    other = landing.put("elsewhere.csv", INVOICE + _invoice("i1", "3"))  # put in its place by a rename
    os.utime(other, ns=times)
    other.rename(path)
    assert len(_load_invoices(landing).files_read) == 1
    assert _invoices(landing) == [("i1", 3)]


def _stopped(landing: Landing, content: str, **options) -> str:
    landing.put("finance/invoices/new.csv", content)
    with pytest.raises(LandingError) as error:
        _load_invoices(landing, **options)
    return str(error.value)


def test_each_delivery_is_judged_by_itself_not_over_all_history(landing: Landing) -> None:
    landing.put("finance/invoices/old.csv", INVOICE + "".join(_invoice(f"i{n}", "1") for n in range(5000)))
    _load_invoices(landing)
    rows = "".join(f"j{n},0{n % 9 + 1}/13/26,1\n" if n < 12 else _invoice(f"j{n}", "9") for n in range(200))
    message = _stopped(landing, INVOICE + rows)
    for part in ("finance/invoices/new.csv: 12 of its 200 rows", "invoiced_at: 12 rows, as in line 2", "01/13/26"):
        assert part in message
    assert landing.rows("select count(*) from raw_finance.invoices") == [(5000,)]
    (name,) = re.findall(r"finance\.invoices@[0-9a-f]{12}", message)
    _load_invoices(landing, confirmed_deliveries=[name])
    assert landing.rows("select count(*) from raw_finance.invoices") == [(5188,)]
    assert landing.rows(
        "select rows, rejected, delivered, is_confirmed from audit.landed_files where rejected > 0"
    ) == [(188, 12, 200, True)]


def test_a_small_file_of_which_nothing_or_little_is_read_stops_the_night(landing: Landing) -> None:
    assert "none of its 1 rows can be read" in _stopped(landing, INVOICE + "i1,never,1\n")
    assert "2 of its 3 rows" in _stopped(landing, INVOICE + "i1,never,1\ni2,2026-01-01\ni3,2026-01-01,5\n")


def test_rejected_money_counts_by_its_share_of_the_amount(landing: Landing) -> None:
    rows = "".join(_invoice(f"i{n}", "10") for n in range(100))
    assert "hold 50% of its amount" in _stopped(landing, INVOICE + rows + "big,never,1000\n")
    landing.put("finance/invoices/new.csv", INVOICE + rows + "small,never,10\n")
    _load_invoices(landing)


def test_money_in_several_currencies_is_not_added(landing: Landing) -> None:
    header = "invoice_id,invoiced_at,amount,currency\n"
    rows = "".join(f"i{n},2026-01-05,100,USD\n" for n in range(60)) + "y1,2026-01-05,9000000,JPY\n"
    landing.put("finance/invoices.csv", header + rows + "y2,never,9000000,JPY\n")
    assert _load_invoices(landing).rejected == 1
