select
    source_system,
    number as history_id,
    {{ record_key('acmecrm', 'lead', 'prospect') }} as lead_id,
    case what when 'origin' then 'lead_source' when 'state' then 'status' when 'holder' then 'owner' else what end as field,
    case when what = 'holder' then {{ record_key('acmecrm', 'user', 'was') }} else was end as old_value,
    case when what = 'holder' then {{ record_key('acmecrm', 'user', 'became') }} else became end as new_value,
    {{ record_key('acmecrm', 'user', 'by_whom') }} as changed_by_id,
    happened_at as changed_at
from {{ ref('stg_acmecrm__prospect_changes') }}
