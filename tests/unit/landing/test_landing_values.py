"""Values as tools write them: words for nothing, spellings, formats, total rows, finer reports, deletion marks."""

from __future__ import annotations

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.landing.spelling import canonical_address, canonical_email
from tests.unit.landing.conftest import Landing

SPEND = "date,account_id,campaign_id,campaign_name,currency,cost,impressions,clicks\n"
DAY = "google_ads/daily_spend/"


def _spend(landing: Landing) -> list[tuple]:
    return landing.rows(
        "select cast(date as varchar), account_id, campaign_id, cast(cost as double), impressions "
        "from raw_google_ads.daily_spend order by all"
    )


@pytest.mark.parametrize(
    "word",
    [
        "null",
        "NULL",
        r"\N",
        "None",
        "nan",
        "undefined",
        "[object Object]",
        "-",
        "000000000000000AAA",
        "0" * 15,
        "(null)",
    ],
)
def test_a_word_for_nothing_is_blank_in_ids_and_names_and_counted(landing: Landing, word: str) -> None:
    landing.put(
        "salesforce/Task.csv",
        f"Id,WhoId,Status,Subject,CreatedDate\nT1,{word},{word},{word},2026-01-05T00:00:00Z\nT2,L1,Open,x,2026-01-05\n",
    )
    landing.load("salesforce.Task")
    assert landing.rows('select "WhoId", "Status", "Subject" from raw_salesforce.task order by "Id"') == [
        (None, None, word),
        ("L1", "Open", "x"),
    ]
    noted = landing.rows("select column_name, cells, example from audit.landed_values order by 1")
    assert noted == [("Status", 1, word), ("WhoId", 1, word)]


def test_a_key_that_is_a_word_for_nothing_rejects_its_row(landing: Landing) -> None:
    rows = "".join(f"i{n},2026-01-05,1\n" for n in range(30))
    landing.put("finance/invoices.csv", "invoice_id,invoiced_at,amount\nnull,2026-01-05,0\n" + rows)
    landing.load("finance.invoices")
    assert landing.rejects() == [(2, "invoice_id", "invoice_id: blank, but it identifies the record")]


@pytest.mark.parametrize(
    ("delivered", "spelt"),
    [
        ("Kim@Nord.example\t", "kim@nord.example"),
        ("\u200bkim@nord.example\ufeff", "kim@nord.example"),
        ("\u00a0kim@nord.example.;", "kim@nord.example"),
        ("mailto:kim@nord.example", "kim@nord.example"),
        ("Kim Nord <kim@nord.example>,", "kim@nord.example"),
        ("kim@B\u00dcRO.example", "kim@xn--bro-hoa.example"),
        ("kim@xn--bro-hoa.example", "kim@xn--bro-hoa.example"),
        ("a@x.example; b@x.example", "a@x.example; b@x.example"),
    ],
)
def test_an_address_has_one_spelling(landing: Landing, delivered: str, spelt: str) -> None:
    assert canonical_email(delivered) == spelt
    landing.put("segment/identifies.csv", f'id,email,timestamp\n1,"{delivered}",2026-01-05\n')
    landing.load("segment.identifies")
    assert landing.rows("select email from raw_segment.identifies") == [(spelt,)]


def test_a_host_has_one_spelling_and_a_path_keeps_its_own() -> None:
    assert canonical_address(" https://b\u00fcro.example/\u00dcber ") == "https://xn--bro-hoa.example/\u00dcber"
    assert canonical_address("https://plain.example/\u00dcber") == "https://plain.example/\u00dcber"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("987-654-3210,41", "9876543210,41"),
        ("7,41", "7,41.0"),
        ("7,41", '7,"=""41"""'),
        (",41", "7,41"),
        ("7,41", ",41"),
    ],
)
def test_a_day_delivered_again_replaces_the_earlier_however_ids_are_spelt(
    landing: Landing, earlier: str, later: str
) -> None:
    landing.put(DAY + "1.csv", SPEND + f"2026-01-05,{earlier},A,USD,10,1,1\n")
    landing.put(DAY + "2.csv", SPEND + f"2026-01-05,{later},A,USD,12,1,1\n")
    landing.load("google_ads.daily_spend")
    assert [row[2:4] for row in _spend(landing)] == [("41", 12.0)]


def test_one_campaign_under_two_accounts_is_asked_for(landing: Landing) -> None:
    landing.put(DAY + "1.csv", SPEND + "2026-01-05,7,41,A,USD,10,1,1\n")
    landing.put(DAY + "2.csv", SPEND + "2026-01-05,8,41,A,USD,12,1,1\n")
    with pytest.raises(LandingError, match="is there under account 8"):
        landing.load("google_ads.daily_spend")


@pytest.mark.parametrize(
    "total",
    [
        "2026-01-05,7,--,Total: account,USD,30,2,2",
        "Summe,,,,,30,,",
        "2026-01-05,7,,,USD,30,2,2",
        ",,,,USD,30,2,2",
        "Grand total,30",
        "2026-01-05,7,All campaigns,,USD,30,2,2",
        "2026-01-05,7,Alle_Kampagnen,,USD,30,2,2",
    ],
)
def test_a_total_row_is_no_spend_and_listed(landing: Landing, total: str) -> None:
    rows = "2026-01-05,7,41,Total Control,USD,10,1,1\n2026-01-05,7,42,B,USD,20,1,1\n"
    landing.put(DAY + "1.csv", SPEND + rows + total + "\n")
    landing.load("google_ads.daily_spend")
    assert [row[3] for row in _spend(landing)] == [10.0, 20.0]
    ((line, _, reason),) = landing.rejects()
    assert line == 4
    assert reason.startswith("summary row")


@pytest.mark.parametrize("total", ["2026-01-05,7,,,USD,33,2,2,", "2026-01-05,7,All campaigns,,USD,33,2,2,All devices"])
def test_a_total_of_all_campaigns_beside_totals_of_each_is_no_spend(landing: Landing, total: str) -> None:
    rows = (
        "2026-01-05,7,41,A,USD,10,10,1,phone\n2026-01-05,7,41,A,USD,2,10,1,tablet\n"
        "2026-01-05,7,41,A,USD,1,10,1,desk\n2026-01-05,7,41,A,USD,13,30,3,All devices\n"
        "2026-01-05,7,42,B,USD,20,5,1,phone\n2026-01-05,7,42,B,USD,20,5,1,All devices\n"
    )
    landing.put(DAY + "1.csv", SPEND.replace("\n", ",device\n") + rows + total + "\n")
    landing.load("google_ads.daily_spend")
    assert [(row[2], row[3]) for row in _spend(landing)] == [("41", 13.0), ("42", 20.0)]
    assert [line for line, *_ in landing.rejects()] == [8]


@pytest.mark.parametrize(
    ("cell", "clicks", "kept"), [("", 5, False), (" ", 5, False), ("null", 5, False), ("", 0, True), ("0", 5, True)]
)
def test_a_blank_cost_beside_clicks_is_no_free_click(landing: Landing, cell: str, clicks: int, kept: bool) -> None:
    rows = "".join(f"2026-01-05,7,4{n},A,USD,1,10,1\n" for n in range(20))
    landing.put(DAY + "1.csv", SPEND + rows + f"2026-01-05,7,99,B,USD,{cell},,{clicks}\n")
    landing.load("google_ads.daily_spend")
    assert (len(_spend(landing)) == 21) is kept
    assert [column for (column,) in landing.rejects("column_name")] == ([] if kept else ["cost"])


def test_a_finer_report_is_added_up_exactly(landing: Landing) -> None:
    header = SPEND.replace("\n", ",device\n")
    rows = (
        "2026-01-05,7,41,A,USD,0.004,10,1,phone\n"
        "2026-01-05,7,41,A,USD,0.003,5,1,desk\n"
        "2026-01-06,7,41,A,USD,1,1,1,desk\n"
    )
    landing.put(DAY + "1.csv", header + rows)
    landing.load("google_ads.daily_spend")
    assert _spend(landing) == [("2026-01-05", "7", "41", 0.007, 15), ("2026-01-06", "7", "41", 1.0, 1)]


DEVICES = SPEND.replace("\n", ",device\n")


def _device(device: str, cost: str, impressions: int = 10) -> str:
    return f"2026-01-05,7,41,A,USD,{cost},{impressions},1,{device}\n"


def test_a_finer_report_is_added_up_over_the_parts_of_its_delivery(landing: Landing) -> None:
    landing.put(DAY + "d_part1.csv", DEVICES + _device("phone", "3"))
    landing.put(DAY + "d_part2.csv", DEVICES + _device("desk", "4") + _device("phone", "3"))
    landing.load("google_ads.daily_spend")
    assert [row[3:] for row in _spend(landing)] == [(7.0, 20)]
    landing.put(DAY + "d_part3.csv", DEVICES + _device("watch", "1"))  # a night later
    landing.load("google_ads.daily_spend")
    assert [row[3:] for row in _spend(landing)] == [(8.0, 30)]
    landing.put(DAY + "d_part1.csv", DEVICES + _device("phone", "5"))
    landing.put(DAY + "d_part2.csv", DEVICES + _device("desk", "4"))
    landing.load("google_ads.daily_spend")
    assert [row[3:] for row in _spend(landing)] == [(10.0, 30)]
    assert landing.load("google_ads.daily_spend")["raw_google_ads.daily_spend"].files_read == ()


@pytest.mark.parametrize("name", ["A", "A, renamed"])
def test_a_day_restated_in_a_later_part_replaces_the_earlier_one(landing: Landing, name: str) -> None:
    row = "2026-01-05,7,41,A,USD,3,10,1\n"
    landing.put(DAY + "part-0001.csv", SPEND + row + row.replace("41", "42"))
    landing.put(DAY + "part-0002.csv", SPEND + row.replace("A,", f'"{name}",').replace(",3,", ",5,"))
    landing.load("google_ads.daily_spend")
    assert [row[3] for row in _spend(landing)] == [5.0, 3.0]


def test_a_status_that_changed_makes_no_part_of_a_later_files_day(landing: Landing) -> None:
    row = "2026-01-05,7,41,A,USD,3,10,1,"
    landing.put(DAY + "part-0001.csv", SPEND.replace("\n", ",status\n") + row + "running\n")
    landing.put(DAY + "part-0002.csv", SPEND.replace("\n", ",status\n") + row.replace(",3,", ",5,") + "paused\n")
    landing.load("google_ads.daily_spend")
    assert [row[3:] for row in _spend(landing)] == [(5.0, 10)]


def test_a_device_restated_in_a_later_part_replaces_that_device(landing: Landing) -> None:
    landing.put(DAY + "part-0001.csv", DEVICES + _device("phone", "3") + _device("desk", "4"))
    landing.put(DAY + "part-0002.csv", DEVICES + _device("phone", "5"))
    landing.load("google_ads.daily_spend")
    assert [row[3:] for row in _spend(landing)] == [(9.0, 20)]


def test_a_part_whose_others_are_gone_replaces_nothing(landing: Landing) -> None:
    gone = landing.put(DAY + "d_part1.csv", DEVICES + _device("phone", "3"))
    landing.load("google_ads.daily_spend")
    gone.unlink()
    landing.put(DAY + "d_part2.csv", DEVICES + _device("desk", "4"))
    with pytest.raises(LandingError, match=r"is in google_ads/daily_spend/d_part1\.csv, too"):
        landing.load("google_ads.daily_spend")
    landing.put(DAY + "d_part2.csv", DEVICES + _device("desk", "4").replace("41", "42"))
    landing.load("google_ads.daily_spend")
    assert [row[3] for row in _spend(landing)] == [3.0, 4.0]


@pytest.mark.parametrize("nights", [1, 2])
def test_a_file_per_device_is_asked_for(landing: Landing, nights: int) -> None:
    landing.put(DAY + "phones.csv", DEVICES + _device("phone", "3") + _device("tablet", "1") * (2 - nights))
    landing.load("google_ads.daily_spend") if nights == 2 else None
    landing.put(DAY + "desks.csv", DEVICES + _device("desk", "4"))
    with pytest.raises(LandingError, match="though both count"):
        landing.load("google_ads.daily_spend")
    landing.put(DAY + "desks.csv", DEVICES + _device("desk", "4") + _device("phone", "3"))  # the day again, complete
    landing.load("google_ads.daily_spend")


@pytest.mark.parametrize(
    ("total", "cost"),
    [
        (_device("Total", "7", 20), 7.0),
        (_device("Gesamt", "7.01", 20), 7.0),
        (_device("All devices", "7", 20).replace(",1,", ",2,"), 7.0),
        (_device("", "7", 20).replace(",1,", ",2,"), 7.0),
        (_device("", "1"), 8.0),
        (_device("All-in-one", "7"), 14.0),
    ],
)
def test_a_total_among_the_rows_of_a_finer_report_is_no_part(landing: Landing, total: str, cost: float) -> None:
    landing.put(DAY + "1.csv", DEVICES + _device("phone", "3") + _device("desk", "4") + total)
    landing.load("google_ads.daily_spend")
    assert [row[3] for row in _spend(landing)] == [cost]
    noted = landing.rows("select column_name, cells from audit.landed_values where treatment like 'totals among%'")
    assert noted == ([("device", 1)] if cost == 7 else [])


@pytest.mark.parametrize(
    "foot", ["Total,,30,", "Grand Totals (2 records),2026-01-31,30,", "Summe: 30,,30,", "Total,30"]
)
def test_the_foot_of_a_table_is_no_record(landing: Landing, foot: str) -> None:
    landing.put(
        "finance/invoices.csv",
        "invoice_id,invoiced_at,amount,note\ntotal-7,2026-01-05,10,\nSUM7,2026-01-05,20,\n" + foot + "\n",
    )
    landing.load("finance.invoices")
    assert landing.rows("select invoice_id from raw_finance.invoices order by 1") == [("SUM7",), ("total-7",)]
    ((line, _, reason),) = landing.rejects()
    assert line == 4
    assert reason.startswith("summary row")


@pytest.mark.parametrize("cells", [",,,", " ,\t, ,", '"","","",""'])
def test_empty_rows_of_a_spreadsheet_are_listed_and_not_missed(landing: Landing, cells: str) -> None:
    invoices = "".join(f"i{n},2026-01-05,10,\n" for n in range(30))
    content = "invoice_id,invoiced_at,amount,note\n" + invoices + f"{cells}\n" * 30 + ",2026-01-05,10,\n"
    landing.put("finance/invoices.csv", content)
    landing.load("finance.invoices")
    reasons = [reason for (reason,) in landing.rejects("reason")]
    assert reasons[:30] == ["blank row: no cell holds anything"] * 30
    assert reasons[30:] == ["invoice_id: blank, but it identifies the record"]


def test_an_empty_row_of_a_key_of_two_parts_is_told_once(landing: Landing) -> None:
    rates = "".join(f"A{n},2026-01-05,1.5\n" for n in range(30))
    landing.put("salesforce/DatedConversionRate.csv", "IsoCode,StartDate,ConversionRate\n" + rates + ",,\n")
    landing.load("salesforce.DatedConversionRate")
    assert landing.rejects("reason") == [("blank row: no cell holds anything",)]


def test_amounts_that_are_no_numbers_in_a_typed_file_are_rejects(landing: Landing) -> None:
    landing.put_parquet(
        "finance/invoices.parquet",
        "select 'i' || n as invoice_id, timestamp '2026-01-05' as invoiced_at, 'USD' as currency, "
        "case when n = 7 then 'nan'::double else 10 end as amount from range(30) t (n)",
    )
    landing.load("finance.invoices")
    assert (len(_amounts(landing)), landing.rejects("column_name")) == (29, [("amount",)])


def test_rows_of_one_day_that_nothing_tells_apart_stop_the_load(landing: Landing) -> None:
    landing.put(DAY + "1.csv", SPEND + "2026-01-05,7,41,A,USD,1,10,1\n2026-01-05,7,41,A,USD,2,5,1\n")
    with pytest.raises(LandingError, match="nothing tells whether they are parts"):
        landing.load("google_ads.daily_spend")


def test_a_cell_that_money_does_not_need_costs_the_cell(landing: Landing) -> None:
    landing.put(DAY + "1.csv", SPEND + '2026-01-05,7,41,A,USD,10,"2,345",1\n2026-01-06,7,41,A,USD,10, --,many\n')
    landing.load("google_ads.daily_spend")
    assert [(row[3], row[4]) for row in _spend(landing)] == [(10.0, 2345), (10.0, None)]
    assert landing.rejects("column_name, scope") == [("clicks", "cell")]


def _amounts(landing: Landing) -> list[float]:
    return [amount for (amount,) in landing.rows("select amount::double from raw_finance.invoices order by invoice_id")]


@pytest.mark.parametrize(
    ("delimiter", "texts", "amounts"),
    [
        (";", ["2.000", "300"], [2000.0, 300.0]),
        (";", ["2.000", "12,50"], [2000.0, 12.5]),
        (";", ["2.000", "12.50"], [2.0, 12.5]),
        (",", ["2.000", "300"], [2.0, 300.0]),
        (",", ['"2,000"', "300"], [2000.0, 300.0]),
        (",", ['"2.000"', '"12,50"'], [2000.0, 12.5]),
        (",", ['"$2,000.25"', "(300)"], [2000.25, -300.0]),
        (",", ['"2 000,25 \u20ac"', "300-"], [2000.25, -300.0]),
        (",", ["2'000.25", "\u2212300"], [2000.25, -300.0]),
    ],
)
def test_numbers_are_read_in_their_columns_format(
    landing: Landing, delimiter: str, texts: list[str], amounts: list[float]
) -> None:
    lines = ["invoice_id,invoiced_at,amount", *(f"i{n},2026-01-05,{{}}" for n in range(len(texts)))]
    content = "\n".join(lines).replace(",", delimiter).format(*texts) + "\n"
    landing.put("finance/invoices.csv", content)
    landing.load("finance.invoices")
    assert _amounts(landing) == amounts


@pytest.mark.parametrize("texts", [["1,234", "5678"], ["1.234,00", "5,678.00"], ["1.234", "1,234"]])
def test_numbers_of_two_readings_are_asked_for_until_the_setting_answers(landing: Landing, texts: list[str]) -> None:
    rows = "".join(f'i{n},2026-01-05,"{text}"\n' for n, text in enumerate(texts))
    landing.put("finance/invoices.csv", "invoice_id,invoiced_at,amount\n" + rows)
    with pytest.raises(LandingError, match=r"file_formats, as finance\.invoices=decimal_comma"):
        landing.load("finance.invoices")


@pytest.mark.parametrize(
    ("currency", "amount", "kept"),
    [
        ("USD", "$10.00", True),
        ("USD", "US$ 10.00", True),
        ("USD", "10.00 USD", True),
        ("EUR", "\u20ac10.00", True),
        ("eur", "10.00 EUR", True),
        ("AUD", "$10.00", True),
        ("SEK", "10.00 kr", True),
        ("USD", "1e1", True),
        ("", "$10.00", True),
        ("USD", "\u20ac10.00", False),
        ("USD", "10.00 EUR", False),
        ("BRL", "$10.00", False),
        ("USD", "R$ 10.00", False),
        ("", "\u20ac10.00", False),
    ],
)
def test_an_amount_with_the_mark_of_another_currency_is_no_amount_of_its_own(
    landing: Landing, currency: str, amount: str, kept: bool
) -> None:
    landing.connection.execute("create schema reference")
    landing.connection.execute(
        "create table reference.settings as select * from (values ('reporting_currency', 'USD')) as s (key, value)"
    )
    rows = "".join(f"i{n},2026-01-05,{currency},10.00\n" for n in range(20))
    header = "invoice_id,invoiced_at,currency,amount\n"
    landing.put("finance/invoices.csv", header + rows + f"i99,2026-01-05,{currency},{amount}\n")
    landing.load("finance.invoices")
    assert len(_amounts(landing)) == (21 if kept else 20)
    assert [column for (column,) in landing.rejects("column_name")] == ([] if kept else ["amount"])


def test_the_setting_answers(landing: Landing) -> None:
    landing.connection.execute("create schema reference")
    landing.connection.execute(
        "create table reference.settings as select * from "
        "(values ('file_formats', 'finance.invoices=decimal_comma,finance.invoices=day_first')) as s (key, value)"
    )
    landing.put("finance/invoices.csv", 'invoice_id,invoiced_at,amount\ni1,3/4/2026,"1,234"\ni2,3/4/2026,5678\n')
    landing.load("finance.invoices")
    assert _amounts(landing) == [1.234, 5678.0]
    assert landing.rows("select distinct cast(invoiced_at as date)::varchar from raw_finance.invoices") == [
        ("2026-04-03",)
    ]


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["31.12.2025", "1.2.2026"], ["2025-12-31", "2026-02-01"]),
        (["12/31/2025", "1/2/2026"], ["2025-12-31", "2026-01-02"]),
        (["31/12/2025", "1/2/2026"], ["2025-12-31", "2026-02-01"]),
        (["2025/12/31", "20260102"], ["2025-12-31", "2026-01-02"]),
        (["31-Dec-2025", "2026-01-02"], ["2025-12-31", "2026-01-02"]),
    ],
)
def test_dates_are_read_in_their_columns_order(landing: Landing, texts: list[str], days: list[str]) -> None:
    landing.put(DAY + "1.csv", SPEND + "".join(f"{text},7,41,A,USD,1,1,1\n" for text in texts))
    landing.load("google_ads.daily_spend")
    assert [row[0] for row in _spend(landing)] == days


def test_dates_of_two_readings_are_asked_for(landing: Landing) -> None:
    landing.put(DAY + "1.csv", SPEND + "3/4/2026,7,41,A,USD,1,1,1\n")
    with pytest.raises(LandingError, match="whether the day or the month comes first"):
        landing.load("google_ads.daily_spend")


@pytest.mark.parametrize(
    ("zone", "texts", "days"),
    [
        ("Europe/Madrid", ["2026-01-31T23:00:00Z", "2026-06-30T22:00:00Z"], ["2026-02-01", "2026-07-01"]),
        ("America/Denver", ["2026-02-01T00:00:00Z", "2026-07-01T00:00:00.000Z"], ["2026-02-01", "2026-07-01"]),
        ("America/Denver", ["2026-02-01T07:00:00Z", "2026-07-01T06:00:00Z"], ["2026-02-01", "2026-07-01"]),
        ("Europe/Madrid", ["2026-02-01 00:00:00", "2026-07-01"], ["2026-02-01", "2026-07-01"]),
    ],
)
def test_a_moment_in_a_date_column_is_the_companys_day(
    landing: Landing, zone: str, texts: list[str], days: list[str]
) -> None:
    landing.connection.execute("create schema reference")
    landing.connection.execute("create table reference.settings as select 'timezone' as key, ? as value", [zone])
    landing.put(DAY + "1.csv", SPEND + "".join(f"{text},7,41,A,USD,1,1,1\n" for text in texts))
    landing.load("google_ads.daily_spend")
    assert [row[0] for row in _spend(landing)] == days


def test_midnights_of_another_timezone_are_asked_for(landing: Landing) -> None:
    landing.put(DAY + "1.csv", SPEND + "2026-01-31T23:00:00Z,7,41,A,USD,1,1,1\n")
    with pytest.raises(LandingError, match="look like midnight in another timezone"):
        landing.load("google_ads.daily_spend")


@pytest.mark.parametrize(
    ("column", "marked", "unmarked"),
    [
        ("_fivetran_deleted", "true", "false"),
        ("_sdc_deleted_at", "2026-01-05T00:00:00Z", ""),
        ("_ab_cdc_deleted_at", "2026-01-05", ""),
        ("__deleted", "1", "0"),
        ("archived", "True", "False"),
        ("Op", "D", "U"),
    ],
)
def test_a_loaders_deletion_mark_counts_and_a_later_version_revives(
    landing: Landing, column: str, marked: str, unmarked: str
) -> None:
    header = f"Id,Name,{column}\n"
    landing.put("salesforce/Campaign/1.csv", header + f"C1,a,{marked}\nC2,b,{unmarked}\n")
    landing.load("salesforce.Campaign")
    deleted = 'select "Id", coalesce(_deleted_by_loader, false) from raw_salesforce.campaign order by 1'
    assert landing.rows(deleted) == [("C1", True), ("C2", False)]
    landing.put("salesforce/Campaign/2.csv", header + f"C1,a,{unmarked}\n")
    landing.load("salesforce.Campaign")
    assert landing.rows(deleted) == [("C1", False), ("C2", False)]


def test_a_deletion_that_holds_only_the_key_deletes_the_record_and_blanks_nothing(landing: Landing) -> None:
    header = "Id,Name,_fivetran_deleted\n"
    landing.put("salesforce/Campaign/1.csv", header + "C1,a,false\nC2,b,false\n")
    landing.load("salesforce.Campaign")
    landing.put("salesforce/Campaign/2.csv", header + "C1,,true\nC9,,true\n")
    landing.load("salesforce.Campaign")
    kept = 'select "Id", "Name", coalesce(_deleted_by_loader, false) from raw_salesforce.campaign order by 1'
    assert landing.rows(kept) == [("C1", "a", True), ("C2", "b", False)]
    assert landing.rejects() == []


@pytest.mark.parametrize(
    ("yes", "no"),
    [("WAHR", "FALSCH"), ("Y", "N"), ("1.0", "0.0"), ("VRAI", "FAUX"), ("S\u00ed", "No"), ("vero", "falso")],
)
def test_flags_are_read_as_spreadsheets_write_them(landing: Landing, yes: str, no: str) -> None:
    landing.put(
        "salesforce/Opportunity.csv",
        "Id,AccountId,Name,StageName,Amount,CreatedDate,CloseDate,IsClosed,IsWon,_fivetran_deleted\n"
        f"O1,A1,x,Won,1,2026-01-05,2026-01-05,{yes},{no},{no}\nO2,A1,x,Won,1,2026-01-05,2026-01-05,{yes},{yes},{yes}\n",
    )
    landing.load("salesforce.Opportunity")
    assert landing.rows(
        "select Id, IsClosed, IsWon, _deleted_at is not null or coalesce(_deleted_by_loader, false) "
        "from raw_salesforce.opportunity order by 1"
    ) == [("O1", True, False, False), ("O2", True, True, True)]
