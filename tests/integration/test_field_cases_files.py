"""Files as tools and people write them, through to the marts: locales, totals, restated days, moments for dates.

Each variant is a company of another country. Its files hold one input of every kind, each in a network of its own, so
that a figure tells which kind went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

SPEND = "date,account_id,campaign_id,campaign_name,currency,cost,impressions,clicks\n"


@dataclass(frozen=True)
class Variant:
    """What the company's files hold, by the kind that they are about."""

    timezone: str
    # The close date 2024-04-01 as a tool writes that day's midnight.
    close_date: str
    # Files of google_ads that cost 2,012.50: amounts of a locale.
    locale: dict[str, str]
    # Files of microsoft_ads that cost 30.00: totals among the rows.
    totals: dict[str, str]
    # Files of linkedin_ads that cost 101.00: a day delivered again under other spellings.
    restated: dict[str, str]
    # Files of meta_ads that cost 0.12: 30 days of 0.004, one of them with a cell that can't be read.
    cells: str
    # An invoice of 1,000.00.
    invoices: str


def _days(row: str) -> str:
    """30 days of a row; the placeholder is the day."""
    return "".join(row.format(day=f"2024-03-{day:02}") + "\n" for day in range(1, 31))


VARIANTS = {
    "germany": Variant(
        timezone="Europe/Berlin",
        close_date="2024-03-31T22:00:00.000Z",
        locale={
            "1.csv": SPEND.replace(",", ";") + "04.03.2024;1;9;B;USD;1.000;5;1\n14.03.2024;1;9;B;USD;1.012,50;5;1\n",
        },
        totals={"1.csv": SPEND + "2024-03-04,1,9,A,USD,10,1,1\n2024-03-04,1,8,B,USD,20,1,1\nGesamt: 2,,,,,30,,\n"},
        restated={
            "1.csv": SPEND + "2024-03-04,111-222-3333,77,B,USD,100,1,1\n",
            "2.csv": SPEND + "2024-03-04,1112223333,77,B,USD,101,1,1\n",
        },
        cells=SPEND
        + _days("{day},1,9,B,USD,0.004,2,1").replace("2024-03-09,1,9,B,USD,0.004,2", "2024-03-09,1,9,B,USD,0.004,--"),
        invoices="invoice_id;invoiced_at;amount;account_id\ni1;02.04.2024;1.000;A1\n",
    ),
    "new york": Variant(
        timezone="America/New_York",
        close_date="2024-04-01T04:00:00.000Z",
        locale={"1.csv": SPEND + '3/4/2024,1,9,B,USD,"1,000",5,1\n3/14/2024,1,9,B,USD,"$1,012.50",5,1\n'},
        totals={
            "1.csv": SPEND
            + "2024-03-04,1,9,A,USD,10,1,1\n2024-03-05,1,9,A,USD,20,1,1\n2024-03-05,1,--,--,USD,30,2,2\n,,,,,30,2,2\n"
        },
        restated={
            "1.csv": SPEND + "2024-03-04,5,77.0,B,USD,100,1,1\n",
            "2.csv": SPEND + "2024-03-04,5.0,77,B,USD,101,1,1\n",
        },
        cells=SPEND
        + _days("{day},1,9,B,USD,0.004,2,1").replace(
            "2024-03-09,1,9,B,USD,0.004,2,1", '2024-03-09,1,9,B,USD,0.004,"1,2",x'
        ),
        invoices='invoice_id,invoiced_at,amount,account_id\ni1,2024-04-02,"1,000.00",A1\n',
    ),
    "india": Variant(
        timezone="Asia/Kolkata",
        close_date="2024-03-31T18:30:00.000Z",
        locale={
            "1.csv": SPEND + '2024-03-04,1,9,B,USD,"1\u00a0000,00",5,1\n2024-03-14,1,9,B,USD,"1\u00a0012,50",5,1\n'
        },
        totals={
            "1.csv": SPEND.replace("\n", ",device\n")
            + "2024-03-04,1,9,A,USD,4,1,1,phone\n2024-03-04,1,9,A,USD,5,1,1,desk\n2024-03-04,1,9,A,USD,1,1,1,tablet\n"
            + "2024-03-04,1,9,A,USD,10,3,3,Total\n2024-03-04,1,8,B,USD,20,1,1,phone\n"
            + "2024-03-04,1,,,USD,30,4,4,Total\n"
        },
        restated={
            "1.csv": SPEND.replace("account_id,", "") + "2024-03-04,77,B,USD,100,1,1\n",
            "2.csv": SPEND + "2024-03-04,5,77,B,USD,101,1,1\n",
        },
        cells=SPEND
        + _days("{day},1,9,B,USD,0.004,2,1").replace("2024-03-09,1,9,B,USD,0.004,2", "2024-03-09,1,9,B,USD,0.004,n/a"),
        invoices="invoice_id\tinvoiced_at\tamount\taccount_id\ni1\t2024-04-02\t1'000.00\tA1\n",
    ),
}


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=VARIANTS)
def marts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    variant: Variant = request.param
    company = Company(tmp_path_factory.mktemp("files"))
    company.settings(timezone=variant.timezone)
    company.user("mia", department="Marketing")
    company.account("A1", created="2024-02-10")
    company.contact("C1", account="A1", created="2024-02-10", email="buyer@firm.example")
    company.lead("L1", created="2024-02-01", created_by="mia", source="Web", email="buyer@firm.example")
    company.opportunity("O1", account="A1", created="2024-02-10", amount="1000.00", won="2024-04-01", source="Web")
    company.convert("L1", account="A1", contact="C1", opportunity="O1", at="2024-02-10")
    company.change("Opportunity", "O1", CloseDate=variant.close_date)
    company.write()
    files = {
        "google_ads": variant.locale,
        "microsoft_ads": variant.totals,
        "linkedin_ads": variant.restated,
        "meta_ads": {"1.csv": variant.cells},
    }
    for network, contents in files.items():
        folder = company.landing_dir / network / "daily_spend"
        folder.mkdir(parents=True)
        for name, content in contents.items():
            (folder / name).write_text(content)
    (company.landing_dir / "finance").mkdir(exist_ok=True)
    (company.landing_dir / "finance" / "invoices.csv").write_text(variant.invoices)
    return build_marts(company.folders())


@pytest.mark.parametrize(
    ("network", "cost"),
    [("google_ads", "2012.50"), ("microsoft_ads", "30.00"), ("linkedin_ads", "101.00"), ("meta_ads", "0.12")],
)
def test_spend_is_what_the_network_billed(marts: Warehouse, network: str, cost: str) -> None:
    assert marts.value(f"select sum(cost) from marts.fct_spend where source_system = '{network}'") == Decimal(cost)


def test_the_close_date_is_the_company_s_day(marts: Warehouse) -> None:
    assert marts.value("select cast(close_date as varchar) from marts.fct_opportunities") == "2024-04-01"


def test_the_books_agree(marts: Warehouse) -> None:
    assert marts.rows("select won_amount, invoiced_amount from marts.rpt_invoice_reconciliation") == [
        (Decimal("1000.00"), Decimal("1000.00"))
    ]
