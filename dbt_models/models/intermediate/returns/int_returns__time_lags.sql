{#- 0 is without limit; the others are the windows that tools offer. -#}
{%- set lookbacks = [0, 30, 90, 180, 365] %}
with

lookbacks as (

    {% for days in lookbacks %}
    select {{ days }} as lookback_days
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

won_deals as (

    select
        opportunities.opportunity_key,
        opportunities.opportunity_id,
        opportunities.closed_at,
        opportunities.amount,
        lookbacks.lookback_days,
        case
            when lookbacks.lookback_days > 0
                then {{ dbt.dateadd('day', '-lookbacks.lookback_days', 'opportunities.closed_at') }}
            -- With an "or" in its condition, the join below would compare every row with every row.
            else cast('0001-01-01' as {{ dbt.type_timestamp() }})
        end as looks_back_to
    from {{ ref('int_journeys__opportunities') }} as opportunities
    cross join lookbacks
    where opportunities.outcome = 'won'

),

-- Age aside, what any model may credit: the company's own lookback must not hide what this report is there to show.
eligible as (

    select
        opportunity_key,
        touch_key,
        occurred_at,
        coalesce(occurred_until, occurred_at) as occurred_until
    from {{ ref('int_journeys__eligibility') }}
    where
        is_open_to_models
        and not is_sales_activity

),

-- What a report with this lookback would see first.
seen as (

    select
        won_deals.opportunity_id,
        won_deals.lookback_days,
        won_deals.amount,
        won_deals.closed_at,
        eligible.touch_key,
        eligible.occurred_at as touched_at
    from won_deals
    left join eligible
        on
            won_deals.opportunity_key = eligible.opportunity_key
            and won_deals.looks_back_to <= eligible.occurred_until
    qualify
        row_number() over (
            partition by won_deals.opportunity_key, won_deals.lookback_days
            order by eligible.occurred_at asc, eligible.touch_key asc
        ) = 1

),

first_touches as (

    select
        seen.*,
        coalesce(touches.channel, 'unattributed') as channel,
        lower(touches.campaign) as campaign,
        lower(touches.campaign_id) as campaign_id,
        {{ dbt.datediff(company_date('seen.touched_at'), company_date('seen.closed_at'), 'day') }}
            as days_to_close
    from seen
    left join {{ ref('int_touchpoints__touches') }} as touches
        on seen.touch_key = touches.touch_key

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
