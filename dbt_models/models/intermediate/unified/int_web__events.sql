with

-- Both deliver one schema of the warehouse.
segment_and_rudderstack as (

    {% for tracker in ['segment', 'rudderstack'] -%}
    select
        source_system,
        'tracks' as source_object,
        event_id,
        anonymous_id,
        user_id,
        event_name,
        occurred_at,
        received_at,
        coalesce(page_url, url) as url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        user_agent,
        cast(null as boolean) as is_inner_referrer,
        cast(null as boolean) as is_bot,
        consent,
        source_file
    from {{ ref('stg_' ~ tracker ~ '__tracks') }}
    where not is_deleted
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

-- What GA4 collects by itself of a visit that it has counted already is no event of its own.
ga4 as (

    select
        source_system,
        source_object,
        event_id,
        anonymous_id,
        user_id,
        event_name,
        occurred_at,
        cast(null as timestamp) as received_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        cast(null as {{ dbt.type_string() }}) as user_agent,
        cast(null as boolean) as is_inner_referrer,
        cast(null as boolean) as is_bot,
        consent,
        source_file
    from {{ ref('int_web__ga4_events') }}
    where event_name not in ('page_view', 'screen_view', 'session_start', 'first_visit', 'user_engagement', 'scroll')

),

-- A ping says that a page is still open.
snowplow as (

    select
        source_system,
        'events' as source_object,
        event_id,
        anonymous_id,
        user_id,
        event_name,
        occurred_at,
        received_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        cast(null as {{ dbt.type_string() }}) as utm_id,
        user_agent,
        is_inner_referrer,
        is_bot,
        consent,
        source_file
    from {{ ref('stg_snowplow__events') }}
    where not is_deleted and event_type not in ('page_view', 'page_ping')

),

unioned as (

    select * from segment_and_rudderstack
    union all
    select * from ga4
    union all
    select * from snowplow

)

-- A number may be the CRM's for a person.
select
    unioned.source_system,
    unioned.source_object,
    unioned.event_id,
    unioned.anonymous_id,
    coalesce(numbered_people.record_key, unioned.user_id) as user_id,
    unioned.event_name,
    {{ has_wrong_clock('unioned.occurred_at', 'unioned.received_at') }} as is_received_time,
    {{ tracked_at('unioned.occurred_at', 'unioned.received_at') }} as occurred_at,
    unioned.url,
    unioned.referrer,
    unioned.utm_source,
    unioned.utm_medium,
    unioned.utm_campaign,
    unioned.utm_id,
    unioned.user_agent,
    unioned.is_inner_referrer,
    unioned.is_bot,
    unioned.consent,
    unioned.source_file
from unioned
left join {{ ref('int_web__numbered_people') }} as numbered_people
    on unioned.user_id = numbered_people.user_id
