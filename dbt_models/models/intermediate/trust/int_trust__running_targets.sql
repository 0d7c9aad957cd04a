with

running as (

    select
        *,
        {{ dbt.datediff('period_start', 'period_end', 'day') }} + 1 as period_days,
        {{ dbt.datediff('period_start', 'as_of_date', 'day') }} + 1 as elapsed_days
    from {{ ref('int_trust__planned_targets') }}
    where period_state = 'running'

),

units as (

    select * from {{ ref('int_trust__metric_units') }}

),

-- A unit counts once, however many records are behind it.
counted as (

    select
        running.target_id,
        units.unit_id,
        max(units.quantity) as quantity
    from running
    inner join units
        on
            running.metric = units.metric
            and running.period_start <= units.unit_date
            and running.as_of_date >= units.unit_date
    group by running.target_id, units.unit_id

),

delivered as (

    select
        target_id,
        sum(quantity) as delivered
    from counted
    group by target_id

),

-- A metric that the warehouse has never seen a unit of isn't behind: nobody delivers it here.
measured_metrics as (

    select distinct metric from units

)

select
    running.target_id,
    running.metric,
    running.period_start,
    running.period_end,
    running.owner,
    running.owner_user_id,
    running.target,
    running.bonus_amount,
    case when measured_metrics.metric is not null then coalesce(delivered.delivered, 0) end as delivered,
    running.period_days,
    running.elapsed_days
from running
left join measured_metrics
    on running.metric = measured_metrics.metric
left join delivered
    on running.target_id = delivered.target_id
