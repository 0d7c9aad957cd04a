{{ config(materialized='view') }}

with

touches_with_content as (

    select distinct touch_key from {{ ref('int_content_use__uses') }}

)

select
    credit.model,
    sum(credit.attributed_amount) as pipeline_amount,
    sum(case when opportunities.outcome = 'won' then credit.attributed_amount else 0 end) as attributed_amount
from {{ ref('int_attribution__credit') }} as credit
inner join {{ ref('int_journeys__opportunities') }} as opportunities
    on credit.opportunity_key = opportunities.opportunity_key
left join touches_with_content
    on credit.touch_key = touches_with_content.touch_key
where touches_with_content.touch_key is null
group by credit.model
