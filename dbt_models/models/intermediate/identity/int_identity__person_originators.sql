with

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

records as (

    select * from {{ ref('int_identity__record_creations') }}

)

select
    person_identifiers.person_id,
    records.created_by_user_id as originator_user_id,
    records.created_by_team as originator_team,
    records.lead_source as originator_source,
    records.lead_source_evidence as originator_source_evidence,
    records.created_at as originator_created_at,
    records.record_type,
    records.identifier_type,
    records.record_id,
    records.source_system,
    records.creation_rank
from records
inner join person_identifiers
    on
        records.identifier_type = person_identifiers.identifier_type
        and records.record_id = person_identifiers.identifier
qualify row_number() over (partition by person_identifiers.person_id order by records.creation_rank asc) = 1
