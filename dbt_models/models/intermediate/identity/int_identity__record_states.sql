{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}

with

evidence as (

    select * from {{ ref('int_identity__creation_evidence') }}

),

run_context as (

    select as_of from {{ ref('stg_reference__run_context') }}

),

{% if is_incremental() -%}

remembered as (

    {{ remembered(this, ['identifier_type', 'record_id']) | indent(4) }}

),

last_run as (

    select coalesce(max(run_number), 0) as run_number from {{ this }}

)

{%- else -%}

remembered as (

    select
        evidence.*,
        cast(null as bigint) as first_run_number
    from evidence
    where false

),

last_run as (

    select 0 as run_number

)

{%- endif %}

select
    evidence.source_system,
    evidence.identifier_type,
    evidence.record_id,
    evidence.email,
    evidence.account_id,
    run_context.as_of as established_as_of,
    cast(last_run.run_number + 1 as bigint) as run_number,
    cast(coalesce(remembered.first_run_number, last_run.run_number + 1) as bigint) as first_run_number
from evidence
cross join run_context
cross join last_run
left join remembered
    on
        evidence.identifier_type = remembered.identifier_type
        and evidence.record_id = remembered.record_id
where
    remembered.record_id is null
    or (evidence.email is distinct from remembered.email)
    or (evidence.account_id is distinct from remembered.account_id)
