with

user_keys as (

    select distinct
        user_key_type,
        user_key
    from {{ ref('int_identity__web_keys') }}
    where user_key is not null

)

select
    user_keys.user_key as user_id,
    identifiers.person_id
from user_keys
inner join {{ ref('int_identity__person_identifiers') }} as identifiers
    on
        user_keys.user_key_type = identifiers.identifier_type
        and user_keys.user_key = identifiers.identifier
