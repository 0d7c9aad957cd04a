with

person_identifiers as (

    select * from {{ ref('int_identity__person_identifiers') }}

),

records as (

    select
        person_identifiers.person_id,
        records.*
    from {{ ref('int_identity__record_creations') }} as records
    inner join person_identifiers
        on
            records.identifier_type = person_identifiers.identifier_type
            and records.record_id = person_identifiers.identifier

),

originators as (

    select * from {{ ref('int_identity__person_originators') }}

),

emails as (

    select * from {{ ref('int_identity__emails') }}

),

-- The address of the earliest record that has one; a person without records keeps the address seen first.
person_emails as (

    select
        person_identifiers.person_id,
        person_identifiers.identifier as email,
        min(records.creation_rank) as creation_rank,
        person_identifiers.first_seen_at
    from person_identifiers
    left join records
        on
            person_identifiers.person_id = records.person_id
            and person_identifiers.identifier = records.email
    where person_identifiers.identifier_type = 'email'
    group by person_identifiers.person_id, person_identifiers.identifier, person_identifiers.first_seen_at

),

primary_emails as (

    select * from person_emails
    qualify
        row_number() over (
            partition by person_id
            order by creation_rank asc nulls last, first_seen_at asc nulls last, email asc
        ) = 1

),

-- A refused address (info@) names no person, but it does tell an employee from a prospect.
known_emails as (

    select
        person_id,
        email
    from person_emails

    union

    select
        person_id,
        email
    from records
    where email is not null

),

internal_persons as (

    select
        known_emails.person_id,
        min(case when emails.is_internal then 1 else 0 end) = 1 as is_internal
    from known_emails
    inner join emails
        on known_emails.email = emails.email
    group by known_emails.person_id

),

record_counts as (

    select
        person_id,
        max(case when record_type = 'lead' and is_live then 1 else 0 end) = 1 as is_lead,
        max(case when record_type = 'contact' and is_live then 1 else 0 end) = 1 as is_contact
    from records
    group by person_id

),

seen as (

    select
        person_id,
        min(first_seen_at) as first_seen_at,
        count(*) as identifiers
    from person_identifiers
    group by person_id

)

select
    seen.person_id,
    primary_emails.email,
    seen.first_seen_at,
    originators.originator_created_at as created_at,
    originators.record_type as first_record_type,
    originators.record_id as first_record_id,
    originators.creation_rank,
    coalesce(record_counts.is_lead, false) as is_lead,
    coalesce(record_counts.is_contact, false) as is_contact,
    coalesce(internal_persons.is_internal, false) as is_internal,
    seen.identifiers
from seen
left join originators
    on seen.person_id = originators.person_id
left join primary_emails
    on seen.person_id = primary_emails.person_id
left join record_counts
    on seen.person_id = record_counts.person_id
left join internal_persons
    on seen.person_id = internal_persons.person_id
