select
    touches.touch_key,
    uses.touchpoint_id,
    uses.content_asset_id as asset_id,
    uses.use_type,
    uses.used_at,
    uses.used_from,
    uses.uses,
    touches.person_id,
    touches.occurred_at as touched_at,
    touches.source_system,
    touches.source_record_id
from {{ ref('int_touchpoints__content_uses') }} as uses
inner join {{ ref('int_touchpoints__touches') }} as touches
    on uses.touchpoint_id = touches.touchpoint_id
where
    not touches.is_internal
    and not touches.is_bot
    and touches.has_impossible_time is not true
    and coalesce(uses.used_from, uses.used_at) <= {{ run_setting('as_of') }}
