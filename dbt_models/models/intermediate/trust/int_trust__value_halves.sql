{%- set ripe_days = dbt.datediff('first_date', 'last_ripe_date', 'day') -%}
with

-- How long it takes from a unit to the revenue: half of the units that led to any took longer.
days_to_won as (

    select
        metric,
        cast(ceil(median({{ dbt.datediff('unit_date', 'close_date', 'day') }})) as integer) as days_to_won
    from {{ ref('int_trust__unit_deals') }}
    where is_won and channel = 'total'
    group by metric

),

spans as (

    select
        metric,
        channel,
        min(week_start) as first_date
    from {{ ref('int_trust__metric_weeks') }}
    group by metric, channel

),

ripe as (

    select
        spans.metric,
        spans.channel,
        days_to_won.days_to_won,
        spans.first_date,
        cast({{ dbt.dateadd('day', '-days_to_won.days_to_won', company_date('run_context.as_of')) }} as date)
            as last_ripe_date
    from spans
    inner join days_to_won
        on spans.metric = days_to_won.metric
    cross join {{ ref('stg_reference__run_context') }} as run_context

)

select
    metric,
    channel,
    days_to_won,
    last_ripe_date,
    cast(
        {{ dbt.dateadd('day', 'cast(floor(' ~ ripe_days ~ ' / 2) as integer)', 'first_date') }}
        as date
    ) as recent_from
from ripe
where last_ripe_date > first_date
