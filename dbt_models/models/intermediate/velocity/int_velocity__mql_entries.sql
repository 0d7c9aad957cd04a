with

run_context as (

    select
        as_of,
        mql_response_sla_hours
    from {{ ref('stg_reference__run_context') }}

),

person_accounts as (

    select * from {{ ref('int_identity__person_accounts') }}

),

entries as (

    select
        transitions.person_id,
        transitions.occurrence,
        transitions.source_system,
        transitions.source_record_id as lead_id,
        transitions.entered_at as mql_at,
        run_context.as_of,
        {{ dbt.dateadd('hour', 'run_context.mql_response_sla_hours', 'transitions.entered_at') }} as due_at,
        min(transitions.entered_at) over (partition by transitions.person_id) as first_mql_at,
        lead(transitions.entered_at) over (
            partition by transitions.person_id
            order by transitions.occurrence asc
        ) as next_mql_at
    from {{ ref('int_lifecycle__transitions') }} as transitions
    cross join run_context
    where transitions.stage = 'mql' and transitions.entered_at <= run_context.as_of

)

select
    entries.person_id,
    entries.occurrence,
    entries.source_system,
    entries.lead_id,
    person_accounts.account_id,
    {{ company_month('entries.first_mql_at') }} as cohort_month,
    entries.mql_at,
    entries.next_mql_at,
    entries.due_at,
    entries.as_of >= entries.due_at as is_due
from entries
left join person_accounts
    on entries.person_id = person_accounts.person_id
