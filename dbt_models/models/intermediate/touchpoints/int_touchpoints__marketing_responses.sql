with

responses as (

    select
        responses.*,
        web_users.person_id
    from {{ ref('int_marketing__responses') }} as responses
    left join {{ ref('int_identity__web_users') }} as web_users
        on responses.person_key = web_users.user_id

),

tracked as (

    select
        {{ event_touch_type('events.event_name') }} as response_type,
        coalesce(identifiers.person_id, web_users.person_id) as person_id,
        events.occurred_at
    from {{ ref('int_web__events') }} as events
    left join {{ ref('int_identity__person_identifiers') }} as identifiers
        on
            events.anonymous_id = identifiers.identifier
            and identifiers.identifier_type = 'anonymous_id'
    left join {{ ref('int_identity__web_users') }} as web_users
        on events.user_id = web_users.user_id

),

-- A form or click of which the tracker tells, too, happened once, and the tracker knows the visit. Two clocks differ by
-- seconds, and a tool may take a minute; five leave room for both, and a form filled twice within them is one.
told_twice as (

    select distinct
        responses.source_system,
        responses.source_object,
        responses.response_id
    from responses
    inner join tracked
        on
            responses.person_id = tracked.person_id
            and responses.response_type = tracked.response_type
            and tracked.occurred_at >= {{ dbt.dateadd('minute', -5, 'responses.responded_at') }}
            and tracked.occurred_at <= {{ dbt.dateadd('minute', 5, 'responses.responded_at') }}

)

select
    responses.source_system,
    responses.source_object,
    responses.response_id,
    responses.response_type,
    responses.person_key,
    responses.campaign_system,
    responses.campaign_id,
    responses.url,
    responses.referrer,
    responses.user_agent,
    responses.responded_at,
    responses.source_file
from responses
left join told_twice
    on
        responses.source_system = told_twice.source_system
        and responses.source_object = told_twice.source_object
        and responses.response_id = told_twice.response_id
where told_twice.response_id is null
