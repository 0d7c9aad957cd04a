select
    metric,
    channel,
    week_start,
    units,
    known_units
from {{ ref('int_trust__metric_weeks') }}
