with

lead_entries as (

    select
        person_id,
        stage,
        entered_at,
        1 as kind_rank,
        entry_rank,
        actor_user_id,
        status,
        reason,
        reason_class,
        evidence,
        source_system,
        lead_id as source_record_id
    from {{ ref('int_lifecycle__lead_stage_entries') }}

),

opportunity_entries as (

    select
        person_id,
        stage,
        entered_at,
        2 as kind_rank,
        entry_rank,
        actor_user_id,
        null as status,
        null as reason,
        null as reason_class,
        'history' as evidence,
        source_system,
        opportunity_id as source_record_id
    from {{ ref('int_lifecycle__opportunity_stage_entries') }}

),

entries as (

    select * from lead_entries
    union all
    select * from opportunity_entries

),

-- One order for everything that happened to a person; a conversion comes before the opportunity it created.
numbered as (

    select
        *,
        row_number() over (
            partition by person_id
            order by
                entered_at asc, kind_rank asc, entry_rank asc, stage asc, source_record_id asc, source_system asc
        ) as entry_number
    from entries

),

with_previous as (

    select
        *,
        lag(stage) over (partition by person_id order by entry_number asc) as previous_stage
    from numbered

),

-- Being told twice of the stage one is in is no entry.
entered as (

    select * from with_previous
    where stage is distinct from previous_stage

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

)

select
    entered.person_id,
    entered.stage,
    row_number() over (partition by entered.person_id, entered.stage order by entered.entry_number asc) as occurrence,
    entered.entered_at,
    lead(entered.entered_at) over (partition by entered.person_id order by entered.entry_number asc) as exited_at,
    entered.previous_stage,
    entered.actor_user_id,
    case when entered.actor_user_id is not null then coalesce(user_teams.team, 'unmapped') end as actor_team,
    entered.status,
    entered.reason,
    entered.reason_class,
    entered.evidence,
    entered.source_system,
    entered.source_record_id
from entered
left join user_teams
    on
        entered.source_system = user_teams.source_system
        and entered.actor_user_id = user_teams.user_id
