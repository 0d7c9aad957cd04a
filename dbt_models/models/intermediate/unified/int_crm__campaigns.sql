with

salesforce as (

    select
        source_system,
        campaign_id,
        campaign_name,
        campaign_type,
        status,
        cast(budgeted_cost as decimal(18, 2)) as budgeted_cost,
        cast(actual_cost as decimal(18, 2)) as actual_cost,
        currency,
        start_date,
        end_date,
        parent_id,
        {{ record_key('salesforce', 'user', 'owner_id') }} as owner_id,
        created_at,
        is_deleted
    from {{ ref('stg_salesforce__campaign') }}

)

select * from salesforce
