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

select
    targets.target_id,
    counted.metric,
    counted.unit_id,
    counted.source_system,
    counted.source_object,
    counted.source_record_id,
    counted.unit_date,
    counted.quantity
from {{ ref('int_trust__targets') }} as targets
inner join counted
    on
        targets.metric = counted.metric
        and targets.period_start <= counted.unit_date
        and targets.period_end >= counted.unit_date
