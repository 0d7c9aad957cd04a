{{ config(materialized='view') }}

select
    touchpoint_id,
    person_id,
    account_id,
    occurred_at,
    case when occurred_from is null then 'timestamp' else 'date' end as occurred_at_precision,
    touch_type,
    channel,
    source,
    medium,
    campaign,
    campaign_id,
    campaign_key,
    campaign_matched_by,
    content_asset_id,
    source_system,
    source_object,
    source_record_id,
    source_file,
    actor_user_id,
    is_sales_activity,
    is_internal,
    is_bot,
    has_impossible_time,
    touch_key
from {{ ref('int_touchpoints__touches') }}
