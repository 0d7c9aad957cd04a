with

-- Every unit counts in its channel and in the total.
in_channels as (

    select
        *,
        channel as counted_channel
    from {{ ref('int_trust__units') }}

    union all

    select
        *,
        'total' as counted_channel
    from {{ ref('int_trust__units') }}

)

select
    metric,
    counted_channel as channel,
    week_start,
    unit_date,
    coalesce(person_id, visitor_key) as person_id,
    is_known,
    sum(quantity) as units
from in_channels
group by metric, counted_channel, week_start, unit_date, coalesce(person_id, visitor_key), is_known

union all

select
    'page_views' as metric,
    counted_channel as channel,
    week_start,
    unit_date,
    coalesce(person_id, visitor_key) as person_id,
    is_known,
    cast(sum(page_views) as decimal(18, 2)) as units
from in_channels
where metric = 'visits'
group by counted_channel, week_start, unit_date, coalesce(person_id, visitor_key), is_known

union all

-- A visitor counts once a week, however often they come.
select
    'visitors' as metric,
    counted_channel as channel,
    week_start,
    min(unit_date) as unit_date,
    visitor_key as person_id,
    max(case when is_known then 1 else 0 end) = 1 as is_known,
    cast(1 as decimal(18, 2)) as units
from in_channels
where metric = 'visits'
group by counted_channel, week_start, visitor_key
