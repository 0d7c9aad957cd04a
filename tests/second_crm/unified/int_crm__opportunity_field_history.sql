select
    source_system,
    number as history_id,
    {{ record_key('acmecrm', 'opportunity', 'deal') }} as opportunity_id,
    case what when 'origin' then 'lead_source' else what end as field,
    was as old_value,
    became as new_value,
    {{ record_key('acmecrm', 'user', 'by_whom') }} as changed_by_id,
    happened_at as changed_at
from {{ ref('stg_acmecrm__deal_changes') }}
