{{ config(meta={'dagster': {'ref': {'name': 'int_web__page_views'}}}) }}
-- Fails if two trackers collected the same page views in a month, so that each visit would be two touches. Deliver one
-- of them: take the other's folder out of the landing folder and run a full refresh.
with

view_minutes as (

    select distinct
        source_system,
        regexp_replace(url, '[?#].*$', '') as page,
        {{ dbt.date_trunc('minute', 'viewed_at') }} as viewed_at
    from {{ ref('int_web__page_views') }}
    where
        url is not null
        and (select count(distinct views.source_system) from {{ ref('int_web__page_views') }} as views) > 1

),

months as (

    select
        source_system,
        cast({{ dbt.date_trunc('month', 'viewed_at') }} as date) as month,
        count(*) as minutes
    from view_minutes
    group by source_system, cast({{ dbt.date_trunc('month', 'viewed_at') }} as date)

),

shared as (

    select
        one.source_system,
        other.source_system as other_system,
        cast({{ dbt.date_trunc('month', 'one.viewed_at') }} as date) as month,
        count(*) as minutes
    from view_minutes as one
    inner join view_minutes as other
        on
            one.page = other.page
            and one.viewed_at = other.viewed_at
            and one.source_system < other.source_system
    group by one.source_system, other.source_system, cast({{ dbt.date_trunc('month', 'one.viewed_at') }} as date)

)

-- Chance makes some minutes of busy pages agree where two trackers share no visitor; a fifth of them is no chance.
select
    shared.source_system,
    shared.other_system,
    shared.month,
    shared.minutes as shared_minutes,
    months.minutes,
    other_months.minutes as other_minutes
from shared
inner join months
    on shared.source_system = months.source_system and shared.month = months.month
inner join months as other_months
    on shared.other_system = other_months.source_system and shared.month = other_months.month
where shared.minutes >= 20 and shared.minutes * 5 > least(months.minutes, other_months.minutes)
