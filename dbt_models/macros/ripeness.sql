{#-
  Whether a period's figures can still grow. A cohort of last month has hardly won anything yet, and a week cut off by the
  run's AS_OF counts fewer days than its neighbours: compared with finished ones, both look like failures.
-#}

{#- What nine of ten values don't exceed; null for fewer than ten, where one value would decide. -#}
{% macro ninth_decile(column) -%}
    case when count({{ column }}) >= 10 then percentile_disc(0.9) within group (order by {{ column }}) end
{%- endmacro %}


{#- Whether those who entered on the month's last day have had `days` days by AS_OF. Null if either isn't known. -#}
{% macro is_ripe(month, days) -%}
    cast({{ dbt.dateadd('day', 'cast(ceil(' ~ days ~ ') as integer)', dbt.dateadd('month', 1, month)) }} as date)
    <= {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}


{#- Whether the month, the quarter or the week wasn't over on AS_OF's day. -#}
{% macro is_partial_month(month) -%}
    cast({{ dbt.dateadd('month', 1, month) }} as date) > {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}

{% macro is_partial_quarter(quarter) -%}
    cast({{ dbt.dateadd('month', 3, quarter) }} as date) > {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}

{% macro is_partial_week(week) -%}
    cast({{ dbt.dateadd('day', 7, week) }} as date) > {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}


{#- Whether the week's last moment on the company's clock is at or before AS_OF; at noon of its Sunday it isn't. -#}
{% macro is_complete_week(week) -%}
    {{ company_day_end('cast(' ~ dbt.dateadd('day', 6, week) ~ ' as date)') }} <= {{ run_setting('as_of') }}
{%- endmacro %}


{#-
  How much of a cohort's revenue has usually come by its age: what mature cohorts had won by that age, of all that they
  have won. Ages count months that are over, the cohort's own as 0; a cohort whose month isn't over has -1. Mature
  cohorts that won something tell it if they are half a dozen: of fewer one large opportunity would decide, and more
  would leave a young company without any share for longer.
-#}
{% macro cohort_age_months(month) -%}
    (
        {{ dbt.datediff(
            month, 'cast(' ~ dbt.dateadd('day', 1, company_date(run_setting('as_of'))) ~ ' as date)', 'month'
        ) }} - 1
    )
{%- endmacro %}

{#-
  The rest of a model after its CTEs `all_series` (every series, by the column named) and `arrivals` (series,
  cohort_month, lag_months and won_amount of mature cohorts): a row per series and span of ages, with its share.
-#}
{% macro ripeness_by_age(series) -%}
learnt as (

    select
        {{ series }},
        count(distinct cohort_month) as cohorts,
        sum(won_amount) as whole
    from arrivals
    group by {{ series }}

),

lags as (

    select
        {{ series }},
        greatest(lag_months, 0) as age_from,
        sum(won_amount) as won_amount
    from arrivals
    group by {{ series }}, greatest(lag_months, 0)

    union all

    -- Nothing may have come in the cohorts' own month.
    select
        {{ series }},
        0 as age_from,
        cast(0 as decimal(18, 2)) as won_amount
    from learnt

),

summed as (

    select
        {{ series }},
        age_from,
        sum(won_amount) as won_amount
    from lags
    group by {{ series }}, age_from

),

cumulated as (

    select
        {{ series }},
        age_from,
        coalesce(
            lead(age_from) over (partition by {{ series }} order by age_from asc), 9999
        ) as age_until,
        sum(won_amount) over (
            partition by {{ series }}
            order by age_from asc
            rows between unbounded preceding and current row
        ) as arrived
    from summed

),

spans as (

    select
        {{ series }},
        age_from,
        age_until,
        arrived
    from cumulated

    union all

    -- A cohort whose month isn't over.
    select
        {{ series }},
        -9999 as age_from,
        0 as age_until,
        cast(null as decimal(38, 2)) as arrived
    from all_series

    union all

    select
        all_series.{{ series }},
        0 as age_from,
        9999 as age_until,
        cast(null as decimal(38, 2)) as arrived
    from all_series
    left join learnt
        on all_series.{{ series }} = learnt.{{ series }}
    where learnt.{{ series }} is null

)

select
    spans.{{ series }},
    cast(spans.age_from as integer) as age_from,
    cast(spans.age_until as integer) as age_until,
    cast(coalesce(learnt.cohorts, 0) as bigint) as ripeness_cohorts,
    case
        when spans.age_from >= 0 and {{ tells_ripeness('learnt.cohorts', 'learnt.whole') }}
            then {{ ripeness_share('spans.arrived', 'learnt.whole') }}
    end as ripeness,
    case
        when spans.age_from < 0 then 'month_not_over'
        when not {{ tells_ripeness('learnt.cohorts', 'learnt.whole') }} then 'too_few_cohorts'
    end as ripeness_reason
from spans
left join learnt
    on spans.{{ series }} = learnt.{{ series }}
{%- endmacro %}

{% macro tells_ripeness(cohorts, whole) -%}
    (coalesce({{ cohorts }}, 0) >= 6 and coalesce({{ whole }}, 0) > 0)
{%- endmacro %}

{% macro ripeness_share(arrived, whole) -%}
    cast(least(greatest({{ arrived }} / {{ whole }}, 0), 1) as decimal(9, 6))
{%- endmacro %}
