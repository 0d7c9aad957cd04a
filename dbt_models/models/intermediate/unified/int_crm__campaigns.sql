with

synced_programs as (

    select
        campaign_id,
        sum(cost) as cost,
        min(start_date) as start_date,
        max(end_date) as end_date
    from {{ ref('int_marketo__programs') }}
    where campaign_system = 'salesforce' and not is_deleted and cost <> 0
    group by campaign_id

),

-- What the campaign cost is told once: by Salesforce, or where it says nothing by the program that is synced with it.
salesforce as (

    select
        campaigns.source_system,
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.campaign_type,
        campaigns.status,
        cast(campaigns.budgeted_cost as decimal(18, 2)) as budgeted_cost,
        cast(coalesce(nullif(campaigns.actual_cost, 0), programs.cost, campaigns.actual_cost) as decimal(18, 2))
            as actual_cost,
        campaigns.currency,
        coalesce(
            campaigns.start_date, case when coalesce(campaigns.actual_cost, 0) = 0 then programs.start_date end
        ) as start_date,
        coalesce(
            campaigns.end_date, case when coalesce(campaigns.actual_cost, 0) = 0 then programs.end_date end
        ) as end_date,
        campaigns.parent_id,
        {{ record_key('salesforce', 'user', 'campaigns.owner_id') }} as owner_id,
        campaigns.created_at,
        campaigns.is_deleted
    from {{ ref('stg_salesforce__campaign') }} as campaigns
    left join synced_programs as programs
        on campaigns.campaign_id = programs.campaign_id

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

-- A program that is synced with a campaign is that campaign.
marketo as (

    select
        source_system,
        campaign_id,
        program_name as campaign_name,
        campaign_type,
        status,
        cast(null as decimal(18, 2)) as budgeted_cost,
        cost as actual_cost,
        cast(null as {{ dbt.type_string() }}) as currency,
        start_date,
        end_date,
        cast(null as {{ dbt.type_string() }}) as parent_id,
        cast(null as {{ dbt.type_string() }}) as owner_id,
        created_at,
        is_deleted
    from {{ ref('int_marketo__programs') }}
    where campaign_system = 'marketo'

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from marketo

)

select * from unioned
