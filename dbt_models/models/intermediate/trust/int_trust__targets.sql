-- A period is judged when it is over.
select
    target_id,
    source_system,
    metric,
    period_start,
    period_end,
    target,
    bonus_amount,
    owner_user_id,
    owner
from {{ ref('int_trust__planned_targets') }}
where period_state = 'over'
