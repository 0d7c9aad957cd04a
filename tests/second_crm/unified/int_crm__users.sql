select
    source_system,
    {{ record_key('acmecrm', 'user', 'number') }} as user_id,
    mail as email,
    full_name as user_name,
    unit as department,
    cast(null as varchar) as title,
    cast(null as varchar) as profile_id,
    cast(null as varchar) as user_role_id,
    true as is_active,
    made_at as created_at
from {{ ref('stg_acmecrm__staff') }}
