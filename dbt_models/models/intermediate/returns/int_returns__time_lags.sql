with

first_touches as (

    select
        first_touches.*,
        coalesce(touches.channel, 'unattributed') as channel,
        lower(touches.campaign) as campaign,
        lower(touches.campaign_id) as campaign_id,
        {{ dbt.datediff(company_date('first_touches.touched_at'), company_date('first_touches.closed_at'), 'day') }}
            as days_to_close
    from {{ ref('int_returns__first_touches') }} as first_touches
    left join {{ ref('int_touchpoints__touches') }} as touches
        on first_touches.touch_key = touches.touch_key

),

brand_activities as (

    select
        activity_id,
        nullif(lower(trim(campaign)), '') as campaign
    from {{ ref('int_planning__brand_activities') }}

)

select
    'channel' as breakdown,
    channel as member,
    opportunity_id,
    lookback_days,
    amount,
    days_to_close
from first_touches

union all

-- An activity that no visit names, such as a poster, has no touches: it keeps its line, which says that it isn't seen.
select
    'brand_activity' as breakdown,
    brand_activities.activity_id as member,
    first_touches.opportunity_id,
    first_touches.lookback_days,
    first_touches.amount,
    first_touches.days_to_close
from brand_activities
left join first_touches
    on
        brand_activities.campaign = first_touches.campaign
        or brand_activities.campaign = first_touches.campaign_id
