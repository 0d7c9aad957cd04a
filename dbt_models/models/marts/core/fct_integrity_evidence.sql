with

evidence as (

    select * from {{ ref('int_trust__target_evidence') }}

),

targets as (

    select * from {{ ref('int_trust__target_results') }}

)

select
    evidence.target_id,
    targets.metric,
    targets.period_start,
    targets.period_end,
    targets.owner,
    targets.verdict,
    evidence.unit_id,
    evidence.rule,
    evidence.reason,
    evidence.unit_date,
    cast(evidence.quantity as decimal(18, 2)) as quantity,
    evidence.source_system,
    evidence.source_object,
    evidence.source_record_id
from evidence
inner join targets
    on evidence.target_id = targets.target_id
