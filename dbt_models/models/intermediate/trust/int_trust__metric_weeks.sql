with

run_context as (

    select {{ company_date('as_of') }} as as_of_date
    from {{ ref('stg_reference__run_context') }}

),

counted as (

    select
        metric,
        channel,
        week_start,
        sum(units) as units,
        sum(case when is_known then units else 0 end) as known_units
    from {{ ref('int_trust__counted_units') }}
    group by metric, channel, week_start

),

-- A series runs over whole weeks: from the week after its first unit's, which may have begun in the middle, to its
-- last one that was over by AS_OF. A source that stopped delivering ends its series instead of showing only zeros.
spans as (

    select
        counted.metric,
        {{ dbt.dateadd('week', 1, 'min(counted.week_start)') }} as first_week,
        max(counted.week_start) as last_week
    from counted
    cross join run_context
    where {{ dbt.dateadd('day', 6, 'counted.week_start') }} <= run_context.as_of_date
    group by counted.metric

),

days as (

    {{ date_series(
        "(select min(first_week) from spans)",
        "(select max(last_week) from spans)"
    ) | indent(4) }}

),

series as (

    select distinct
        metric,
        channel
    from counted

),

weeks as (

    select
        series.metric,
        series.channel,
        cast(days.date_day as date) as week_start
    from series
    inner join spans
        on series.metric = spans.metric
    inner join days
        on
            spans.first_week <= days.date_day
            and spans.last_week >= days.date_day
    where cast({{ dbt.date_trunc('week', 'days.date_day') }} as date) = days.date_day

)

select
    weeks.metric,
    weeks.channel,
    weeks.week_start,
    cast(coalesce(counted.units, 0) as decimal(18, 2)) as units,
    cast(coalesce(counted.known_units, 0) as decimal(18, 2)) as known_units
from weeks
left join counted
    on
        weeks.metric = counted.metric
        and weeks.channel = counted.channel
        and weeks.week_start = counted.week_start
