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

sales_work as (

    select
        person_id,
        acted_from,
        acted_until
    from {{ ref('int_lifecycle__sales_actions') }}
    where action_type in ('call', 'meeting', 'email', 'share')

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

-- Where the person's present round began: the last time that it became an MQL, having been something else.
in_rounds as (

    select
        *,
        max(case when stage = 'mql' and previous_stage is distinct from 'mql' then entered_at end) over (
            partition by person_id
            order by entry_number asc
            rows between unbounded preceding and current row
        ) as mql_at,
        max(case when stage = 'mql' and previous_stage is distinct from 'mql' then entry_number end) over (
            partition by person_id
            order by entry_number asc
            rows between unbounded preceding and current row
        ) as mql_entry_number,
        max(case when stage in ('sal', 'sql') then entry_number end) over (
            partition by person_id
            order by entry_number asc
            rows between unbounded preceding and current row
        ) as accepted_entry_number
    from (
        select
            *,
            lag(stage) over (partition by person_id order by entry_number asc) as previous_stage
        from numbered
    ) as numbered_with_previous

),

-- Refusals of a round that sales had begun to work: a call, meeting, e-mail or share before the refusal. One of which
-- only the day is known came before a refusal of that day, and after an MQL of that day.
worked_refusals as (

    select distinct
        in_rounds.person_id,
        in_rounds.entry_number
    from in_rounds
    inner join sales_work
        on
            in_rounds.person_id = sales_work.person_id
            and in_rounds.entered_at > sales_work.acted_from
            and (in_rounds.mql_at is null or in_rounds.mql_at <= sales_work.acted_until)
    where in_rounds.stage = 'rejected'

),

-- A refusal before work is a rejection, after it a disqualification, whatever the CRM calls it. The reverse stays as it
-- is mapped: work that nobody logged can't be told from work that nobody did.
judged as (

    select
        in_rounds.person_id,
        in_rounds.entered_at,
        in_rounds.actor_user_id,
        in_rounds.status,
        in_rounds.reason,
        in_rounds.reason_class,
        in_rounds.evidence,
        in_rounds.source_system,
        in_rounds.source_record_id,
        in_rounds.entry_number,
        case
            when
                in_rounds.stage = 'rejected'
                and (
                    worked_refusals.entry_number is not null
                    or in_rounds.accepted_entry_number > coalesce(in_rounds.mql_entry_number, 0)
                )
                then 'disqualified'
            else in_rounds.stage
        end as stage
    from in_rounds
    left join worked_refusals
        on
            in_rounds.person_id = worked_refusals.person_id
            and in_rounds.entry_number = worked_refusals.entry_number

),

with_previous as (

    select
        *,
        lag(stage) over (partition by person_id order by entry_number asc) as previous_stage
    from judged

),

-- Being told twice of the stage one is in is no entry.
entered as (

    select * from with_previous
    where stage is distinct from previous_stage

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

),

numbered_entries as (

    select
        *,
        row_number() over (partition by person_id, stage order by entry_number asc) as occurrence,
        lead(entered_at) over (partition by person_id order by entry_number asc) as exited_at
    from entered

)

select
    entered.person_id,
    entered.stage,
    entered.occurrence,
    entered.entered_at,
    entered.exited_at,
    cast(
        {{ dbt.datediff('entered.entered_at', 'entered.exited_at', 'second') }} / 3600.0 as decimal(18, 2)
    ) as hours_in_stage,
    entered.previous_stage,
    entered.actor_user_id,
    case when entered.actor_user_id is not null then coalesce(user_teams.team, 'unmapped') end as actor_team,
    entered.status,
    entered.reason,
    entered.reason_class,
    entered.evidence,
    entered.source_system,
    entered.source_record_id,
    entered.entry_number
from numbered_entries as entered
left join user_teams
    on
        entered.source_system = user_teams.source_system
        and entered.actor_user_id = user_teams.user_id
