with

entries as (

    select * from {{ ref('int_velocity__mql_entries') }}

),

records as (

    select
        record_id,
        max(first_run_number) as first_run_number
    from {{ ref('int_identity__record_creations') }}
    group by record_id

)

select
    entries.person_id,
    entries.cohort_month,
    cast(count(*) as bigint) as mqls,
    cast(max(records.first_run_number) as bigint) as newest_run_number
from entries
left join records
    on entries.lead_id = records.record_id
group by entries.person_id, entries.cohort_month
