with

conversions as (

    select * from {{ ref('int_lifecycle__stage_conversions') }}

)

select
    cohort_month,
    from_stage,
    to_stage,
    cast(count(*) as bigint) as people,
    cast(count(to_at) as bigint) as converted,
    cast(count(to_at) * 1.0 / count(*) as decimal(9, 6)) as conversion_rate,
    cast(median(days_to_convert) as decimal(9, 1)) as median_days
from conversions
group by cohort_month, from_stage, to_stage
