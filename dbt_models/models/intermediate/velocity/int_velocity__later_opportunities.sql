with

rejections as (

    select
        person_id,
        occurrence,
        decided_at
    from {{ ref('int_velocity__responses') }}
    where outcome = 'rejected'

)

-- The last rejection before an opportunity is the one that the opportunity proves wrong, so that no opportunity is
-- counted twice.
select
    opportunities.opportunity_id,
    rejections.person_id,
    rejections.occurrence,
    opportunities.outcome,
    opportunities.amount
from {{ ref('int_velocity__opportunities') }} as opportunities
inner join rejections
    on
        opportunities.person_id = rejections.person_id
        and {{ latest_creation('opportunities.created_at') }} >= rejections.decided_at
qualify
    row_number() over (
        partition by opportunities.opportunity_id
        order by rejections.decided_at desc, rejections.occurrence desc
    ) = 1
