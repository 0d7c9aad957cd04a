{{ config(meta={'dagster': {'ref': {'name': 'fct_attribution'}}}) }}
-- Fails if a touch after an opportunity's close has credit for it.
select
    attribution.opportunity_id,
    attribution.model,
    attribution.touchpoint_id,
    touchpoints.occurred_at,
    opportunities.closed_at
from {{ ref('fct_attribution') }} as attribution
inner join {{ ref('fct_touchpoints') }} as touchpoints
    on attribution.touchpoint_id = touchpoints.touchpoint_id
inner join {{ ref('int_revenue__opportunities') }} as opportunities
    on attribution.opportunity_id = opportunities.opportunity_id
where touchpoints.occurred_at > opportunities.closed_at
