"""The ad networks' reports: ten days are the same rows from the API, a loader and a network's own export."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.landing.reports import is_summary_text
from tests.unit.landing.conftest import Landing

ACCOUNT = "1234567890"
CURRENCY = "EUR"

# (day, campaign id, campaign, cost, impressions, clicks)
Row = tuple[date, str, str, Decimal, int, int]
ROWS: list[Row] = [
    (
        date(2026, 1, 5) + timedelta(days=day),
        campaign,
        name,
        Decimal(f"{1204 * (day + 1) + share}.{(day * 37 + share) % 100:02}"),
        48_210 + day * 1000 + share,
        1930 + day + share,
    )
    for day in range(10)
    for campaign, name, share in (
        ("11111111111", "Brand, search", 0),
        ("22222222222", "Generic \u2013 M\u00fcnchen", 7),
    )
]
TOTAL = sum(row[3] for row in ROWS), sum(row[4] for row in ROWS), sum(row[5] for row in ROWS)


def _english(number: Decimal | int) -> str:
    return f"{number:,}"


def _german(number: Decimal | int) -> str:
    return _english(number).translate(str.maketrans(",.", ".,"))


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([header, *rows])
    return out.getvalue()


def _titled(titles: Sequence[str], table: str, *foot: str) -> str:
    return "".join(f"{line}\r\n" for line in titles) + table + "".join(f"{line}\r\n" for line in foot)


def _table(
    header: Sequence[str],
    day: Callable[[date], str],
    number: Callable[[Decimal | int], str],
    delimiter: str = ",",
    order: str = "day id name cost impressions clicks",
    **fixed: str,
) -> str:
    def cells(row: Row) -> list[str]:
        named = {
            "day": day(row[0]),
            "id": row[1],
            "name": row[2],
            "cost": number(row[3]),
            "impressions": number(row[4]),
            "clicks": number(row[5]),
            **fixed,
        }
        return [named[name] for name in order.split()]

    return _csv(header, [cells(row) for row in ROWS], delimiter)


def _american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _dotted(day: date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year}"


def _plain(number: Decimal | int) -> str:
    return str(number)


def _micros(number: Decimal | int) -> str:
    return str(int(number * 1_000_000)) if isinstance(number, Decimal) else str(number)


def _iso(day: date) -> str:
    return day.isoformat()


GOOGLE_API = "\n".join(
    json.dumps(
        {
            "segments": {"date": day.isoformat()},
            "customer": {"id": ACCOUNT, "currencyCode": CURRENCY, "resourceName": f"customers/{ACCOUNT}"},
            "campaign": {"id": campaign, "name": name},
            "metrics": {
                "costMicros": str(int(cost * 1_000_000)),
                "impressions": str(impressions),
                "clicks": str(clicks),
            },
        }
    )
    for day, campaign, name, cost, impressions, clicks in ROWS
)
GOOGLE_COLUMNS = "account day id name currency cost impressions clicks"
LINKEDIN_ROW = "day name id currency cost impressions clicks"
META_ORDER = "day account id name cost impressions all links"


def _meta(header: Sequence[str], day: Callable[[date], str], number: Callable[[Decimal | int], str]) -> str:
    delimiter = ";" if number is _german else ","
    rows = [
        [day(r[0]), day(r[0]), day(r[0]), ACCOUNT, r[1], r[2], number(r[3]), number(r[4]), number(r[5]), number(1)]
        for r in ROWS
    ]
    # The line of the whole period, whose days are its first and last.
    total = [day(ROWS[0][0]), day(ROWS[-1][0]), "", ACCOUNT, "", "", *(number(value) for value in TOTAL), number(20)]
    return _csv(header, [*rows, total], delimiter)


DELIVERIES: dict[str, dict[str, tuple[str, str | bytes]]] = {
    "google_ads": {
        "api": ("daily_spend.jsonl", GOOGLE_API),
        "api, flat": (
            "daily_spend.csv",
            _table(
                (
                    *("customer.id", "segments.date", "campaign.id", "campaign.name", "customer.currency_code"),
                    *("metrics.cost_micros", "metrics.impressions", "metrics.clicks"),
                ),
                _iso,
                _micros,
                order=GOOGLE_COLUMNS,
                account=ACCOUNT,
                currency=CURRENCY,
            ),
        ),
        "airbyte": (
            "campaign.csv",
            _table(
                (
                    *("customer_id", "segments_date", "campaign_id", "campaign_name", "customer_currency_code"),
                    *("metrics_cost_micros", "metrics_impressions", "metrics_clicks", "_airbyte_raw_id"),
                ),
                _iso,
                _micros,
                order=f"{GOOGLE_COLUMNS} mark",
                account=ACCOUNT,
                currency=CURRENCY,
                mark="x",
            ),
        ),
        "dlt": (
            "daily_spend/1795678811.81.f2ee.csv",
            _table(
                (
                    *("customer__id", "segments__date", "campaign__id", "campaign__name", "customer__currency_code"),
                    *("metrics__cost_micros", "metrics__impressions", "metrics__clicks", "_dlt_load_id"),
                ),
                _iso,
                _micros,
                order=f"{GOOGLE_COLUMNS} mark",
                account=ACCOUNT,
                currency=CURRENCY,
                mark="1795678811.81",
            ),
        ),
        "fivetran": (
            "campaign_stats.csv",
            _table(
                (
                    *("customer_id", "date", "id", "campaign_name", "currency", "cost_micros", "impressions"),
                    *("clicks", "_fivetran_synced"),
                ),
                _iso,
                _micros,
                order=f"{GOOGLE_COLUMNS} mark",
                account=ACCOUNT,
                currency=CURRENCY,
                mark="2026-02-01",
            ),
        ),
        "own export, English": (
            "daily_spend.csv",
            _titled(
                ["Campaign report", '"January 5, 2026 - January 14, 2026"'],
                _table(
                    ("Customer ID", "Day", "Campaign ID", "Campaign", "Currency code", "Cost", "Impr.", "Clicks"),
                    _iso,
                    _english,
                    order=GOOGLE_COLUMNS,
                    account="123-456-7890",
                    currency=CURRENCY,
                ),
                f'Total: Campaigns,,,,EUR,"{_english(TOTAL[0])}","{_english(TOTAL[1])}","{_english(TOTAL[2])}"',
                f'Total: Account,,,,EUR,"{_english(TOTAL[0])}","{_english(TOTAL[1])}","{_english(TOTAL[2])}"',
            ),
        ),
        "own export, German, UTF-16 and tabs": (
            "daily_spend.csv",
            _titled(
                ["Kampagnenbericht", "5. Januar 2026 - 14. Januar 2026"],
                _table(
                    (
                        "Kundennummer",
                        "Tag",
                        "Kampagnen-ID",
                        "Kampagne",
                        "W\u00e4hrungscode",
                        "Kosten",
                        "Impr.",
                        "Klicks",
                    ),
                    _dotted,
                    _german,
                    "\t",
                    GOOGLE_COLUMNS,
                    account="123-456-7890",
                    currency=CURRENCY,
                ),
                f"Gesamt: Kampagnen\t\t\t\tEUR\t{_german(TOTAL[0])}\t{_german(TOTAL[1])}\t{_german(TOTAL[2])}",
            ).encode("utf-16"),
        ),
    },
    "linkedin_ads": {
        "api": (
            "daily_spend.jsonl",
            "\n".join(
                json.dumps(
                    {
                        "start_date": day.isoformat(),
                        "end_date": day.isoformat(),
                        "pivotValues": [f"urn:li:sponsoredCampaign:{campaign}"],
                        "campaign_name": name,
                        "account_id": f"urn:li:sponsoredAccount:{ACCOUNT}",
                        "currency": CURRENCY,
                        "costInLocalCurrency": str(cost),
                        "costInUsd": "1",
                        "impressions": impressions,
                        "clicks": clicks,
                    }
                )
                for day, campaign, name, cost, impressions, clicks in ROWS
            ),
        ),
        "airbyte": (
            "ad_campaign_analytics.csv",
            _table(
                (
                    *("start_date", "end_date", "sponsoredCampaign", "campaign_name", "account_id", "currency"),
                    *("costInLocalCurrency", "costInUsd", "impressions", "clicks", "_airbyte_extracted_at"),
                ),
                _iso,
                _plain,
                order="day day id name account currency cost usd impressions clicks mark",
                account=ACCOUNT,
                currency=CURRENCY,
                usd="1.00",
                mark="2026-02-01T00:00:00Z",
            ),
        ),
        "fivetran": (
            "ad_analytics_by_campaign.csv",
            _table(
                (
                    *("day", "campaign_id", "campaign_name", "account_id", "currency", "cost_in_local_currency"),
                    *("cost_in_usd", "impressions", "clicks", "_fivetran_synced"),
                ),
                lambda day: f"{day} 00:00:00",
                _plain,
                order="day id name account currency cost usd impressions clicks mark",
                account=ACCOUNT,
                currency=CURRENCY,
                usd="1.00",
                mark="2026-02-01",
            ),
        ),
        "own export, American": (
            "daily_spend.csv",
            _titled(
                ["Campaign Performance Report (in UTC)", '"Report Start: 1/5/2026, Report End: 1/14/2026"', ""],
                _table(
                    (
                        *("Start Date (in UTC)", "Account ID", "Campaign Name", "Campaign ID", "Currency"),
                        *("Total Spent", "Impressions", "Clicks"),
                    ),
                    _american,
                    _english,
                    order="day account name id currency cost impressions clicks",
                    account=ACCOUNT,
                    currency=CURRENCY,
                ),
                f'Total,,,,,"{_english(TOTAL[0])}","{_english(TOTAL[1])}","{_english(TOTAL[2])}"',
            ),
        ),
        "own export, German numbers, tabs": (
            "daily_spend.csv",
            _titled(
                ["Campaign Performance Report (in UTC)", "Report Start: 05.01.2026\tReport End: 14.01.2026", ""],
                _table(
                    (
                        *("Start Date (in UTC)", "Account ID", "Campaign Name", "Campaign ID", "Currency"),
                        *("Total Spent", "Impressions", "Clicks"),
                    ),
                    _dotted,
                    _german,
                    "\t",
                    "day account name id currency cost impressions clicks",
                    account=ACCOUNT,
                    currency=CURRENCY,
                ),
            ).encode("utf-16-le"),
        ),
    },
    "meta_ads": {
        "api": (
            "daily_spend.jsonl",
            "\n".join(
                json.dumps(
                    {
                        "date_start": day.isoformat(),
                        "date_stop": day.isoformat(),
                        "account_id": ACCOUNT,
                        "account_currency": CURRENCY,
                        "campaign_id": campaign,
                        "campaign_name": name,
                        "spend": str(cost),
                        "impressions": str(impressions),
                        "clicks": str(clicks),
                        "inline_link_clicks": "1",
                    }
                )
                for day, campaign, name, cost, impressions, clicks in ROWS
            ),
        ),
        "airbyte": (
            "ads_insights.csv",
            _table(
                (
                    *("date_start", "date_stop", "account_id", "account_currency", "campaign_id", "campaign_name"),
                    *("spend", "impressions", "clicks", "_airbyte_raw_id"),
                ),
                _iso,
                _plain,
                order="day day account currency id name cost impressions clicks mark",
                account=ACCOUNT,
                currency=CURRENCY,
                mark="x",
            ),
        ),
        "fivetran": (
            "basic_campaign.csv",
            _table(
                (
                    *("date", "account_id", "currency", "campaign_id", "campaign_name", "spend", "impressions"),
                    *("clicks", "inline_link_clicks", "_fivetran_synced"),
                ),
                _iso,
                _plain,
                order="day account currency id name cost impressions clicks links mark",
                account=f"act_{ACCOUNT}",
                currency=CURRENCY,
                links="1",
                mark="2026-02-01",
            ),
        ),
        "own export, English": (
            "daily_spend.csv",
            _meta(
                (
                    *("Reporting starts", "Reporting ends", "Day", "Account ID", "Campaign ID", "Campaign name"),
                    *("Amount spent (EUR)", "Impressions", "Clicks (all)", "Link clicks"),
                ),
                _iso,
                _english,
            ),
        ),
        "own export, German": (
            "daily_spend.csv",
            _meta(
                (
                    *("Berichtsstart", "Berichtsende", "Tag", "Account-ID", "Kampagnen-ID", "Kampagnenname"),
                    *("Ausgegebener Betrag (EUR)", "Impressionen", "Klicks (alle)", "Link-Klicks"),
                ),
                _dotted,
                _german,
            ),
        ),
    },
    "microsoft_ads": {
        "api": (
            "daily_spend.csv",
            _titled(
                [
                    *('"Report Name: CampaignPerformanceReport"', '"Report Time: 1/5/2026,1/14/2026"'),
                    *('"Time Zone: Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"', '"Report Aggregation: Daily"'),
                    *('"Report Filter: "', '"Potential Incomplete Data: true"', '"Rows: 20"', ""),
                ],
                _table(
                    (
                        *("TimePeriod", "AccountId", "CampaignId", "CampaignName", "CurrencyCode", "Spend"),
                        *("Impressions", "Clicks"),
                    ),
                    _iso,
                    _plain,
                    order="day account id name currency cost impressions clicks",
                    account=ACCOUNT,
                    currency=CURRENCY,
                ),
                '"\u00a92026 Microsoft Corporation. All rights reserved. "',
            ),
        ),
        "airbyte": (
            "campaign_performance_report_daily.csv",
            _table(
                (
                    *("TimePeriod", "AccountId", "CampaignId", "CampaignName", "CurrencyCode", "Spend"),
                    *("Impressions", "Clicks", "_airbyte_raw_id"),
                ),
                _iso,
                _plain,
                order="day account id name currency cost impressions clicks mark",
                account=ACCOUNT,
                currency=CURRENCY,
                mark="x",
            ),
        ),
        "fivetran": (
            "campaign_performance_daily_report.csv",
            _table(
                (
                    *("date", "account_id", "campaign_id", "campaign_name", "currency_code", "spend", "impressions"),
                    *("clicks", "_fivetran_synced"),
                ),
                _iso,
                _plain,
                order="day account id name currency cost impressions clicks mark",
                account=ACCOUNT,
                currency=CURRENCY,
                mark="2026-02-01",
            ),
        ),
        "own export, American": (
            "daily_spend.csv",
            _titled(
                ['"Report Name: Campaign performance"', '"Report Time: 1/5/2026,1/14/2026"', '"Rows: 20"'],
                _table(
                    (
                        *("Gregorian date", "Account ID", "Campaign ID", "Campaign name", "Currency code", "Spend"),
                        *("Impressions", "Clicks"),
                    ),
                    _american,
                    _english,
                    order="day account id name currency cost impressions clicks",
                    account=ACCOUNT,
                    currency=CURRENCY,
                ),
                f'"Grand total",,,,,"{_english(TOTAL[0])}","{_english(TOTAL[1])}","{_english(TOTAL[2])}"',
                '"@2026 Microsoft Corporation. All rights reserved. "',
            ),
        ),
        "own export, British days and German numbers, UTF-16 and tabs": (
            "daily_spend.csv",
            _titled(
                ["Report Name: Campaign performance", "Report Time: 05/01/2026,14/01/2026", "Currency: EUR"],
                _table(
                    (
                        *("Gregorian date", "Account ID", "Campaign ID", "Campaign name", "Spend"),
                        *("Impressions", "Clicks"),
                    ),
                    lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
                    _german,
                    "\t",
                    "day account id name cost impressions clicks",
                    account=ACCOUNT,
                ),
                "\u00a92026 Microsoft Corporation. All rights reserved.",
            ).encode("utf-16"),
        ),
    },
}


@pytest.mark.parametrize(("network", "dialect"), [(n, d) for n, dialects in DELIVERIES.items() for d in dialects])
def test_ten_days_are_the_same_rows_in_every_dialect(landing: Landing, network: str, dialect: str) -> None:
    name, content = DELIVERIES[network][dialect]
    landing.put(f"{network}/{name}", content)
    (result,) = landing.load(f"{network}.daily_spend").values()
    loaded = landing.rows(
        "select date, account_id, campaign_id, campaign_name, currency, cost, impressions, clicks "
        f"from raw_{network}.daily_spend order by 1, 3"
    )
    assert loaded == [
        (day, ACCOUNT, campaign, name, CURRENCY, cost, impressions, clicks)
        for day, campaign, name, cost, impressions, clicks in ROWS
    ]
    # What else stands in the file is a total, and says so.
    assert all(reason.startswith("summary row") for _, _, reason in landing.rejects())
    assert result.rejected <= 2


def _stops(landing: Landing, network: str, content: str, *fragments: str) -> None:
    landing.put(f"{network}/daily_spend.csv", content)
    with pytest.raises(LandingError) as error:
        landing.load(f"{network}.daily_spend")
    for fragment in fragments:
        assert fragment in str(error.value)


LINKEDIN = "Start Date (in UTC),Campaign ID,Currency,Total Spent,Impressions,Clicks\n"


def test_dates_of_two_readings_are_asked_for_with_the_setting_that_answers(landing: Landing) -> None:
    rows = "1/5/2026,1,EUR,10.25,100,4\n1/6/2026,1,EUR,11.25,100,4\n"
    _stops(landing, "linkedin_ads", LINKEDIN + rows, "file_formats", "linkedin_ads.daily_spend=month_first")


def test_the_period_above_the_header_tells_the_order_of_day_and_month(landing: Landing) -> None:
    rows = "1/5/2026,1,EUR,10.25,100,4\n1/6/2026,1,EUR,11.25,100,4\n"
    landing.put("linkedin_ads/daily_spend.csv", f'"Report Start: 1/5/2026, Report End: 1/31/2026"\n{LINKEDIN}{rows}')
    landing.load("linkedin_ads.daily_spend")
    assert landing.rows("select date::varchar from raw_linkedin_ads.daily_spend order by 1") == [
        ("2026-01-05",),
        ("2026-01-06",),
    ]


def test_amounts_of_two_readings_are_asked_for_with_the_setting_that_answers(landing: Landing) -> None:
    rows = "2026-01-05\t1\tEUR\t1.234\t100\t4\n2026-01-06\t1\tEUR\t2,345\t100\t4\n"
    content = LINKEDIN.replace(",", "\t") + rows
    _stops(landing, "linkedin_ads", content, "file_formats", "linkedin_ads.daily_spend=decimal_comma")


META = "Reporting starts,Reporting ends,Campaign ID,Campaign name,Amount spent (EUR),Impressions\n"


def test_what_the_line_of_names_lacks_is_told_and_not_what_a_title_lacks(landing: Landing) -> None:
    content = '"Report Start: 1/5/2026"\nDay,Campaign,Cost,Impr.\n2026-01-05,a,1.00,5\n'
    _stops(landing, "google_ads", content, "required column campaign_id is absent", "Campaign ID")


def test_a_row_of_several_days_is_no_day(landing: Landing) -> None:
    rows = "2026-01-01,2026-01-31,1,a,10.00,5\n"
    _stops(landing, "meta_ads", META + rows, "2026-01-01 to 2026-01-31", "expected a row per day", "breakdown by day")


def test_a_first_day_without_a_last_is_asked_for(landing: Landing) -> None:
    content = META.replace("Reporting ends,", "") + "2026-01-01,1,a,10.00,5\n"
    _stops(landing, "meta_ads", content, "no column Reporting ends says the last", "expected a row per day")


def test_rows_of_one_day_each_are_days(landing: Landing) -> None:
    landing.put("meta_ads/daily_spend.csv", META + "2026-01-01,2026-01-01,1,a,10.00,5\n")
    landing.load("meta_ads.daily_spend")
    assert landing.rows("select date::varchar, currency, cost::int from raw_meta_ads.daily_spend") == [
        ("2026-01-01", "EUR", 10)
    ]


@pytest.mark.parametrize("period", ["Monthly", "Weekly", "Summary"])
def test_a_report_by_another_period_than_days_is_refused(landing: Landing, period: str) -> None:
    content = f'"Report Aggregation: {period}"\nTimePeriod,CampaignId,Spend\n2026-01-01,1,10.00\n'
    _stops(landing, "microsoft_ads", content, f"is a report by {period.lower()}", "expected a row per day")


def test_a_record_in_another_currency_than_its_header_says_is_a_reject(landing: Landing) -> None:
    rows = "".join(f"2026-01-{n:02},1,EUR,{n}.00\n" for n in range(1, 31))
    content = f"Day,Campaign ID,Currency,Amount spent (EUR)\n{rows}2026-01-31,1,USD,1.00\n2026-02-01,1,,1.00\n"
    landing.put("meta_ads/daily_spend.csv", content)
    landing.load("meta_ads.daily_spend")
    assert landing.rejects() == [(32, "cost", "Amount spent (EUR): the record names another currency, USD")]
    assert landing.rows("select distinct currency from raw_meta_ads.daily_spend") == [("EUR",)]


def test_two_amounts_in_two_currencies_are_asked_for(landing: Landing) -> None:
    content = "Day,Campaign ID,Amount spent (EUR),Amount spent (USD)\n2026-01-01,1,1.00,1.10\n"
    _stops(landing, "meta_ads", content, "column cost is there twice", "'Amount spent (EUR)'", "'Amount spent (USD)'")


def test_where_nothing_names_the_local_currency_the_amount_in_dollars_counts(landing: Landing) -> None:
    landing.put(
        "linkedin_ads/ad_analytics_by_campaign.csv",
        "day,campaign_id,cost_in_local_currency,cost_in_usd\n2026-01-05,1,10.00,11.50\n",
    )
    landing.load("linkedin_ads.daily_spend")
    assert landing.rows("select cost::varchar, currency from raw_linkedin_ads.daily_spend") == [("11.500000", "USD")]


def test_micros_keep_every_digit(landing: Landing) -> None:
    landing.put("google_ads/campaign_stats.csv", "date,id,cost_micros\n2026-01-05,1,1\n2026-01-06,1,1234567890123456\n")
    landing.load("google_ads.daily_spend")
    assert landing.rows("select cost::varchar from raw_google_ads.daily_spend order by date") == [
        ("0.000001",),
        ("1234567890.123456",),
    ]


def test_typed_columns_of_a_loader_are_the_same_rows(landing: Landing) -> None:
    listed = ", ".join(
        f"(timestamp '{day} 00:00:00', {campaign}, {int(cost * 1_000_000)}, {impressions}, {clicks}.0::double)"
        for day, campaign, _, cost, impressions, clicks in ROWS
    )
    landing.put_parquet(
        "google_ads/campaign_stats.parquet",
        f"select date, id, cost_micros::bigint as cost_micros, impressions, clicks, {ACCOUNT} as customer_id "
        f"from (values {listed}) as rows(date, id, cost_micros, impressions, clicks)",
    )
    landing.load("google_ads.daily_spend")
    assert landing.rows(
        "select date, account_id, campaign_id, cost, impressions, clicks from raw_google_ads.daily_spend order by 1, 3"
    ) == [(day, ACCOUNT, campaign, cost, impressions, clicks) for day, campaign, _, cost, impressions, clicks in ROWS]


def test_a_day_that_a_loader_appended_again_replaces_its_parts(landing: Landing) -> None:
    header = "date_start,date_stop,campaign_id,device,spend,_airbyte_extracted_at\n"
    landing.put(
        "meta_ads/ads_insights.csv",
        header
        + "2026-01-05,2026-01-05,1,phone,5.00,2026-01-06T00:00:00.001Z\n"
        + "2026-01-05,2026-01-05,1,desktop,2.00,2026-01-06T00:00:00.002Z\n"
        + "2026-01-06,2026-01-06,1,phone,1.00,2026-01-07T00:00:00.001Z\n"
        + "2026-01-05,2026-01-05,1,phone,6.00,2026-01-07T00:00:00.002Z\n"
        + "2026-01-05,2026-01-05,1,desktop,3.00,2026-01-07T00:00:00.003Z\n",
    )
    landing.put(
        "google_ads/campaign_stats.csv",
        "date,id,cost_micros,_fivetran_synced\n2026-01-05,1,5,2026-01-06\n2026-01-05,1,7,2026-01-07\n",
    )
    landing.load("meta_ads.daily_spend", "google_ads.daily_spend")
    assert landing.rows("select date::varchar, cost::int from raw_meta_ads.daily_spend order by 1") == [
        ("2026-01-05", 9),
        ("2026-01-06", 1),
    ]
    assert landing.rows("select cost::varchar from raw_google_ads.daily_spend") == [("0.000007",)]


def test_rows_of_one_day_that_a_loader_read_at_once_are_asked_for(landing: Landing) -> None:
    content = "date,id,cost_micros,_fivetran_synced\n2026-01-05,1,5,2026-01-06\n2026-01-05,1,7,2026-01-06\n"
    _stops(landing, "google_ads", content, "nothing tells whether they are parts to be added")


def test_two_loaders_reports_of_one_network_are_refused(landing: Landing) -> None:
    landing.put("google_ads/campaign_stats.csv", "date,id,cost_micros\n2026-01-05,1,1\n")
    _stops(landing, "google_ads", "Day,Campaign ID,Cost\n2026-01-05,1,1.00\n", "by two loaders at once")


@pytest.mark.parametrize(
    "line",
    [
        *("Total: Campaigns,,", "Grand total,1", '"Total: Account"', "Gesamt: Kampagnen\t\t"),
        *('"\u00a92026 Microsoft Corporation. All rights reserved. "', "@2013 Microsoft Corporation."),
    ],
)
def test_what_stands_below_a_report_is_no_record(line: str) -> None:
    assert is_summary_text(line)
    assert not is_summary_text("2026-01-05,1,Total recall,5")


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (("5. Januar 2026", "7. M\u00e4rz 2026", "31. Dez. 2026"), (1, 3, 12)),
        (("05. Jan. 2026", "07 Mai 2026", "31-Okt-2026"), (1, 5, 10)),
        (("January 5, 2026", "Mar. 7, 2026", "Dec 31, 2026"), (1, 3, 12)),
        (("5. J\u00e4nner 2026", "7. Mrz 2026", "31. Juli 2026"), (1, 3, 7)),
    ],
)
def test_months_by_name_are_read_in_english_and_german(landing, months: Sequence[str], expected: Sequence[int]) -> None:
    rows = "".join(f'"{text}";1;2,50\n' for text in months)
    landing.put("google_ads/daily_spend.csv", f"Tag;Kampagnen-ID;Kosten\n{rows}")
    landing.load("google_ads.daily_spend")
    found = landing.rows('select date from raw_google_ads.daily_spend order by "_row"')
    assert [(day.month, day.day) for (day,) in found] == list(zip(expected, (5, 7, 31), strict=True))
    assert landing.rejects() == []


def test_a_day_that_a_named_month_lacks_is_a_reject(landing) -> None:
    rows = "".join(f'"{day}. Februar 2026";1;2,50\n' for day in range(1, 29))
    wrong = '"29. Februar 2026";1;0,01\n"7. Marble 2026";1;0,01\n'
    landing.put("google_ads/daily_spend.csv", f"Tag;Kampagnen-ID;Kosten\n{rows}{wrong}")
    landing.load("google_ads.daily_spend")
    assert landing.rows("select count(*) from raw_google_ads.daily_spend") == [(28,)]
    assert [line for line, _, _ in landing.rejects()] == [30, 31]
