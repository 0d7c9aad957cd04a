{{ config(meta={'dagster': {'ref': {'name': 'dim_person'}}}) }}
-- Fails if joins on the way from the unified records to the marts lose or multiply leads, contacts or persons.
with

counts as (

    select
        'leads and contacts' as what,
        (select count(*) from {{ ref('int_crm__leads') }})
        + (select count(*) from {{ ref('int_crm__contacts') }}) as before,
        (select count(*) from {{ ref('int_identity__record_creations') }}) as after

    union all

    select
        'persons' as what,
        (select count(distinct person_id) from {{ ref('int_identity__person_identifiers') }}) as before,
        (select count(*) from {{ ref('dim_person') }}) as after

)

select * from counts
where before <> after
