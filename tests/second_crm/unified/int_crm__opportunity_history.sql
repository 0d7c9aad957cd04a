select
    source_system,
    number as history_id,
    {{ record_key('acmecrm', 'opportunity', 'deal') }} as opportunity_id,
    phase as stage_name,
    cast(worth as decimal(18, 2)) as amount_original,
    cast(null as date) as close_date,
    cast(null as decimal(28, 6)) as probability,
    {{ record_key('acmecrm', 'user', 'by_whom') }} as changed_by_id,
    happened_at as changed_at
from {{ ref('stg_acmecrm__deal_phases') }}
