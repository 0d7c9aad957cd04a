{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}

with

rates as (

    select * from {{ ref('int_coverage__link_rates') }}

),

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

)

-- A run that is repeated for the same logical time with the same rates adds nothing.
select
    rates.link,
    rates.source_system,
    rates.records,
    rates.linked,
    run_context.as_of as measured_as_of
from rates
cross join run_context
{% if is_incremental() -%}
left join {{ this }} as known
    on
        rates.link = known.link
        and rates.source_system = known.source_system
        and run_context.as_of = known.measured_as_of
        and rates.records = known.records
        and rates.linked = known.linked
where known.link is null
{%- endif %}
