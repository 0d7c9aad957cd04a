{{ config(meta={'dagster': {'ref': {'name': 'fct_opportunities'}}}) }}
-- Fails if joins on the way from the unified records to the marts lose or multiply leads, contacts, persons or deals.
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

    union all

    select
        'live opportunities' as what,
        (select sum(case when is_deleted then 0 else 1 end) from {{ ref('int_crm__opportunities') }}) as before,
        (select count(*) from {{ ref('fct_opportunities') }}) as after

    union all

    select
        'people with a live lead' as what,
        (select sum(case when is_lead then 1 else 0 end) from {{ ref('dim_person') }}) as before,
        (select coalesce(sum(leads), 0) from {{ ref('rpt_lead_to_revenue') }}) as after

)

select * from counts
where before <> after
