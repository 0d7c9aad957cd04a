"""Values as tools write them, through to the marts: what stands for nothing, spellings, formats, deletion marks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One company whose exports are full of what tools write; each test looks at one kind."""
    company = Company(tmp_path_factory.mktemp("values"))
    settings = company.reference_dir / "settings.csv"
    settings.write_text(settings.read_text().replace("timezone,UTC", "timezone,Europe/Madrid"))
    company.user("maria", department="Marketing", Email="maria@own.example")
    company.user("sven", department="Sales", Email="sven@own.example")
    for n, host in enumerate(("nord.example", "sur.example", "b\u00fcro.example"), start=1):
        company.account(f"A{n}", created="2024-02-01", Website=f"https://{host}")
        company.lead(
            f"L{n}",
            created=f"2024-02-0{n}",
            created_by="maria",
            source="Web",
            email=f"p{n}@{host}",
            MasterRecordId=r"\N",
        )
        company.contact(f"C{n}", account=f"A{n}", created="2024-02-10", email=f"p{n}@{host}")
        company.opportunity(
            f"O{n}", account=f"A{n}", created="2024-02-10", amount="500.00", won="2024-04-02", Probability="100%"
        )
        company.convert(f"L{n}", account=f"A{n}", contact=f"C{n}", opportunity=f"O{n}", at="2024-02-10")
    company.change("Opportunity", "O1", CloseDate="2024-04-30T22:00:00.000Z")
    company.change("Opportunity", "O2", CloseDate="2024-01-31T23:00:00.000Z", _fivetran_deleted="true")
    for n in range(4, 8):
        company.lead(
            f"L{n}",
            created="2024-01-02",
            created_by="sven",
            source="List",
            ConvertedContactId="None",
            MasterRecordId=r"\N",
        )
    company.write()
    spend = company.landing_dir / "google_ads" / "daily_spend"
    spend.mkdir(parents=True)
    header = "date;account_id;campaign_id;campaign_name;currency;cost;impressions\n"
    (spend / "1.csv").write_text(
        header + "2024-03-04;111-222-3333;9;B;USD;1.000;5\n2024-03-05;111-222-3333;9;B;USD;12,50;--\n"
    )
    (spend / "2.csv").write_text(header + "2024-03-04;1112223333;9.0;B;USD;2.000;7\n2024-03-04;;--;Total;USD;2.000;7\n")
    return build_marts(company.folders())


def test_a_word_for_nothing_welds_nobody(marts: Warehouse) -> None:
    assert marts.value("select count(*) from marts.dim_person") == 7


def test_international_domains_place_people_at_their_account(marts: Warehouse) -> None:
    assert marts.value("select originator_team from marts.fct_opportunities where opportunity_id = 'O3'") == "marketing"


def test_a_deal_that_the_loader_marks_deleted_is_out_and_close_dates_are_the_companys(marts: Warehouse) -> None:
    deals = marts.rows("select opportunity_id, cast(close_date as varchar) from marts.fct_opportunities order by 1")
    assert deals == [("O1", "2024-05-01"), ("O3", "2024-04-02")]
    assert marts.value("select sum(won_amount) from marts.rpt_lead_to_revenue") == Decimal("1000.00")


def test_spend_is_read_in_its_format_restated_once_and_without_its_total(marts: Warehouse) -> None:
    assert marts.value("select sum(cost) from marts.fct_spend") == Decimal("2012.50")
