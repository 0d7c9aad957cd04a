{#- Numbers in words, for tables that people read line by line. -#}

{#- A number without trailing zeros: 22.5, 30, 0.5. -#}
{% macro trimmed_number(number) -%}
    trim(trailing '.' from trim(trailing '0' from cast(cast({{ number }} as decimal(18, 4)) as {{ dbt.type_string() }})))
{%- endmacro %}


{% macro percent(number) -%}
    {{ trimmed_number(number) }} || ' %'
{%- endmacro %}
