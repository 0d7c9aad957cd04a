{#-
  Time and then id as one whole number: the first or the last touch of a journey is then a minimum or a maximum instead
  of a sort. The key takes the lower 32 bits, so 4 billion touches fit; the microseconds since 1970 stand above it.
-#}
{% macro time_order(moment, key) -%}
    {{ return(adapter.dispatch('time_order', 'throughline')(moment, key)) }}
{%- endmacro %}

{% macro default__time_order(moment, key) -%}
    (cast(unix_micros({{ moment }}) as decimal(38, 0)) * 4294967296 + {{ key }})
{%- endmacro %}

{% macro duckdb__time_order(moment, key) -%}
    (cast(epoch_us({{ moment }}) as hugeint) * 4294967296 + {{ key }})
{%- endmacro %}


{#- The key again; null for null. -#}
{% macro key_in_time_order(time_order) -%}
    {{ return(adapter.dispatch('key_in_time_order', 'throughline')(time_order)) }}
{%- endmacro %}

{% macro default__key_in_time_order(time_order) -%}
    cast(pmod({{ time_order }}, 4294967296) as bigint)
{%- endmacro %}

{% macro duckdb__key_in_time_order(time_order) -%}
    cast(({{ time_order }}) & 4294967295 as bigint)
{%- endmacro %}
