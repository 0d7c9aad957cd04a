select distinct
    window_id,
    lookback_days,
    lookback_anchor,
    include_sales_activity
from {{ ref('int_journeys__model_windows') }}
