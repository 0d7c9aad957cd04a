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

-- An entry at a lead's creation of which only the day is known: the time to answer runs from that day's end.
dated as (

    select
        transitions.*,
        leads.lead_id is not null
        and {{ latest_creation('transitions.entered_at') }} > transitions.entered_at as is_mql_dated,
        case
            when leads.lead_id is null then transitions.entered_at
            else {{ latest_creation('transitions.entered_at') }}
        end as entered_until
    from {{ ref('int_lifecycle__transitions') }} as transitions
    left join {{ ref('int_crm__leads') }} as leads
        on
            transitions.source_system = leads.source_system
            and transitions.source_record_id = leads.lead_id
            and transitions.entered_at = leads.created_at
    where transitions.stage = 'mql'

),

entries as (

    select
        transitions.person_id,
        transitions.occurrence,
        transitions.source_system,
        transitions.source_record_id as lead_id,
        transitions.entered_at as mql_at,
        run_context.as_of,
        transitions.is_mql_dated,
        transitions.entered_until as asked_at,
        {{ dbt.dateadd('hour', 'run_context.mql_response_sla_hours', 'transitions.entered_until') }} as due_at,
        min(transitions.entered_at) over (partition by transitions.person_id) as first_mql_at,
        lead(transitions.entered_at) over (
            partition by transitions.person_id
            order by transitions.occurrence asc
        ) as next_mql_at
    from dated as transitions
    cross join run_context
    where transitions.entered_at <= run_context.as_of

)

select
    entries.person_id,
    entries.occurrence,
    entries.source_system,
    entries.lead_id,
    person_accounts.account_id,
    {{ company_month('entries.first_mql_at') }} as cohort_month,
    entries.mql_at,
    entries.is_mql_dated,
    entries.next_mql_at,
    entries.asked_at,
    entries.due_at,
    entries.as_of >= entries.due_at as is_due
from entries
left join person_accounts
    on entries.person_id = person_accounts.person_id
