select
    number,
    deal,
    person,
    part,
    made_at,
    _deleted_at is not null as is_deleted,
    'acmecrm' as source_system,
    _file as source_file
from {{ source('raw_acmecrm', 'deal_persons') }}
