with

-- Most runs have one window for all models, so positions are worked out once.
windows as (

    select distinct
        window_id,
        lookback_days,
        lookback_anchor,
        include_sales_activity
    from {{ ref('int_journeys__model_windows') }}

),

opportunities as (

    select
        -- One number for window and opportunity: sorting and joining ten million rows by one column takes a third less.
        cast(row_number() over (order by windows.window_id, opportunities.opportunity_key) as integer) as journey_key,
        windows.window_id,
        windows.include_sales_activity,
        opportunities.opportunity_key,
        opportunities.lead_created_until,
        opportunities.created_until,
        {{ looks_back_to('windows.lookback_days', 'windows.lookback_anchor') }} as looks_back_to
    from {{ ref('int_journeys__opportunities') }} as opportunities
    cross join windows
    cross join {{ ref('stg_reference__run_context') }} as run_context

),

-- Sorted with little else in the rows, because the sort moves all of it. A touch of which only the day is known lies at
-- or before whatever happened on that day, and every touch of the day at or before a creation of which only the day is
-- known.
journeys as (

    select
        opportunities.journey_key,
        eligibility.touch_key,
        eligibility.occurred_at,
        eligibility.channel_number,
        eligibility.is_direct,
        coalesce(eligibility.occurred_from, eligibility.occurred_at) <= opportunities.lead_created_until
            as is_by_lead_creation,
        coalesce(eligibility.occurred_from, eligibility.occurred_at) <= opportunities.created_until
            as is_by_opportunity_creation
    from {{ ref('int_journeys__eligibility') }} as eligibility
    inner join opportunities
        on eligibility.opportunity_key = opportunities.opportunity_key
    where
        eligibility.is_open_to_models
        and (opportunities.include_sales_activity or not eligibility.is_sales_activity)
        and (
            opportunities.looks_back_to is null
            or coalesce(eligibility.occurred_until, eligibility.occurred_at) >= opportunities.looks_back_to
        )

),

-- Keys of touches are in the order of their ids.
touches as (

    select
        *,
        cast(row_number() over (partition by journey_key order by touch_key) as integer) as id_rank,
        cast(row_number() over (partition by journey_key order by occurred_at, touch_key) as integer) as touch_number,
        lag(channel_number) over (partition by journey_key order by occurred_at, touch_key) as previous_channel_number
    from journeys

),

-- Which touch holds each position; no touch at or before a timestamp, no position.
holders as (

    select
        journey_key,
        max(case when is_by_lead_creation then touch_number end) as lead_creation_number,
        max(case when is_by_opportunity_creation then touch_number end) as opportunity_creation_number,
        max(touch_number) as close_number,
        coalesce(max(case when not is_direct then touch_number end), max(touch_number)) as last_non_direct_number
    from touches
    group by journey_key

),

held as (

    select
        opportunities.window_id,
        opportunities.opportunity_key,
        holders.*
    from holders
    inner join opportunities
        on holders.journey_key = opportunities.journey_key

)

select
    held.window_id,
    held.opportunity_key,
    touches.touch_key,
    touches.occurred_at,
    touches.channel_number,
    touches.previous_channel_number,
    touches.id_rank,
    touches.touch_number = 1 as is_first_touch,
    coalesce(touches.touch_number = held.lead_creation_number, false) as is_lead_creation,
    coalesce(touches.touch_number = held.opportunity_creation_number, false) as is_opportunity_creation,
    touches.touch_number = held.close_number as is_close,
    touches.touch_number = held.last_non_direct_number as is_last_non_direct
from touches
inner join held
    on touches.journey_key = held.journey_key
