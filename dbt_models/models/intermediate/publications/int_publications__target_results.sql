select
    target_id,
    cast(target as decimal(18, 2)) as target,
    bonus_amount,
    cast(delivered as decimal(18, 2)) as delivered,
    cast(verified as decimal(18, 2)) as verified,
    cast(evidence_units as bigint) as evidence_units,
    verdict,
    evidence
from {{ ref('int_trust__judged_targets') }}
