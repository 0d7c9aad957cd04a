select
    target_id,
    source_system,
    metric,
    period_start,
    period_end,
    owner_email,
    cast(target_now as decimal(28, 6)) as target,
    bonus_amount_now as bonus_amount
from {{ ref('int_sealing__targets') }}
where plan_status <> 'withdrawn'
