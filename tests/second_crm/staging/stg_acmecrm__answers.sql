select
    number,
    drive,
    prospect,
    happened_at,
    _deleted_at is not null as is_deleted,
    'acmecrm' as source_system,
    _file as source_file
from {{ source('raw_acmecrm', 'answers') }}
