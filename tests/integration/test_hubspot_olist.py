"""A real marketing funnel, 2017-2018, as if HubSpot had held it: 8,000 contacts, 842 of them with a deal.

The data lies beside the project where it may be used in place. The test rewrites it into a loader's tables of HubSpot,
in a folder of its own, and every figure equals plain SQL over the files as they are.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.company import Folders
from tests.olist import AS_OF, olist, only_where_it_lies, plain_sql, write_sql
from tests.runs import Warehouse, build_marts

pytestmark = only_where_it_lies

# Olist's lead, its contact and its account are one person and one company in HubSpot.
TABLES = {
    "contact": """
        select l.Id as id, false as _fivetran_deleted, l.Email as property_email, l.Company as property_company,
            l.CreatedDate as property_createdate, l.LeadSource as property_hs_analytics_source,
            'FORM' as property_hs_object_source, l.LandingPage__c as property_hs_object_source_detail_1,
            case when l.ConvertedOpportunityId is null then 'lead' else 'customer' end as property_lifecyclestage,
            l.ConvertedAccountId as property_associatedcompanyid
        from {lead} l
    """,
    "company": """
        select Id as id, false as _fivetran_deleted, Name as property_name, CreatedDate as property_createdate
        from {account}
    """,
    "deal": """
        select o.Id as deal_id, false as _fivetran_deleted, o.Name as property_dealname,
            'default' as deal_pipeline_id, 'closedwon' as deal_pipeline_stage_id, o.Amount as property_amount,
            o.CurrencyIsoCode as property_deal_currency_code, o.CloseDate as property_closedate,
            o.CreatedDate as property_createdate, 'newbusiness' as property_dealtype,
            'CRM_UI' as property_hs_object_source, o.CreatedById as property_hs_object_source_user_id,
            'o-' || o.OwnerId as owner_id
        from {opportunity} o
    """,
    "deal_pipeline_stage": """
        select 'closedwon' as stage_id, 'default' as pipeline_id, 'Closed Won' as label, 1.0 as probability,
            true as is_closed
    """,
    "deal_contact": """
        select ConvertedOpportunityId as deal_id, Id as contact_id, 3 as type_id, 'HUBSPOT_DEFINED' as category
        from {lead} where ConvertedOpportunityId is not null
    """,
    "deal_company": """
        select Id as deal_id, AccountId as company_id, unnest([5, 341]) as type_id, 'HUBSPOT_DEFINED' as category
        from {opportunity}
    """,
    "owner": "select 'o-' || Id as owner_id, Id as active_user_id, Email as email from {user}",
    "users": "select Id as id, Email as email, Department as primary_team_id from {user}",
    "team": "select distinct Department as id, Department as name from {user}",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("olist_in_hubspot")
    in_place = olist(folder)
    landing = folder / "landing"
    (landing / "hubspot").mkdir(parents=True)
    for name, query in TABLES.items():
        write_sql(query, landing / "hubspot" / f"{name}.csv")
    for source in ("segment", "content"):
        (landing / source).symlink_to(Path(in_place.landing_dir) / source)
    return build_marts(Folders(landing, in_place.reference_dir, in_place.warehouse_dir), AS_OF)


def test_every_lead_and_won_deal_arrives(built: Warehouse) -> None:
    assert built.rows("select sum(leads), sum(won), sum(won_amount) from marts.rpt_lead_to_revenue") == [
        (8000, 842, Decimal("676851.48"))
    ]
    assert built.rows("select * from audit.rejected_rows") == []


def test_every_deal_is_traced_to_its_contact_and_is_marketings(built: Warehouse) -> None:
    expected = plain_sql("select ConvertedOpportunityId, Id from {lead} where ConvertedOpportunityId is not null")
    found = built.rows(
        "select split_part(deals.opportunity_id, ':', 3), split_part(people.identifier, ':', 3)"
        " from marts.fct_opportunities as deals"
        " inner join marts.dim_person_identifier as people on deals.originator_person_id = people.person_id"
        " where people.identifier_type = 'hubspot_contact' and deals.originator_team = 'marketing'"
    )
    assert sorted(found) == sorted(expected)


def test_revenue_by_source_equals_plain_sql(built: Warehouse) -> None:
    expected = plain_sql(
        "select l.LeadSource, count(*), sum(o.Amount::decimal(18, 2)) from {opportunity} o"
        " join {lead} l on l.ConvertedOpportunityId = o.Id group by all"
    )
    found = built.rows(
        "select originator_source, count(*), sum(amount) from marts.fct_opportunities where is_won group by all"
    )
    assert set(found) == set(expected)


def test_revenue_per_sdr_and_representative_equals_plain_sql(built: Warehouse) -> None:
    expected = plain_sql(
        "select CreatedById, OwnerId, count(*), sum(Amount::decimal(18, 2)) from {opportunity} group by all"
    )
    found = built.rows(
        "select split_part(created_by_user_id, ':', 3), split_part(owner_user_id, ':', 3), count(*), sum(amount)"
        " from marts.fct_opportunities where is_won group by all"
    )
    assert set(found) == set(expected)


def test_days_to_close_equal_plain_sql(built: Warehouse) -> None:
    """One deal was won before its contact was made."""
    expected = plain_sql(
        "select o.Id, date_diff('day', left(l.CreatedDate, 10)::date, o.CloseDate::date) from {opportunity} o"
        " join {lead} l on l.ConvertedOpportunityId = o.Id"
    )
    found = built.rows("select split_part(opportunity_id, ':', 3), days_lead_to_close from marts.fct_opportunities")
    assert dict(found) == dict(expected)
