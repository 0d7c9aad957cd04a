select
    source_system,
    'answers' as source_object,
    number as campaign_member_id,
    source_system as campaign_system,
    drive as campaign_id,
    {{ record_key('acmecrm', 'lead', 'prospect') }} as lead_id,
    cast(null as varchar) as contact_id,
    'answered' as status,
    true as has_responded,
    happened_at as first_responded_at,
    true as has_response_time,
    cast(null as varchar) as created_by_id,
    happened_at as created_at,
    is_deleted,
    source_file
from {{ ref('stg_acmecrm__answers') }}
