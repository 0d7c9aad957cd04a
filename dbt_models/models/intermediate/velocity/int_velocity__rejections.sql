with

rejections as (

    select
        *,
        {{ company_month('decided_at') }} as month
    from {{ ref('int_velocity__responses') }}
    where outcome = 'rejected'

),

deals_by_rejection as (

    select
        person_id,
        occurrence,
        count(*) as later_opportunities,
        sum(case when outcome = 'won' then 1 else 0 end) as later_won,
        sum(case when outcome = 'won' then amount else 0 end) as later_won_amount
    from {{ ref('int_velocity__later_opportunities') }}
    group by person_id, occurrence

)

select
    rejections.person_id,
    rejections.occurrence,
    rejections.month,
    rejections.reason,
    rejections.reason_class,
    cast(coalesce(deals_by_rejection.later_opportunities, 0) as bigint) as later_opportunities,
    cast(coalesce(deals_by_rejection.later_won, 0) as bigint) as later_won,
    cast(coalesce(deals_by_rejection.later_won_amount, 0) as decimal(18, 2)) as later_won_amount
from rejections
left join deals_by_rejection
    on
        rejections.person_id = deals_by_rejection.person_id
        and rejections.occurrence = deals_by_rejection.occurrence
