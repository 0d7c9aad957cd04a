with

run_context as (

    select
        as_of,
        coalesce(lookback_days, 0) as lookback_days,
        coalesce(lookback_anchor, 'opportunity_created') as lookback_anchor,
        coalesce(exclude_direct, false) as exclude_direct
    from {{ ref('stg_reference__run_context') }}

),

opportunities as (

    select
        opportunities.opportunity_key,
        opportunities.opportunity_id,
        opportunities.closed_at,
        run_context.as_of,
        run_context.exclude_direct,
        {{ looks_back_to('run_context.lookback_days', 'run_context.lookback_anchor') }} as looks_back_to
    from {{ ref('int_journeys__opportunities') }} as opportunities
    cross join run_context

),

people as (

    select
        people.person_id,
        people.is_in_buying_group,
        people.member_from,
        people.member_until,
        opportunities.opportunity_key,
        opportunities.closed_at,
        opportunities.as_of,
        opportunities.exclude_direct,
        opportunities.looks_back_to
    from {{ ref('int_journeys__candidate_people') }} as people
    inner join opportunities
        on people.opportunity_id = opportunities.opportunity_id

)

select
    people.opportunity_key,
    touches.touch_key,
    touches.occurred_at,
    touches.occurred_from,
    touches.occurred_until,
    touches.is_direct,
    touches.channel_number,
    {{ one_of(
        "case
            when touches.is_internal then 'internal'
            when touches.is_bot then 'bot'
            when touches.has_impossible_time then 'impossible_time'
            when coalesce(touches.occurred_from, touches.occurred_at) > people.as_of then 'after_as_of'
            when touches.is_sales_activity then 'sales_activity'
            when not people.is_in_buying_group then 'not_in_buying_group'
            when coalesce(touches.occurred_until, touches.occurred_at) < people.member_from then 'not_in_buying_group'
            when coalesce(touches.occurred_from, touches.occurred_at) >= people.member_until then 'not_in_buying_group'
            when coalesce(touches.occurred_from, touches.occurred_at) > people.closed_at then 'after_close'
            when coalesce(touches.occurred_until, touches.occurred_at) < people.looks_back_to then 'before_lookback'
            when people.exclude_direct and touches.is_direct then 'direct_excluded'
            else 'eligible'
        end",
        [
            'internal', 'bot', 'impossible_time', 'after_as_of', 'sales_activity', 'not_in_buying_group',
            'after_close', 'before_lookback', 'direct_excluded', 'eligible',
        ]
    ) }} as status,
    touches.is_sales_activity,
    -- What no model's window can change. A model looks again only at sales activity and at age.
    people.is_in_buying_group
    and coalesce(coalesce(touches.occurred_until, touches.occurred_at) >= people.member_from, true)
    and coalesce(coalesce(touches.occurred_from, touches.occurred_at) < people.member_until, true)
    and not touches.is_internal
    and not touches.is_bot
    and touches.has_impossible_time is not true
    and coalesce(touches.occurred_from, touches.occurred_at) <= people.as_of
    and coalesce(coalesce(touches.occurred_from, touches.occurred_at) <= people.closed_at, true)
    and (not people.exclude_direct or not touches.is_direct) as is_open_to_models
from people
inner join {{ ref('int_touchpoints__touches') }} as touches
    on people.person_id = touches.person_id
