select
    source_system,
    {{ record_key('acmecrm', 'contact', 'number') }} as contact_id,
    {{ record_key('acmecrm', 'account', 'firm') }} as account_id,
    mail as email,
    full_name as contact_name,
    cast(null as varchar) as title,
    cast(null as varchar) as lead_source,
    cast(null as varchar) as owner_id,
    {{ record_key('acmecrm', 'user', 'made_by') }} as created_by_id,
    made_at as created_at,
    cast(null as varchar) as master_record_id,
    is_deleted,
    source_file
from {{ ref('stg_acmecrm__persons') }}
