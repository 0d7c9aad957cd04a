select
    source_system,
    code as currency,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    cast(rate as decimal(28, 12)) as units_per_corporate,
    coalesce(is_main, false) as is_corporate,
    'static' as rate_type
from {{ ref('stg_acmecrm__monies') }}
