{#- The cells of a list written into one cell, `a; b`: one row each, as a set-returning expression of a select. -#}
{% macro split_list(cell) -%}
    {{ return(adapter.dispatch('split_list', 'throughline')(cell)) }}
{%- endmacro %}

{% macro default__split_list(cell) -%}
    explode(split({{ cell }}, ';'))
{%- endmacro %}

{% macro duckdb__split_list(cell) -%}
    unnest(string_split({{ cell }}, ';'))
{%- endmacro %}
