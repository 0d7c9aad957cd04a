with

-- Both deliver one schema of the warehouse.
segment_and_rudderstack as (

    {% for tracker in ['segment', 'rudderstack'] -%}
    select
        source_system,
        'pages' as source_object,
        page_view_id,
        anonymous_id,
        user_id,
        viewed_at,
        received_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        utm_term,
        utm_content,
        user_agent,
        cast(null as boolean) as is_inner_referrer,
        cast(null as boolean) as is_bot,
        source_file
    from {{ ref('stg_' ~ tracker ~ '__pages') }}
    where not is_deleted
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

ga4 as (

    select
        source_system,
        source_object,
        event_id as page_view_id,
        anonymous_id,
        user_id,
        occurred_at as viewed_at,
        cast(null as timestamp) as received_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        utm_term,
        utm_content,
        cast(null as {{ dbt.type_string() }}) as user_agent,
        cast(null as boolean) as is_inner_referrer,
        cast(null as boolean) as is_bot,
        source_file
    from {{ ref('int_web__ga4_events') }}
    where event_name = 'page_view'

),

snowplow as (

    select
        source_system,
        'events' as source_object,
        event_id as page_view_id,
        anonymous_id,
        user_id,
        occurred_at as viewed_at,
        received_at,
        url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        cast(null as {{ dbt.type_string() }}) as utm_id,
        utm_term,
        utm_content,
        user_agent,
        is_inner_referrer,
        is_bot,
        source_file
    from {{ ref('stg_snowplow__events') }}
    where not is_deleted and event_type = 'page_view'

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
    unioned.page_view_id,
    unioned.anonymous_id,
    coalesce(numbered_people.record_key, unioned.user_id) as user_id,
    {{ has_wrong_clock('unioned.viewed_at', 'unioned.received_at') }} as is_received_time,
    {{ tracked_at('unioned.viewed_at', 'unioned.received_at') }} as viewed_at,
    unioned.url,
    unioned.referrer,
    unioned.utm_source,
    unioned.utm_medium,
    unioned.utm_campaign,
    unioned.utm_id,
    unioned.utm_term,
    unioned.utm_content,
    unioned.user_agent,
    unioned.is_inner_referrer,
    unioned.is_bot,
    unioned.source_file
from unioned
left join {{ ref('int_web__numbered_people') }} as numbered_people
    on unioned.user_id = numbered_people.user_id
