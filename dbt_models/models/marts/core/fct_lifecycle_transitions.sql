with

transitions as (

    select * from {{ ref('int_lifecycle__transitions') }}

)

select
    person_id,
    stage,
    occurrence,
    entered_at,
    exited_at,
    hours_in_stage,
    previous_stage,
    actor_user_id,
    actor_team,
    status,
    reason,
    reason_class,
    evidence,
    source_system,
    source_record_id
from transitions
