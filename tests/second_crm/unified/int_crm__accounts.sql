select
    source_system,
    {{ record_key('acmecrm', 'account', 'number') }} as account_id,
    label as account_name,
    cast(null as varchar) as website,
    cast(null as varchar) as industry,
    cast(null as varchar) as account_type,
    cast(null as bigint) as number_of_employees,
    cast(null as varchar) as country,
    cast(null as varchar) as parent_id,
    cast(null as varchar) as owner_id,
    {{ record_key('acmecrm', 'user', 'made_by') }} as created_by_id,
    made_at as created_at,
    cast(null as varchar) as master_record_id,
    is_deleted
from {{ ref('stg_acmecrm__firms') }}
