with

entries as (

    select * from {{ ref('int_velocity__mql_entries') }}

),

records as (

    select
        source_system,
        record_id,
        max(first_run_number) as first_run_number
    from {{ ref('int_identity__record_creations') }}
    group by source_system, record_id

)

select
    entries.source_system,
    entries.lead_id,
    entries.person_id,
    entries.cohort_month,
    cast(count(*) as bigint) as mqls,
    cast(max(records.first_run_number) as bigint) as first_run_number
from entries
left join records
    on
        entries.source_system = records.source_system
        and entries.lead_id = records.record_id
group by
    entries.source_system,
    entries.lead_id,
    entries.person_id,
    entries.cohort_month
