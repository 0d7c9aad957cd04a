select
    source_system,
    campaign_member_id,
    campaign_id,
    lead_id,
    contact_id,
    coalesce(first_responded_at, created_at) as responded_at,
    source_file
from {{ ref('int_crm__campaign_members') }}
where
    not is_deleted
    and (has_responded or first_responded_at is not null)
