{{ config(materialized='view') }}

with

units as (

    select * from {{ ref('int_trust__units') }}

),

-- What a target on each metric counts. A visitor is one unit however many visits are behind it.
counted as (

    select
        metric,
        source_record_id as unit_id,
        source_system,
        source_object,
        source_record_id,
        unit_date,
        quantity
    from units

    union all

    select
        'visitors' as metric,
        visitor_key as unit_id,
        source_system,
        source_object,
        source_record_id,
        unit_date,
        1 as quantity
    from units
    where metric = 'visits'

    union all

    select
        'page_views' as metric,
        source_record_id as unit_id,
        source_system,
        source_object,
        source_record_id,
        unit_date,
        page_views as quantity
    from units
    where metric = 'visits'

)

select * from counted
