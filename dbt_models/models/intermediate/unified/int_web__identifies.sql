with

-- Both deliver one schema of the warehouse.
segment_and_rudderstack as (

    {% for tracker in ['segment', 'rudderstack'] -%}
    select
        source_system,
        identify_id,
        anonymous_id,
        user_id,
        email,
        identified_at,
        received_at
    from {{ ref('stg_' ~ tracker ~ '__identifies') }}
    where not is_deleted
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

-- Trackers without an identify call name the user on every event: one row per pair, of its first event.
ga4 as (

    select
        source_system,
        coalesce(anonymous_id, '') || '|' || user_id as identify_id,
        anonymous_id,
        user_id,
        cast(null as {{ dbt.type_string() }}) as email,
        min(occurred_at) as identified_at,
        cast(null as timestamp) as received_at
    from {{ ref('stg_ga4__events') }}
    where not is_deleted and user_id is not null
    group by source_system, anonymous_id, user_id

),

ga4_properties as (

    select
        source_system,
        anonymous_id || '|' || user_id || '|property' as identify_id,
        anonymous_id,
        user_id,
        cast(null as {{ dbt.type_string() }}) as email,
        identified_at,
        cast(null as timestamp) as received_at
    from {{ ref('int_web__ga4_user_ids') }}

),

-- A link from one of the company's domains to another carries the browser's id there: both are one browser, which has a
-- name of its own.
crossings as (

    select
        source_system,
        anonymous_id,
        referring_anonymous_id,
        min({{ tracked_at('occurred_at', 'received_at') }}) as identified_at
    from {{ ref('stg_snowplow__events') }}
    where not is_deleted and referring_anonymous_id <> anonymous_id
    group by source_system, anonymous_id, referring_anonymous_id

),

snowplow_crossings as (

    {% for browser in ['anonymous_id', 'referring_anonymous_id'] -%}
    select
        source_system,
        anonymous_id || '|' || referring_anonymous_id || '|{{ browser }}' as identify_id,
        {{ browser }} as anonymous_id,
        'snowplow:browser:' || referring_anonymous_id as user_id,
        cast(null as {{ dbt.type_string() }}) as email,
        identified_at,
        cast(null as timestamp) as received_at
    from crossings
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
),

snowplow as (

    select
        source_system,
        coalesce(anonymous_id, '') || '|' || user_id as identify_id,
        anonymous_id,
        user_id,
        cast(null as {{ dbt.type_string() }}) as email,
        min({{ tracked_at('occurred_at', 'received_at') }}) as identified_at,
        cast(null as timestamp) as received_at
    from {{ ref('stg_snowplow__events') }}
    where not is_deleted and user_id is not null
    group by source_system, anonymous_id, user_id

),

unioned as (

    select * from segment_and_rudderstack
    union all
    select * from ga4
    union all
    select * from ga4_properties
    union all
    select * from snowplow
    union all
    select * from snowplow_crossings

)

-- A number may be the CRM's for a person.
select
    unioned.source_system,
    unioned.identify_id,
    unioned.anonymous_id,
    coalesce(numbered_people.record_key, unioned.user_id) as user_id,
    unioned.email,
    {{ has_wrong_clock('unioned.identified_at', 'unioned.received_at') }} as is_received_time,
    {{ tracked_at('unioned.identified_at', 'unioned.received_at') }} as identified_at
from unioned
left join {{ ref('int_web__numbered_people') }} as numbered_people
    on unioned.user_id = numbered_people.user_id
