with

opportunities as (

    select
        source_system,
        opportunity_id,
        stage_name,
        created_at,
        close_date
    from {{ ref('int_crm__opportunities') }}
    where
        is_closed
        and not is_deleted

),

-- A stage is closed when any closed opportunity of its system stands in it: the CRM's own list of stages isn't
-- delivered.
closed_stages as (

    select distinct
        source_system,
        stage_name
    from opportunities

),

stage_changes as (

    select
        source_system,
        opportunity_id,
        stage_name,
        changed_at
    from {{ ref('int_crm__opportunity_history') }}
    qualify
        stage_name is distinct from lag(stage_name) over (
            partition by source_system, opportunity_id
            order by changed_at, history_id
        )

),

last_closings as (

    select
        stage_changes.source_system,
        stage_changes.opportunity_id,
        max(stage_changes.changed_at) as entered_at
    from stage_changes
    inner join closed_stages
        on
            stage_changes.source_system = closed_stages.source_system
            and stage_changes.stage_name = closed_stages.stage_name
    group by
        stage_changes.source_system,
        stage_changes.opportunity_id

),

compared as (

    select
        opportunities.source_system,
        opportunities.opportunity_id,
        opportunities.created_at,
        opportunities.close_date,
        last_closings.entered_at,
        coalesce(
            opportunities.close_date is null and last_closings.entered_at is not null
            or {{ company_date('last_closings.entered_at') }} = opportunities.close_date,
            false
        ) as is_moment_known
    from opportunities
    left join last_closings
        on
            opportunities.source_system = last_closings.source_system
            and opportunities.opportunity_id = last_closings.opportunity_id

)

-- An opportunity that neither its close date nor the history dates still has a place in its journey: nothing after its
-- creation is known to lie before the close. It has no close date, so that no month and no cycle is made up.
select
    source_system,
    opportunity_id,
    case
        when is_moment_known then entered_at
        when close_date is null then coalesce({{ latest_creation('created_at') }}, {{ run_setting('as_of') }})
        else {{ company_day_end('close_date') }}
    end as closed_at,
    case
        when is_moment_known then 'timestamp'
        when close_date is null then 'unknown'
        else 'date'
    end as closed_at_precision,
    case when is_moment_known then {{ company_date('entered_at') }} else close_date end as close_date
from compared
