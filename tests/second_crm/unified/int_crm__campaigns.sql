select
    source_system,
    number as campaign_id,
    label as campaign_name,
    kind as campaign_type,
    cast(null as varchar) as status,
    cast(null as decimal(18, 2)) as budgeted_cost,
    cast(spent as decimal(18, 2)) as actual_cost,
    money as currency,
    starts_on as start_date,
    ends_on as end_date,
    cast(null as varchar) as parent_id,
    cast(null as varchar) as owner_id,
    cast(null as timestamp) as created_at,
    is_deleted
from {{ ref('stg_acmecrm__drives') }}
