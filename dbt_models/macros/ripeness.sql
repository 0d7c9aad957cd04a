{#-
  Whether a period's figures can still grow. A cohort of last month has hardly won anything yet, and a week cut off by the
  run's AS_OF counts fewer days than its neighbours: compared with finished ones, both look like failures.
-#}

{#- What nine of ten values don't exceed; null for fewer than ten, where one value would decide. -#}
{% macro ninth_decile(column) -%}
    case when count({{ column }}) >= 10 then quantile_disc({{ column }}, 0.9) end
{%- endmacro %}


{#- Whether those who entered on the month's last day have had `days` days by AS_OF. Null if either isn't known. -#}
{% macro is_ripe(month, days) -%}
    cast({{ dbt.dateadd('day', 'cast(ceil(' ~ days ~ ') as integer)', dbt.dateadd('month', 1, month)) }} as date)
    <= {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}


{#- Whether the month, or the week, wasn't over on AS_OF's day. -#}
{% macro is_partial_month(month) -%}
    cast({{ dbt.dateadd('month', 1, month) }} as date) > {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}

{% macro is_partial_week(week) -%}
    cast({{ dbt.dateadd('day', 7, week) }} as date) > {{ company_date(run_setting('as_of')) }} + 1
{%- endmacro %}


{#- Whether the week's last moment on the company's clock is at or before AS_OF; at noon of its Sunday it isn't. -#}
{% macro is_complete_week(week) -%}
    {{ company_day_end('cast(' ~ dbt.dateadd('day', 6, week) ~ ' as date)') }} <= {{ run_setting('as_of') }}
{%- endmacro %}
