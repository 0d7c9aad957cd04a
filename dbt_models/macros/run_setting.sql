{#- One value of the run's single context row (as_of, timezone, reporting_currency, …) as a scalar expression. -#}
{% macro run_setting(name) -%}
    (select run_setting.{{ name }} from {{ ref('stg_reference__run_context') }} as run_setting)
{%- endmacro %}
