select
    opportunities.opportunity_id,
    touches.touchpoint_id,
    touches.person_id,
    eligibility.occurred_at,
    eligibility.status
from {{ ref('int_journeys__eligibility') }} as eligibility
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on eligibility.opportunity_key = opportunities.opportunity_key
inner join {{ ref('int_touchpoints__touches') }} as touches
    on eligibility.touch_key = touches.touch_key
