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
-- Every model of the credit has its rules, so this leaves nothing out. With it DuckDB expects few rows of one
-- opportunity and looks their touches up; without it builds a table of all touches first, four times as slow.
inner join {{ ref('int_attribution__rules') }} as rules
    on credit.model = rules.model
left join {{ ref('fct_touchpoints') }} as touchpoints
    on credit.touch_key = touchpoints.touch_key
