with

persons as (

    select * from {{ ref('int_identity__persons') }}

),

person_accounts as (

    select * from {{ ref('int_identity__person_accounts') }}

),

originators as (

    select * from {{ ref('int_identity__person_originators') }}

)

select
    persons.person_id,
    person_accounts.account_id,
    {{ salted_hash('persons.email') }} as email_hash,
    person_accounts.account_match_method,
    persons.first_seen_at,
    persons.created_at,
    originators.originator_team,
    originators.originator_user_id,
    originators.originator_source,
    persons.first_record_type,
    persons.first_record_id,
    persons.is_lead,
    persons.is_contact,
    persons.is_internal,
    persons.identifiers
from persons
inner join person_accounts
    on persons.person_id = person_accounts.person_id
left join originators
    on persons.person_id = originators.person_id
