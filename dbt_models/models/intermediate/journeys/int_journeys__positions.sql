with

opportunities as (

    select
        windows.window_id,
        windows.include_sales_activity,
        opportunities.opportunity_key,
        opportunities.lead_created_at,
        opportunities.created_at,
        {{ looks_back_to('windows.lookback_days', 'windows.lookback_anchor') }} as looks_back_to
    from {{ ref('int_journeys__opportunities') }} as opportunities
    cross join {{ ref('int_journeys__windows') }} as windows
    cross join {{ ref('stg_reference__run_context') }} as run_context

),

journeys as (

    select
        opportunities.window_id,
        eligibility.opportunity_key,
        eligibility.touch_key,
        eligibility.occurred_at,
        eligibility.is_direct,
        eligibility.occurred_at <= opportunities.lead_created_at as is_by_lead_creation,
        eligibility.occurred_at <= opportunities.created_at as is_by_opportunity_creation
    from {{ ref('int_journeys__eligibility') }} as eligibility
    inner join opportunities
        on eligibility.opportunity_key = opportunities.opportunity_key
    where
        eligibility.is_open_to_models
        and (opportunities.include_sales_activity or not eligibility.is_sales_activity)
        and (opportunities.looks_back_to is null or eligibility.occurred_at >= opportunities.looks_back_to)

),

numbered as (

    select
        *,
        cast(
            row_number() over (partition by window_id, opportunity_key order by occurred_at, touch_key) as integer
        ) as touch_number,
        cast(row_number() over (partition by window_id, opportunity_key order by touch_key) as integer) as id_rank
    from journeys

),

-- In time order a position is a count: the last touch at or before a moment is the one whose number is how many touches
-- lie at or before it. No touch there, number 0, no position.
position_numbers as (

    select
        window_id,
        opportunity_key,
        count(*) as close_number,
        count(case when is_by_lead_creation then 1 end) as lead_creation_number,
        count(case when is_by_opportunity_creation then 1 end) as opportunity_creation_number,
        coalesce(max(case when not is_direct then touch_number end), count(*)) as last_non_direct_number
    from numbered
    group by window_id, opportunity_key

)

select
    numbered.window_id,
    numbered.opportunity_key,
    numbered.touch_key,
    numbered.occurred_at,
    numbered.touch_number,
    numbered.id_rank,
    numbered.touch_number = 1 as is_first_touch,
    numbered.touch_number = position_numbers.lead_creation_number as is_lead_creation,
    numbered.touch_number = position_numbers.opportunity_creation_number as is_opportunity_creation,
    numbered.touch_number = position_numbers.close_number as is_close,
    numbered.touch_number = position_numbers.last_non_direct_number as is_last_non_direct
from numbered
inner join position_numbers
    on
        numbered.window_id = position_numbers.window_id
        and numbered.opportunity_key = position_numbers.opportunity_key
