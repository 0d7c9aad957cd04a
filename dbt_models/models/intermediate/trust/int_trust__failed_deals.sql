{#- An opportunity that was signed on Friday may be entered the week after; later than that its date was chosen. -#}
{%- set late_entry_days = 7 -%}
with

opportunities as (

    select
        opportunity_id,
        source_system,
        stage_name,
        outcome,
        close_date,
        {{ company_date('created_at') }} as created_date
    from {{ ref('int_revenue__opportunities') }}

),

history as (

    select
        source_system,
        opportunity_id,
        stage_name,
        close_date,
        {{ company_date('changed_at') }} as changed_date,
        lag(stage_name) over (
            partition by source_system, opportunity_id
            order by changed_at asc, history_id asc
        ) as previous_stage_name,
        lag(close_date) over (
            partition by source_system, opportunity_id
            order by changed_at asc, history_id asc
        ) as previous_close_date
    from {{ ref('int_crm__opportunity_history') }}

),

history_start as (

    select min(changed_date) as first_date from history

),

traces as (

    select
        opportunities.source_system,
        opportunities.opportunity_id,
        min(history.changed_date) as first_traced_date,
        max(
            case
                when
                    history.stage_name = opportunities.stage_name
                    and history.previous_stage_name is distinct from history.stage_name
                    then history.changed_date
            end
        ) as stage_entered_date,
        sum(case when history.close_date > history.previous_close_date then 1 else 0 end) as pushes
    from opportunities
    inner join history
        on
            opportunities.source_system = history.source_system
            and opportunities.opportunity_id = history.opportunity_id
    group by opportunities.source_system, opportunities.opportunity_id

),

failures as (

    -- An opportunity that was won in the end held up, however often it was pushed.
    select
        'opportunities' as metric,
        opportunities.source_system,
        opportunities.opportunity_id,
        'close_date_pushed' as rule,
        cast(null as date) as recorded_date,
        'Its close date was moved to a later day ' || traces.pushes || ' times; it is ' || opportunities.outcome
        || '.' as reason
    from opportunities
    inner join traces
        on
            opportunities.source_system = traces.source_system
            and opportunities.opportunity_id = traces.opportunity_id
    where traces.pushes >= 3 and opportunities.outcome <> 'won'

    union all

    -- The history must reach back further than the opportunity: an export of recent changes only would make every old
    -- opportunity look back-dated.
    select
        'opportunities' as metric,
        opportunities.source_system,
        opportunities.opportunity_id,
        'back_dated' as rule,
        traces.first_traced_date as recorded_date,
        'Created on ' || opportunities.created_date || ' by its own date; its history begins on '
        || traces.first_traced_date || '.' as reason
    from opportunities
    inner join traces
        on
            opportunities.source_system = traces.source_system
            and opportunities.opportunity_id = traces.opportunity_id
    cross join history_start
    where
        traces.first_traced_date > {{ dbt.dateadd('day', late_entry_days, 'opportunities.created_date') }}
        and opportunities.created_date > history_start.first_date

    union all

    select
        'won_amount' as metric,
        opportunities.source_system,
        opportunities.opportunity_id,
        'back_dated' as rule,
        traces.stage_entered_date as recorded_date,
        'Closed on ' || opportunities.close_date || ' by its close date; it was marked won on '
        || traces.stage_entered_date || '.' as reason
    from opportunities
    inner join traces
        on
            opportunities.source_system = traces.source_system
            and opportunities.opportunity_id = traces.opportunity_id
    where
        opportunities.outcome = 'won'
        and traces.stage_entered_date > {{ dbt.dateadd('day', late_entry_days, 'opportunities.close_date') }}

)

select
    metric,
    source_system,
    'Opportunity' as source_object,
    opportunity_id as source_record_id,
    rule,
    reason,
    recorded_date
from failures
