select
    number,
    label,
    kind,
    spent,
    money,
    starts_on,
    ends_on,
    _deleted_at is not null as is_deleted,
    'acmecrm' as source_system,
    _file as source_file
from {{ source('raw_acmecrm', 'drives') }}
