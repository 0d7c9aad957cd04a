{#- Functions that engines name differently. -#}

{% macro begins_with(text, beginning) -%}
    left({{ text }}, length({{ beginning }})) = {{ beginning }}
{%- endmacro %}


{#- The last value that isn't null, of the window that follows. -#}
{% macro last_known(expression) -%}
    {{ return(adapter.dispatch('last_known', 'throughline')(expression)) }}
{%- endmacro %}

{% macro default__last_known(expression) -%}
    last_value({{ expression }}, true)
{%- endmacro %}

{% macro duckdb__last_known(expression) -%}
    last_value({{ expression }} ignore nulls)
{%- endmacro %}


{#- 1 on Monday, 7 on Sunday. -#}
{% macro iso_day_of_week(date) -%}
    {{ return(adapter.dispatch('iso_day_of_week', 'throughline')(date)) }}
{%- endmacro %}

{% macro default__iso_day_of_week(date) -%}
    extract(dayofweek_iso from {{ date }})
{%- endmacro %}

{% macro duckdb__iso_day_of_week(date) -%}
    extract(isodow from {{ date }})
{%- endmacro %}


{#- The year that the date's week belongs to. -#}
{% macro iso_year(date) -%}
    {{ return(adapter.dispatch('iso_year', 'throughline')(date)) }}
{%- endmacro %}

{% macro default__iso_year(date) -%}
    extract(yearofweek from {{ date }})
{%- endmacro %}

{% macro duckdb__iso_year(date) -%}
    extract(isoyear from {{ date }})
{%- endmacro %}


{#- dbt-spark's own goes over whole seconds of the session's time zone, and fails on null. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set ways = {
        'year': 'make_ym_interval(cast({n} as int), 0)', 'quarter': 'make_ym_interval(0, cast(3 * ({n}) as int))',
        'month': 'make_ym_interval(0, cast({n} as int))', 'week': 'make_dt_interval(cast(7 * ({n}) as int))',
        'day': 'make_dt_interval(cast({n} as int))', 'hour': 'make_dt_interval(0, cast({n} as int))',
        'minute': 'make_dt_interval(0, 0, cast({n} as int))', 'second': 'make_dt_interval(0, 0, 0, {n})',
        'microsecond': 'make_dt_interval(0, 0, 0, cast(({n}) / 1000000 as decimal(18, 6)))',
    } -%}
    cast({{ from_date_or_timestamp }} as timestamp_ntz) + {{ ways[datepart] | replace('{n}', interval | string) }}
{%- endmacro %}


{#- Whole microseconds between two timestamps; dbt-spark counts seconds at the finest. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'microsecond' -%}
        (unix_micros(cast({{ second_date }} as timestamp)) - unix_micros(cast({{ first_date }} as timestamp)))
    {%- else -%}
        {{ return(dbt.spark__datediff(first_date, second_date, datepart)) }}
    {%- endif -%}
{%- endmacro %}


{#- dbt-spark's own writes a backslash before an apostrophe; here a backslash is a backslash. -#}
{% macro spark__escape_single_quotes(expression) -%}
    {{ expression | replace("'", "''") }}
{%- endmacro %}


{#- dbt-spark's own keep no order, and take the delimiter for a pattern. -#}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    listagg({{ measure }}, {{ delimiter_text }}){% if order_by_clause %} within group ({{ order_by_clause }}){% endif %}
{%- endmacro %}

{% macro spark__split_part(string_text, delimiter_text, part_number) -%}
    split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{%- endmacro %}


{#- That DuckDB works a common table expression out once; Spark decides by itself. -#}
{% macro materialized() -%}
    {{ return(adapter.dispatch('materialized', 'throughline')()) }}
{%- endmacro %}

{% macro default__materialized() -%}{%- endmacro %}

{% macro duckdb__materialized() -%}materialized {% endmacro %}


{#- A number for each row, whichever: DuckDB counts without sorting. -#}
{% macro any_number(unique_column) -%}
    {{ return(adapter.dispatch('any_number', 'throughline')(unique_column)) }}
{%- endmacro %}

{% macro default__any_number(unique_column) -%}
    row_number() over (order by {{ unique_column }})
{%- endmacro %}

{% macro duckdb__any_number(unique_column) -%}
    row_number() over ()
{%- endmacro %}


{#- The median of numbers with two decimals has two as well: DuckDB rounds the mean of the middle ones down. -#}
{% macro median_of_hundredths(expression) -%}
    {{ return(adapter.dispatch('median_of_hundredths', 'throughline')(expression)) }}
{%- endmacro %}

{%- macro default__median_of_hundredths(expression) -%}
    cast(
        cast(floor(round(median({{ expression }}) * 1000) / 10) as decimal(36, 0)) * cast(0.01 as decimal(2, 2))
        as decimal(18, 2)
    )
{%- endmacro %}

{% macro duckdb__median_of_hundredths(expression) -%}
    median({{ expression }})
{%- endmacro %}


{#-
  A recursive walk from record to record, which ends where it goes in a circle. DuckDB's `union` knows every row that it
  has seen. Spark has no such union: there each row carries the records that it has come by, in `walked`.
-#}
{% macro union_of_walk() -%}
    {{ return(adapter.dispatch('union_of_walk', 'throughline')()) }}
{%- endmacro %}

{% macro default__union_of_walk() -%}union all{%- endmacro %}

{% macro duckdb__union_of_walk() -%}union{%- endmacro %}

{#- The column `walked` where the walk begins, and after a step. -#}
{% macro walked_from(record) -%}
    {{ return(adapter.dispatch('walked_from', 'throughline')(record)) }}
{%- endmacro %}

{% macro default__walked_from(record) -%}array({{ record }}){%- endmacro %}

{% macro duckdb__walked_from(record) -%}true{%- endmacro %}

{% macro walked_to(record) -%}
    {{ return(adapter.dispatch('walked_to', 'throughline')(record)) }}
{%- endmacro %}

{% macro default__walked_to(record) -%}concat(walked, array({{ record }})){%- endmacro %}

{% macro duckdb__walked_to(record) -%}true{%- endmacro %}

{#- Whether a step leads to a record that the walk has not come by. -#}
{% macro is_new_on_walk(record) -%}
    {{ return(adapter.dispatch('is_new_on_walk', 'throughline')(record)) }}
{%- endmacro %}

{% macro default__is_new_on_walk(record) -%}not array_contains(walked, {{ record }}){%- endmacro %}

{% macro duckdb__is_new_on_walk(record) -%}true{%- endmacro %}
