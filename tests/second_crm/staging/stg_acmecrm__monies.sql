select
    code,
    rate,
    is_main,
    _deleted_at is not null as is_deleted,
    'acmecrm' as source_system,
    _file as source_file
from {{ source('raw_acmecrm', 'monies') }}
