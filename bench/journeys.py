"""Touches and deals of any size, the same ones every time: the tables that the models of journeys read, ready made.

What lives here: the records. What doesn't: sessions, identity or money, which have cases of their own.
"""

from __future__ import annotations

import duckdb

# 33 touches a deal, and of four accounts every third has two deals, for both of which its touches are candidates. The
# square makes a few accounts busy: the busiest one of ten million touches has about 20,000, the middle one 25.
_TABLES = {
    "int_revenue__opportunities": """
        select
            'deal' || i as opportunity_id, 'crm' as source_system,
            'account' || (case when i >= {crowd} then i % {accounts} else 0 end) as account_id,
            null::varchar as primary_contact_id,
            case i % 4 when 0 then 'open' when 1 then 'lost' else 'won' end as outcome,
            timestamp '2023-07-01' + to_seconds((hash(i, 1) % 31536000)::bigint) as created_at,
            case when i % 4 > 0 then created_at + to_seconds((hash(i, 2) % 15552000)::bigint) end as closed_at,
            case when i % 4 > 0 then case when i % 8 > 3 then 'date' else 'timestamp' end end as closed_at_precision,
            ((hash(i, 3) % 10000000)::decimal(18, 2) * 0.01)::decimal(18, 2) as amount
        from range({deals}) as numbers (i)
    """,
    "int_identity__person_accounts": """
        select 'person' || i as person_id, 'account' || (i // 3) as account_id
        from range(3 * {accounts}) as numbers (i)
    """,
    "int_identity__memberships": """
        select
            'person' || i as person_id, 'account' || (i // 3) as account_id, null::timestamp as member_from,
            null::timestamp as member_until
        from range(3 * {accounts}) as numbers (i)
    """,
    "int_identity__persons": """
        select
            'person' || i as person_id,
            timestamp '2023-01-01' + to_seconds((hash(i, 4) % 31536000)::bigint) as created_at
        from range(3 * {accounts}) as numbers (i)
    """,
    "int_identity__person_identifiers": """
        select 'crm_contact' as identifier_type, 'contact' || i as identifier, 'person' || i as person_id
        from range(3 * {accounts}) as numbers (i)
    """,
    "int_crm__opportunity_contact_roles": """
        select
            'crm' as source_system, 'role' || i as contact_role_id, 'deal' || i as opportunity_id,
            'contact' || (case when i >= {crowd} then 3 * (i % {accounts}) else 0 end) as contact_id,
            'Decision Maker' as role, true as is_primary,
            timestamp '2020-01-01' as created_at, false as is_deleted
        from range({deals}) as numbers (i)
    """,
    "int_identity__deal_conversions": """
        select
            'crm' as source_system, null::varchar as lead_id, null::varchar as opportunity_id,
            null::varchar as refusal_reason
        from range(0)
    """,
    "int_touchpoints__touches": """
        select
            (row_number() over (order by touchpoint_id))::integer as touch_key, touchpoint_id,
            'person' || (3 * account + i % 3) as person_id, 'account' || account as account_id,
            timestamp '2022-01-01' + to_seconds((hash(i, 6) % 94608000)::bigint) as occurred_at,
            null::timestamp as occurred_from, null::timestamp as occurred_until, false as has_impossible_time,
            'session' as touch_type,
            ['direct', 'organic_search', 'paid_search', 'paid_social', 'email', 'referral', 'webinar', 'event',
             'partner', 'content', 'organic_social', 'display'][1 + channel_number] as channel,
            (1 + channel_number)::smallint as channel_number,
            'source' as "source", 'medium' as medium, 'campaign' as campaign, null::varchar as campaign_id,
            null::varchar as campaign_key, null::varchar as campaign_matched_by,
            null::varchar as content_asset_id, 'web' as source_system, 'pages' as source_object,
            i::varchar as source_record_id, null::varchar as actor_user_id, i % 50 = 0 as is_sales_activity,
            touches.channel_number = 0 as is_direct, i % 200 = 1 as is_internal, i % 100 = 2 as is_bot,
            'pages.parquet' as source_file
        from (
            select
                i, 'tp_' || md5(i::varchar) as touchpoint_id, (hash(i, 7) % 12)::bigint as channel_number,
                floor({accounts} * pow((hash(i, 5) % 1000000007) / 1000000007, 2))::bigint as account
            from range({touches}) as numbers (i)
        ) as touches
    """,
}


def write_journeys(connection: duckdb.DuckDBPyConnection, touches: int, crowd: int = 0) -> None:
    """Create the tables in the schema of the intermediate models, with a deal for every 33 touches.

    `crowd` deals more than its own are those of the busiest account.
    """
    sizes = {
        "touches": touches,
        "deals": max(touches * 3 // 100, 1),
        "accounts": max(touches * 9 // 400, 1),
        "crowd": crowd,
    }
    connection.execute("create schema if not exists intermediate")
    for name, query in _TABLES.items():
        connection.execute(f"create or replace table intermediate.{name} as {query.format(**sizes)}")
