{{ config(meta={'dagster': {'ref': {'name': 'int_identity__person_identifiers'}}}) }}
-- Fails if a lead, a contact, a usable e-mail address or an anonymous id belongs to no person or to several, or if a
-- refused e-mail address belongs to anyone.
with

expected as (

    select
        identifier_type,
        record_id as identifier,
        1 as persons
    from {{ ref('int_identity__record_creations') }}

    union

    select
        'email' as identifier_type,
        email as identifier,
        case when refusal_reason is null then 1 else 0 end as persons
    from {{ ref('int_identity__emails') }}

    union

    select
        'anonymous_id' as identifier_type,
        anonymous_id as identifier,
        1 as persons
    from {{ ref('int_identity__web_keys') }}
    where anonymous_id is not null

),

found as (

    select
        identifier_type,
        identifier,
        count(*) as persons
    from {{ ref('int_identity__person_identifiers') }}
    group by identifier_type, identifier

)

select
    expected.identifier_type,
    expected.identifier,
    expected.persons as persons_expected,
    coalesce(found.persons, 0) as persons_found
from expected
left join found
    on
        expected.identifier_type = found.identifier_type
        and expected.identifier = found.identifier
where expected.persons <> coalesce(found.persons, 0)
