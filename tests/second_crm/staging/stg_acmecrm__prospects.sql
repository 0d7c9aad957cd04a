select
    number,
    mail,
    full_name,
    origin,
    state,
    owner,
    made_by,
    made_at,
    became_firm,
    became_person,
    became_deal,
    became_on,
    _deleted_at is not null as is_deleted,
    'acmecrm' as source_system,
    _file as source_file
from {{ source('raw_acmecrm', 'prospects') }}
