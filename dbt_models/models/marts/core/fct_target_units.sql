with

failed_units as (

    select
        target_id,
        unit_id,
        {{ dbt.listagg('distinct reason', "' '", 'order by reason') }} as reasons
    from {{ ref('int_trust__target_evidence') }}
    group by target_id, unit_id

),

running as (

    select * from {{ ref('int_trust__planned_targets') }}
    where period_state = 'running'

),

units as (

    select
        target_units.target_id,
        target_units.metric,
        target_units.unit_id,
        target_units.unit_date,
        target_units.quantity,
        failed_units.unit_id is null as held_up,
        failed_units.reasons,
        target_units.source_system,
        target_units.source_object,
        target_units.source_record_id
    from {{ ref('int_trust__target_units') }} as target_units
    left join failed_units
        on
            target_units.target_id = failed_units.target_id
            and target_units.unit_id = failed_units.unit_id

    union all

    select
        running.target_id,
        metric_units.metric,
        metric_units.unit_id,
        metric_units.unit_date,
        metric_units.quantity,
        cast(null as boolean) as held_up,
        cast(null as {{ dbt.type_string() }}) as reasons,
        metric_units.source_system,
        metric_units.source_object,
        metric_units.source_record_id
    from running
    inner join {{ ref('int_trust__metric_units') }} as metric_units
        on
            running.metric = metric_units.metric
            and running.period_start <= metric_units.unit_date
            and running.as_of_date >= metric_units.unit_date

)

-- A page view, a click or an impression is one of very many, and nobody looks at a single one.
select
    target_id,
    metric,
    unit_id,
    unit_date,
    cast(quantity as decimal(18, 2)) as quantity,
    held_up,
    reasons,
    source_system,
    source_object,
    source_record_id
from units
where metric in ('leads', 'mqls', 'sqls', 'opportunities', 'won_amount')
