select
    target_id,
    metric,
    period_start,
    period_end,
    owner,
    owner_user_id,
    cast(target as decimal(18, 2)) as target,
    cast(delivered as decimal(18, 2)) as delivered,
    cast(delivered / nullif(target, 0) as decimal(18, 6)) as delivered_share,
    cast(period_days as bigint) as period_days,
    cast(elapsed_days as bigint) as elapsed_days,
    cast(elapsed_days * 1.0 / period_days as decimal(9, 6)) as elapsed_share,
    bonus_amount
from {{ ref('int_trust__running_targets') }}
