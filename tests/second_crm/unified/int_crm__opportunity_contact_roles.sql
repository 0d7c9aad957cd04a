select
    source_system,
    number as contact_role_id,
    {{ record_key('acmecrm', 'opportunity', 'deal') }} as opportunity_id,
    {{ record_key('acmecrm', 'contact', 'person') }} as contact_id,
    part as role,
    false as is_primary,
    made_at as created_at,
    is_deleted
from {{ ref('stg_acmecrm__deal_persons') }}
