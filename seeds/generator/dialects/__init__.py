"""The same company in other systems' words: what another CRM and another tracker would have delivered of it.

The world is the one of `generate`; nothing is drawn at random here, and what a system has no word for is left out.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from seeds.generator import Company, clock
from seeds.generator.dialects import ga4, marketo_company, snowplow
from seeds.generator.dialects.hubspot import DIALECTS as HUBSPOT_SPELLINGS
from seeds.generator.dialects.hubspot_company import Account, build_account
from seeds.generator.dialects.marketo import DIALECTS as MARKETO_SPELLINGS
from seeds.generator.tables import table
from seeds.generator.world import World
from seeds.generator.write import clear, write_landing, write_truth

__all__ = [
    "COMPANY_DIALECTS",
    "HUBSPOT_SPELLINGS",
    "MARKETO_SPELLINGS",
    "write_hubspot_ga4",
    "write_salesforce_marketo_snowplow",
    "write_salesforce_snowplow",
]

# Which systems tell of a company; the first is what `write` delivers.
COMPANY_DIALECTS = ("salesforce_segment", "hubspot_ga4", "salesforce_snowplow", "salesforce_marketo_snowplow")


def write_hubspot_ga4(company: Company, out: Path, *, spelling: str = "fivetran", as_parquet: bool = False) -> Account:
    """HubSpot as one loader spells it, GA4's export, and all else as ever, with the keys of HubSpot's records."""
    clear(out)
    tables = company.tables
    account = build_account(company.world, tables["segment", "tracks"])
    others = _others(tables, account, _exchange_rates(company.world))
    write_landing(others, out, redeliver=company.plan.has("redeliveries"))
    account.hubspot.write(out, spelling)
    emails = {lead.id: lead.email for lead in company.world.leads}
    emails |= {lead.id[:15]: lead.email for lead in company.world.leads}
    web = tables["segment", "pages"], tables["segment", "identifies"], tables["segment", "tracks"]
    events = ga4.build_events(*web, emails)
    (ga4.write_parquet if as_parquet else ga4.write_json_lines)(events, out)
    write_truth(company.truth, company.plan.as_of, out)
    return account


def write_salesforce_snowplow(company: Company, out: Path) -> None:
    """Salesforce and all else as ever, with Snowplow's atomic events in place of Segment's tables."""
    clear(out)
    tables = {(source, name): made for (source, name), made in company.tables.items() if source != "segment"}
    write_landing(tables, out, redeliver=company.plan.has("redeliveries"))
    given = company.tables
    web = given["segment", "pages"], given["segment", "identifies"], given["segment", "tracks"]
    snowplow.write_events(snowplow.build_events(*web), out)
    write_truth(company.truth, company.plan.as_of, out)


def write_salesforce_marketo_snowplow(company: Company, out: Path, *, spelling: str = "fivetran") -> None:
    """Salesforce and all else as ever, Snowplow in place of Segment, and Marketo beside them in a loader's spelling."""
    write_salesforce_snowplow(company, out)
    marketo_company.build_account(company.world, company.tables["segment", "tracks"]).write(out, spelling)


def _others(
    tables: dict[tuple[str, str], pa.Table], account: Account, rates: pa.Table
) -> dict[tuple[str, str], pa.Table]:
    """The tables of neither CRM nor tracker; where they name the CRM's records, by the keys of HubSpot's."""
    keys = {
        "opportunity_id": {ours: f"hubspot:opportunity:{number}" for ours, number in account.deals.items()},
        "account_id": {ours: f"hubspot:account:{number}" for ours, number in account.companies.items()},
    }
    others = {("finance", "exchange_rates"): rates}
    for (source, name), made in tables.items():
        if source in ("salesforce", "segment"):
            continue
        for column in keys.keys() & set(made.column_names):
            texts = [keys[column].get(value, value) for value in made[column].to_pylist()]
            place = made.schema.get_field_index(column)
            made = made.set_column(place, column, pa.array(texts, pa.string()))
        others[source, name] = made
    return others


def _exchange_rates(world: World) -> pa.Table:
    """HubSpot exports no rates: finance lists those of each month."""
    months = clock.month_names(world.plan.first_month, world.plan.months)
    return table(
        "currency valid_from units_per_reporting_currency",
        (
            (currency, f"{month}-01", rate)
            for currency, rates in world.rates.items()
            for month, rate in zip(months, rates, strict=True)
        ),
    )
