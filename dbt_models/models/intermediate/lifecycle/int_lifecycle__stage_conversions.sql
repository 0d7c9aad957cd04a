with

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

-- The way a person is expected to take, and how far along it each stage is.
ranked as (

    select
        transitions.person_id,
        transitions.entered_at,
        transitions.stage,
        case transitions.stage
            when 'inquiry' then 1
            when 'mql' then 2
            when 'sal' then 3
            when 'sql' then 4
            when 'opportunity' then 5
            when 'won' then 6
        end as stage_rank
    from {{ ref('int_lifecycle__transitions') }} as transitions
    cross join run_context
    where transitions.entered_at <= run_context.as_of

),

first_entries as (

    select
        person_id,
        stage,
        stage_rank,
        min(entered_at) as entered_at
    from ranked
    where stage_rank is not null
    group by person_id, stage, stage_rank

),

steps as (

    select
        step_list.from_stage,
        step_list.from_rank,
        step_list.to_stage,
        step_list.to_rank
    from (
        values
        ('inquiry', 1, 'mql', 2),
        ('mql', 2, 'sal', 3),
        ('sal', 3, 'sql', 4),
        ('sql', 4, 'opportunity', 5),
        ('opportunity', 5, 'won', 6),
        ('inquiry', 1, 'won', 6),
        ('mql', 2, 'opportunity', 5),
        ('mql', 2, 'won', 6)
    ) as step_list (from_stage, from_rank, to_stage, to_rank)

),

starts as (

    select
        first_entries.person_id,
        steps.from_stage,
        steps.from_rank,
        steps.to_stage,
        steps.to_rank,
        first_entries.entered_at as from_at
    from first_entries
    inner join steps
        on first_entries.stage_rank = steps.from_rank

),

-- A stage that was skipped was passed: who has an opportunity has been further than sql.
arrivals as (

    select
        starts.person_id,
        starts.from_stage,
        starts.to_stage,
        min(ranked.entered_at) as to_at
    from starts
    inner join ranked
        on
            starts.person_id = ranked.person_id
            and starts.from_at <= ranked.entered_at
            and starts.to_rank <= ranked.stage_rank
    group by starts.person_id, starts.from_stage, starts.to_stage

)

select
    starts.person_id,
    starts.from_stage,
    starts.to_stage,
    starts.from_rank,
    starts.to_rank,
    {{ company_month('starts.from_at') }} as cohort_month,
    starts.from_at,
    arrivals.to_at,
    {{ dbt.datediff('starts.from_at', 'arrivals.to_at', 'second') }} / cast(86400 as double) as days_to_convert
from starts
left join arrivals
    on
        starts.person_id = arrivals.person_id
        and starts.from_stage = arrivals.from_stage
        and starts.to_stage = arrivals.to_stage
