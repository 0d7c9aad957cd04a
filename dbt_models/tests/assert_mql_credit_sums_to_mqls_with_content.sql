{{ config(meta={'dagster': {'ref': {'name': 'rpt_content_effectiveness'}}}) }}
-- Fails if a model's MQL credit isn't the number of MQLs who had used any asset when they first became one.
with

mqls as (

    select
        person_id,
        min(entered_at) as mql_at
    from {{ ref('fct_lifecycle_transitions') }}
    where stage = 'mql'
    group by person_id

),

with_content as (

    select count(distinct mqls.person_id) as mqls
    from mqls
    inner join {{ ref('int_content_use__uses') }} as uses
        on
            mqls.person_id = uses.person_id
            and mqls.mql_at >= coalesce(uses.used_from, uses.used_at)

),

credit as (

    select
        model,
        sum(mql_credit) as mql_credit
    from {{ ref('rpt_content_effectiveness') }}
    group by model

)

select
    credit.model,
    credit.mql_credit,
    with_content.mqls
from credit
cross join with_content
where credit.mql_credit <> with_content.mqls
