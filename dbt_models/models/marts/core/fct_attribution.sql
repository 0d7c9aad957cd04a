{{ config(materialized='view') }}

select
    credit.opportunity_id,
    credit.model,
    touchpoints.touchpoint_id,
    touchpoints.person_id,
    touchpoints.channel,
    cast(credit.positions as {{ dbt.type_string() }}) as positions,
    cast(credit.credit_status as {{ dbt.type_string() }}) as credit_status,
    opportunities.outcome,
    credit.weight,
    credit.attributed_amount
from {{ ref('int_attribution__credit') }} as credit
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on credit.opportunity_key = opportunities.opportunity_key
left join {{ ref('fct_touchpoints') }} as touchpoints
    on credit.touch_key = touchpoints.touch_key
