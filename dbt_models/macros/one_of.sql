{#-
  A text of which only a few values exist. DuckDB keeps it as an enum, a byte a row: in tables of ten million rows a text
  column costs two seconds of writing, mostly to find out how best to compress it. Everything reads it as a text.
-#}
{% macro one_of(expression, values) -%}
    {{ return(adapter.dispatch('one_of', 'throughline')(expression, values)) }}
{%- endmacro %}

{% macro default__one_of(expression, values) -%}
    {{ expression }}
{%- endmacro %}

{% macro duckdb__one_of(expression, values) -%}
    cast({{ expression }} as enum('{{ values | join("', '") }}'))
{%- endmacro %}
