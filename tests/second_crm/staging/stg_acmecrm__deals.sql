select
    number,
    firm,
    label,
    phase,
    kind,
    worth,
    money,
    origin,
    drive,
    owner,
    made_by,
    made_at,
    ends_on,
    outcome,
    _deleted_at is not null as is_deleted,
    'acmecrm' as source_system,
    _file as source_file
from {{ source('raw_acmecrm', 'deals') }}
