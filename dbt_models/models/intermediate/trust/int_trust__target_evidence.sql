{#- An opportunity of a period's last three days that is lost within thirty: shorter than a sale takes, long enough for
    the period to be counted. Wider limits would take in ordinary quick losses. -#}
{%- set last_days = 3 -%}
{%- set lost_within_days = 30 -%}
with

targets as (

    select * from {{ ref('int_trust__targets') }}

),

target_units as (

    select * from {{ ref('int_trust__target_units') }}

),

-- What was recorded before the period was over belongs into it, late or not.
failed as (

    select
        target_units.target_id,
        target_units.metric,
        target_units.unit_id,
        target_units.source_system,
        target_units.source_object,
        target_units.source_record_id,
        target_units.unit_date,
        target_units.quantity,
        failed_units.rule,
        failed_units.reason
    from target_units
    inner join targets
        on target_units.target_id = targets.target_id
    inner join {{ ref('int_trust__failed_units') }} as failed_units
        on
            target_units.metric = failed_units.metric
            and target_units.source_system = failed_units.source_system
            and target_units.source_record_id = failed_units.source_record_id
            and target_units.source_object = failed_units.source_object
    where failed_units.recorded_date is null or failed_units.recorded_date > targets.period_end

    union all

    select
        target_units.target_id,
        target_units.metric,
        target_units.unit_id,
        target_units.source_system,
        target_units.source_object,
        target_units.source_record_id,
        target_units.unit_date,
        target_units.quantity,
        'created_at_period_end_and_lost' as rule,
        'Created on ' || target_units.unit_date || ', the period''s end is ' || targets.period_end || '; lost on '
        || opportunities.close_date || '.' as reason
    from target_units
    inner join targets
        on target_units.target_id = targets.target_id
    inner join {{ ref('int_revenue__opportunities') }} as opportunities
        on
            target_units.source_system = opportunities.source_system
            and target_units.source_record_id = opportunities.opportunity_id
    where
        target_units.metric = 'opportunities'
        and target_units.unit_date > {{ dbt.dateadd('day', -last_days, 'targets.period_end') }}
        and opportunities.outcome = 'lost'
        and opportunities.close_date <= {{ dbt.dateadd('day', lost_within_days, 'target_units.unit_date') }}

),

-- A visitor who also came another way is real.
records_of_units as (

    select
        target_id,
        unit_id,
        count(*) as records
    from target_units
    group by target_id, unit_id

),

failed_records_of_units as (

    select
        target_id,
        unit_id,
        count(distinct source_record_id) as failed_records
    from failed
    group by target_id, unit_id

)

select failed.*
from failed
inner join records_of_units
    on
        failed.target_id = records_of_units.target_id
        and failed.unit_id = records_of_units.unit_id
inner join failed_records_of_units
    on
        failed.target_id = failed_records_of_units.target_id
        and failed.unit_id = failed_records_of_units.unit_id
where records_of_units.records = failed_records_of_units.failed_records
