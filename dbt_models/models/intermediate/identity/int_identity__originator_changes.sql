with

originators as (

    select
        source_system,
        opportunity_id,
        first_run_number
    from {{ ref('int_identity__opportunity_originators') }}

),

states as (

    select
        memory.*,
        lag(memory.originator_record_id) over states_of_deal as previous_record_id,
        lag(memory.originator_user_id) over states_of_deal as previous_user_id,
        lag(memory.originator_team) over states_of_deal as previous_team,
        lag(memory.originator_source) over states_of_deal as previous_source,
        lag(memory.originator_created_at) over states_of_deal as previous_created_at,
        lag(memory.originator_matched_by) over states_of_deal as previous_matched_by
    from {{ ref('int_identity__originator_memory') }} as memory
    inner join originators
        on
            memory.source_system = originators.source_system
            and memory.opportunity_id = originators.opportunity_id
            and memory.first_run_number = originators.first_run_number
    where memory.established_as_of <= {{ run_setting('as_of') }}
    window
        states_of_deal as (
            partition by memory.source_system, memory.opportunity_id
            order by memory.run_number asc
        )

)

select
    source_system,
    opportunity_id,
    established_as_of as changed_at,
    cause,
    previous_record_id,
    originator_record_id as new_record_id,
    previous_user_id,
    originator_user_id as new_user_id,
    previous_team,
    originator_team as new_team,
    previous_source,
    originator_source as new_source,
    previous_created_at,
    originator_created_at as new_created_at,
    previous_matched_by,
    originator_matched_by as new_matched_by,
    run_number
from states
where cause <> 'first_seen'
