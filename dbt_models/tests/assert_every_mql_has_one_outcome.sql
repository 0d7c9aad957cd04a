{{ config(meta={'dagster': {'ref': {'name': 'int_velocity__responses'}}}) }}
-- Fails if an entry into mql has no row in the responses or the pairs, or more than one.
with

entries as (

    select
        person_id,
        occurrence
    from {{ ref('int_velocity__mql_entries') }}

),

responses as (

    select
        person_id,
        occurrence,
        count(*) as responses
    from {{ ref('int_velocity__responses') }}
    group by person_id, occurrence

),

pairs as (

    select
        person_id,
        occurrence,
        count(*) as pairs
    from {{ ref('int_velocity__pairs') }}
    group by person_id, occurrence

)

select
    entries.person_id,
    entries.occurrence,
    responses.responses,
    pairs.pairs
from entries
left join responses
    on
        entries.person_id = responses.person_id
        and entries.occurrence = responses.occurrence
left join pairs
    on
        entries.person_id = pairs.person_id
        and entries.occurrence = pairs.occurrence
where
    coalesce(responses.responses, 0) <> 1
    or coalesce(pairs.pairs, 0) <> 1
