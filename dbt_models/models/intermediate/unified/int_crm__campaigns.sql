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

),

hubspot as (

    select
        campaigns.source_system,
        campaigns.campaign_id,
        campaigns.campaign_name,
        cast(null as {{ dbt.type_string() }}) as campaign_type,
        campaigns.status,
        cast(campaigns.budgeted_cost as decimal(18, 2)) as budgeted_cost,
        cast(campaigns.actual_cost as decimal(18, 2)) as actual_cost,
        campaigns.currency,
        campaigns.start_date,
        campaigns.end_date,
        cast(null as {{ dbt.type_string() }}) as parent_id,
        coalesce(owners.user_key, {{ record_key('hubspot', 'owner', 'campaigns.owner_id') }}) as owner_id,
        campaigns.created_at,
        campaigns.is_deleted
    from {{ ref('stg_hubspot__marketing_campaigns') }} as campaigns
    left join {{ ref('int_hubspot__owners') }} as owners
        on lower(trim(campaigns.owner_id)) = owners.owner_given

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot

)

select * from unioned
