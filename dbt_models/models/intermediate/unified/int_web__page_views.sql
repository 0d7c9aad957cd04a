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
        consent,
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
        consent,
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
        consent,
        source_file
    from {{ ref('stg_snowplow__events') }}
    where not is_deleted and event_type = 'page_view'

),

tracked as (

    select * from segment_and_rudderstack
    union all
    select * from ga4
    union all
    select * from snowplow

),

has_tracker as (

    select count(*) > 0 as is_tracked
    from (
        {% for model in ['segment__pages', 'rudderstack__pages', 'ga4__events', 'snowplow__events'] -%}
        select 1 as one
        from {{ ref('stg_' ~ model) }}
        where not is_deleted
        {% if not loop.last %}
        union all

        {% endif -%}
        {% endfor %}
    ) as told_by_trackers

),

marketo_visits as (

    {{ marketo_activities('visit_webpage', 1, ['url', 'query_parameters', 'referrer', 'user_agent']) | indent(4) }}

),

-- A tracker knows the visits that Marketo tells of, and those before the lead was known. Without one Marketo's count.
marketo as (

    select
        'marketo' as source_system,
        visits.source_object,
        visits.activity_id as page_view_id,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        {{ record_key('marketo', 'lead', 'coalesce(people.survivor_id, visits.lead_id)') }} as user_id,
        visits.happened_at as viewed_at,
        cast(null as timestamp) as received_at,
        {{ marketo_page('visits.url', 'visits.query_parameters') }} as url,
        visits.referrer,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        cast(null as {{ dbt.type_string() }}) as utm_medium,
        cast(null as {{ dbt.type_string() }}) as utm_campaign,
        cast(null as {{ dbt.type_string() }}) as utm_id,
        cast(null as {{ dbt.type_string() }}) as utm_term,
        cast(null as {{ dbt.type_string() }}) as utm_content,
        visits.user_agent,
        cast(null as boolean) as is_inner_referrer,
        cast(null as boolean) as is_bot,
        'not_told' as consent,
        visits.source_file
    from marketo_visits as visits
    cross join has_tracker
    left join {{ ref('int_marketo__merged_ids') }} as people
        on visits.lead_id = people.lead_id
    where not has_tracker.is_tracked

),

unioned as (

    select * from tracked
    union all
    select * from marketo

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
    unioned.consent,
    unioned.source_file
from unioned
left join {{ ref('int_web__numbered_people') }} as numbered_people
    on unioned.user_id = numbered_people.user_id
