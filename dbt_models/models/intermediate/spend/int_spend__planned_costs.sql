with

crm_campaigns as (

    select
        source_system,
        campaign_id,
        campaign_name,
        campaign_type,
        actual_cost,
        currency,
        coalesce(
            start_date, end_date, {{ company_date('created_at') }}, {{ company_date(run_setting('as_of')) }}
        ) as first_day,
        end_date
    from {{ ref('int_crm__campaigns') }}
    where
        not is_deleted
        and coalesce(actual_cost, 0) != 0

),

brand_activities as (

    select
        source_system,
        activity_id,
        activity_name,
        channel,
        campaign,
        cost_original,
        currency,
        start_date as first_day,
        end_date
    from {{ ref('int_planning__brand_activities') }}
    where coalesce(cost_original, 0) != 0

),

-- The channel that the plan gives a campaign is nearer to the truth than the CRM's type of it.
planned_channels as (

    select
        crm_campaigns.source_system,
        crm_campaigns.campaign_id,
        brand_activities.activity_id,
        brand_activities.channel
    from crm_campaigns
    inner join {{ ref('int_planning__brand_activities') }} as brand_activities
        on
            crm_campaigns.campaign_id = trim(brand_activities.campaign)
            or lower(trim(crm_campaigns.campaign_name)) = lower(trim(brand_activities.campaign))

),

first_plans as (

    select * from planned_channels
    qualify row_number() over (partition by source_system, campaign_id order by activity_id asc) = 1

),

activities_in_crm as (

    select distinct activity_id from planned_channels

),

costs as (

    select
        crm_campaigns.source_system,
        'Campaign' as source_object,
        crm_campaigns.campaign_id,
        crm_campaigns.campaign_name,
        crm_campaigns.campaign_type,
        crm_campaigns.campaign_name as linked_campaign,
        first_plans.channel as medium,
        crm_campaigns.actual_cost as cost_original,
        crm_campaigns.currency,
        crm_campaigns.first_day,
        crm_campaigns.end_date,
        false as is_in_crm
    from crm_campaigns
    left join first_plans
        on
            crm_campaigns.source_system = first_plans.source_system
            and crm_campaigns.campaign_id = first_plans.campaign_id

    union all

    select
        brand_activities.source_system,
        'brand_activities' as source_object,
        brand_activities.activity_id as campaign_id,
        brand_activities.activity_name as campaign_name,
        cast(null as {{ dbt.type_string() }}) as campaign_type,
        trim(brand_activities.campaign) as linked_campaign,
        brand_activities.channel as medium,
        brand_activities.cost_original,
        brand_activities.currency,
        brand_activities.first_day,
        brand_activities.end_date,
        activities_in_crm.activity_id is not null as is_in_crm
    from brand_activities
    left join activities_in_crm
        on brand_activities.activity_id = activities_in_crm.activity_id

),

dated as (

    select
        *,
        -- A campaign without an end, or that ends before it begins, took one day.
        greatest(coalesce(end_date, first_day), first_day) as last_day
    from costs

),

network_keys as (

    select
        source_system,
        lower(trim(campaign_id)) as campaign_id_or_name,
        spend_date
    from {{ ref('int_ads__daily_spend') }}

    union all

    select
        source_system,
        lower(trim(campaign_name)) as campaign_id_or_name,
        spend_date
    from {{ ref('int_ads__daily_spend') }}

),

-- The days on which a network billed a campaign of this id or name. Networks apart: one that billed it in January and
-- another in December say nothing of June.
network_days as (

    select
        source_system,
        campaign_id_or_name,
        min(spend_date) as first_spend_date,
        max(spend_date) as last_spend_date
    from network_keys
    where campaign_id_or_name is not null
    group by source_system, campaign_id_or_name

),

network_campaigns as (

    select distinct
        dated.source_object,
        dated.source_system,
        dated.campaign_id
    from dated
    inner join network_days
        on
            (
                lower(trim(dated.campaign_id)) = network_days.campaign_id_or_name
                or lower(trim(dated.campaign_name)) = network_days.campaign_id_or_name
                or lower(trim(dated.linked_campaign)) = network_days.campaign_id_or_name
            )
            and dated.last_day >= network_days.first_spend_date
            and dated.first_day <= network_days.last_spend_date

)

select
    dated.source_system,
    dated.source_object,
    dated.campaign_id,
    coalesce(dated.campaign_name, dated.campaign_id) as campaign_name,
    dated.campaign_type,
    dated.medium,
    dated.cost_original,
    dated.currency,
    dated.first_day,
    dated.last_day,
    case
        when network_campaigns.campaign_id is not null then 'in_ad_network'
        when dated.is_in_crm then 'in_crm_campaign'
        else 'counted'
    end as counted_as
from dated
left join network_campaigns
    on
        dated.source_object = network_campaigns.source_object
        and dated.source_system = network_campaigns.source_system
        and dated.campaign_id = network_campaigns.campaign_id
