select
    campaign_key,
    campaign_id,
    source_system,
    campaign_name,
    campaign_type,
    status,
    start_date,
    end_date,
    budgeted_cost_original,
    actual_cost_original,
    currency,
    parent_campaign_id,
    owner_user_id,
    created_at,
    is_deleted
from {{ ref('int_campaigns__campaigns') }}
