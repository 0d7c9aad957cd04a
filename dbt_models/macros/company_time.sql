{#-
  The company's clock. Timestamps in the warehouse are UTC; days, weeks, months and quarters are the company's
  (`timezone` of the run context), because an opportunity closed on the evening of the 31st belongs to that month wherever
  the server stands. The timezone is data, not a literal, so one manifest serves every company. A company in UTC skips the
  conversion: it costs 4 s for ten million rows.
-#}

{#- A UTC timestamp as the company's wall clock shows it. -#}
{% macro to_company_time(utc_timestamp) -%}
    {{ return(adapter.dispatch('to_company_time', 'throughline')(utc_timestamp)) }}
{%- endmacro %}

{% macro default__to_company_time(utc_timestamp) -%}
    from_utc_timestamp({{ utc_timestamp }}, {{ run_setting('timezone') }})
{%- endmacro %}

{% macro duckdb__to_company_time(utc_timestamp) -%}
    case
        when {{ run_setting('timezone') }} = 'UTC' then cast({{ utc_timestamp }} as timestamp)
        else timezone({{ run_setting('timezone') }}, timezone('UTC', cast({{ utc_timestamp }} as timestamp)))
    end
{%- endmacro %}


{#- The inverse: a timestamp (or a date, taken as its midnight) on the company's wall clock, in UTC. -#}
{% macro from_company_time(local_timestamp) -%}
    {{ return(adapter.dispatch('from_company_time', 'throughline')(local_timestamp)) }}
{%- endmacro %}

{% macro default__from_company_time(local_timestamp) -%}
    to_utc_timestamp({{ local_timestamp }}, {{ run_setting('timezone') }})
{%- endmacro %}

{% macro duckdb__from_company_time(local_timestamp) -%}
    case
        when {{ run_setting('timezone') }} = 'UTC' then cast({{ local_timestamp }} as timestamp)
        else timezone('UTC', timezone({{ run_setting('timezone') }}, cast({{ local_timestamp }} as timestamp)))
    end
{%- endmacro %}


{#- The company's calendar date of a UTC timestamp. -#}
{% macro company_date(utc_timestamp) -%}
    cast({{ to_company_time(utc_timestamp) }} as date)
{%- endmacro %}


{#- The first day of the company's month, and the Monday of its week, in which a UTC timestamp lies. -#}
{% macro company_month(utc_timestamp) -%}
    cast({{ dbt.date_trunc('month', to_company_time(utc_timestamp)) }} as date)
{%- endmacro %}

{% macro company_week(utc_timestamp) -%}
    cast({{ dbt.date_trunc('week', to_company_time(utc_timestamp)) }} as date)
{%- endmacro %}


{#-
  A column that some systems deliver as a date and others as a timestamp, both loaded as a timestamp. Exactly midnight
  means a date, and a date is the company's; anything else is a timestamp in UTC. A true timestamp at midnight UTC moves
  by the company's offset: rarer and smaller than every date landing on the day before.
-#}
{% macro date_or_moment(timestamp_column) -%}
    case
        when {{ timestamp_column }} = {{ dbt.date_trunc('day', timestamp_column) }}
            then {{ from_company_time(timestamp_column) }}
        else {{ timestamp_column }}
    end
{%- endmacro %}


{#-
  A month as people read it: 2024-03, or `unknown` where the date that decides is blank or can't be true. Reports by
  month keep such rows, with a null month and this name: left out, the months would no longer sum to the total.
-#}
{% macro month_name(month) -%}
    coalesce(substring(cast({{ month }} as {{ dbt.type_string() }}), 1, 7), 'unknown')
{%- endmacro %}


{#- A quarter in the same way, from its first day: 2024-Q1, or `unknown`. -#}
{% macro quarter_name(quarter) -%}
    coalesce(
        cast(extract(year from {{ quarter }}) as {{ dbt.type_string() }}) || '-Q'
        || cast(extract(quarter from {{ quarter }}) as {{ dbt.type_string() }}),
        'unknown'
    )
{%- endmacro %}


{#- Whether such a column holds a timestamp rather than a date; null where it holds nothing. -#}
{% macro has_time(timestamp_column) -%}
    ({{ timestamp_column }} <> {{ dbt.date_trunc('day', timestamp_column) }})
{%- endmacro %}


{#-
  When something happened of which a column tells either the timestamp or, as `date_or_moment` reads it, only the day:
  the earliest and the latest timestamp, the same where the timestamp is known.
-#}
{% macro earliest_moment(timestamp_column) -%}
    {{ date_or_moment(timestamp_column) }}
{%- endmacro %}

{% macro latest_moment(timestamp_column) -%}
    case
        when {{ has_time(timestamp_column) }} then {{ timestamp_column }}
        else {{ company_day_end(timestamp_column) }}
    end
{%- endmacro %}

{#- The last timestamp of a day of the company's, in UTC. -#}
{% macro company_day_end(local_date) -%}
    {{ dbt.dateadd('microsecond', -1, from_company_time(dbt.dateadd('day', 1, local_date))) }}
{%- endmacro %}


{#-
  When a CRM record was created. Exports deliver it with or without its time; a date without one becomes its first
  timestamp on the company's clock, as `date_or_moment` reads it. What a date can't be is asked first: the timestamp of
  1 January 1990 lies in 1989 east of Greenwich.
-#}
{% macro creation_moment(timestamp_column, as_of='as_of') -%}
    {{ date_or_moment('(' ~ plausible_moment(timestamp_column, as_of) ~ ')') }}
{%- endmacro %}


{#-
  The latest timestamp at which a record can have been created: the day's last, where only the day is known, and the
  timestamp itself, where that is known. What an export holds was created by the run's AS_OF. `creation_moment` leaves
  midnight on the company's clock as the mark of a day; a true timestamp at midnight counts as one, too, which is once
  in 86,400.
-#}
{% macro latest_creation(created_at) -%}
    case
        when {{ created_at }} <> {{ company_midnight(created_at) }} then {{ created_at }}
        else least(
            {{ end_of_midnights_day(created_at) }},
            case when {{ created_at }} <= {{ run_setting('as_of') }} then {{ run_setting('as_of') }} end
        )
    end
{%- endmacro %}

{% macro company_midnight(utc_timestamp) -%}
    {{ from_company_time(company_date(utc_timestamp)) }}
{%- endmacro %}

{% macro end_of_midnights_day(company_midnight) -%}
    {{ company_day_end(company_date(company_midnight)) }}
{%- endmacro %}
