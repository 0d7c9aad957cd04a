select
    targets.target_id,
    counted.metric,
    counted.unit_id,
    counted.source_system,
    counted.source_object,
    counted.source_record_id,
    counted.unit_date,
    counted.quantity
from {{ ref('int_trust__targets') }} as targets
inner join {{ ref('int_trust__metric_units') }} as counted
    on
        targets.metric = counted.metric
        and targets.period_start <= counted.unit_date
        and targets.period_end >= counted.unit_date
