with

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

)

select
    person_id,
    identifier_type,
    case
        when identifier_type = 'email' or identifier like '%@%' then {{ salted_hash('identifier') }}
        else identifier
    end as identifier,
    matched_by,
    first_seen_at
from person_identifiers
