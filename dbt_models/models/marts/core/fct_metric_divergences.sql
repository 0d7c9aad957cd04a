select
    metric,
    channel,
    week_start,
    units,
    trailing_mean,
    cast(case when trailing_mean > 0 then units / trailing_mean - 1 end as decimal(18, 4)) as rise,
    next_metric,
    next_units,
    next_trailing_mean,
    stretch_start,
    stretch_last_week,
    stretch_units,
    stretch_expected,
    next_stretch_units,
    next_stretch_expected,
    cast(next_stretch_units / next_stretch_expected - 1 as decimal(18, 4)) as next_change,
    deviations
from {{ ref('int_trust__divergences') }}
