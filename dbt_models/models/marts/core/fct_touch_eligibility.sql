{{ config(materialized='view') }}

select
    opportunities.opportunity_id,
    touchpoints.touchpoint_id,
    touchpoints.person_id,
    eligibility.occurred_at,
    cast(eligibility.status as {{ dbt.type_string() }}) as status
from {{ ref('int_journeys__eligibility') }} as eligibility
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on eligibility.opportunity_key = opportunities.opportunity_key
inner join {{ ref('fct_touchpoints') }} as touchpoints
    on eligibility.touch_key = touchpoints.touch_key
