with

rejections as (

    select * from {{ ref('int_velocity__rejections') }}

)

select
    month,
    reason,
    reason_class,
    cast(count(*) as bigint) as rejected_mqls,
    cast(sum(later_opportunities) as bigint) as later_opportunities,
    cast(sum(later_won) as bigint) as later_won,
    cast(sum(later_won_amount) as decimal(18, 2)) as later_won_amount
from rejections
group by month, reason, reason_class
