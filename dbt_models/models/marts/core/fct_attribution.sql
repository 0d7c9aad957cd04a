select
    opportunities.opportunity_id,
    credit.model,
    touches.touchpoint_id,
    touches.person_id,
    touches.channel,
    credit.positions,
    credit.credit_status,
    opportunities.outcome,
    credit.weight,
    credit.attributed_amount
from {{ ref('int_attribution__credit') }} as credit
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on credit.opportunity_key = opportunities.opportunity_key
left join {{ ref('int_touchpoints__touches') }} as touches
    on credit.touch_key = touches.touch_key
