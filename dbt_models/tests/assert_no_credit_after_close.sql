{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}
-- Fails if a touch after an opportunity's close has credit for it in any model.
with

-- One row per opportunity first: compared touch by touch, an engine may pair every touch with every earlier close.
last_credited_touches as (

    select
        attribution.opportunity_id,
        max(coalesce(touchpoints.occurred_from, touchpoints.occurred_at)) as last_credited_at
    from {{ ref('fct_attribution') }} as attribution
    inner join {{ ref('int_touchpoints__touches') }} as touchpoints
        on attribution.touchpoint_id = touchpoints.touchpoint_id
    group by attribution.opportunity_id

)

select
    opportunities.opportunity_id,
    opportunities.closed_at,
    last_credited_touches.last_credited_at
from {{ ref('int_revenue__opportunities') }} as opportunities
inner join last_credited_touches
    on opportunities.opportunity_id = last_credited_touches.opportunity_id
where last_credited_touches.last_credited_at > opportunities.closed_at
