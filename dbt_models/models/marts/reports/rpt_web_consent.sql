with

hits as (

    select
        source_system,
        consent,
        viewed_at as occurred_at,
        1 as page_views
    from {{ ref('int_web__page_views') }}

    union all

    select
        source_system,
        consent,
        occurred_at,
        0 as page_views
    from {{ ref('int_web__events') }}

),

dated as (

    select
        source_system,
        coalesce(consent, 'not_told') as consent,
        page_views,
        cast({{ dbt.date_trunc('month', company_date('occurred_at')) }} as date) as month
    from hits

),

summed as (

    select
        month,
        source_system,
        count(*) as hits,
        sum(case when consent = 'given' then 1 else 0 end) as with_consent_hits,
        sum(case when consent = 'not_told' then 1 else 0 end) as not_told_hits,
        sum(case when consent in ('refused', 'unmapped') then 1 else 0 end) as without_consent_hits,
        sum(page_views) as page_views,
        sum(case when consent in ('refused', 'unmapped') then page_views else 0 end) as without_consent_page_views
    from dated
    group by month, source_system

)

select
    month,
    source_system,
    cast(hits as bigint) as hits,
    cast(with_consent_hits as bigint) as with_consent_hits,
    cast(not_told_hits as bigint) as not_told_hits,
    cast(without_consent_hits as bigint) as without_consent_hits,
    cast(page_views as bigint) as page_views,
    cast(without_consent_page_views as bigint) as without_consent_page_views,
    cast(without_consent_hits * 1.0 / hits as double) as without_consent_share
from summed
