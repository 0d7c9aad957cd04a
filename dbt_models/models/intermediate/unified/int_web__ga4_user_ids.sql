with

run_context as (

    select
        expand_short_ids,
        ',' || lower(coalesce(user_id_properties, '')) || ',' as properties
    from {{ ref('stg_reference__run_context') }}

),

-- A property stands on every event since it was set.
told as (

    select
        events.source_system,
        events.anonymous_id,
        events.user_properties,
        min(events.occurred_at) as identified_at
    from {{ ref('stg_ga4__events') }} as events
    cross join run_context
    where
        not events.is_deleted
        and events.user_properties is not null
        and run_context.properties <> ',,'
    group by events.source_system, events.anonymous_id, events.user_properties

),

properties as (

    select
        source_system,
        anonymous_id,
        identified_at,
        {{ json_elements('user_properties') }} as property
    from told

),

named as (

    select
        properties.source_system,
        properties.anonymous_id,
        coalesce(
            {{ json_field('properties.property', 'value.string_value') }},
            {{ json_field('properties.property', 'value.int_value') }}
        ) as property_value,
        properties.identified_at
    from properties
    cross join run_context
    where contains(run_context.properties, ',' || lower({{ json_field('properties.property', 'key') }}) || ',')

),

worded as (

    select
        named.source_system,
        named.anonymous_id,
        {{ web_user_id('named.property_value') }} as user_id,
        named.identified_at
    from named
    cross join run_context
    where nullif(trim(named.property_value), '') is not null

)

select
    source_system,
    anonymous_id,
    user_id,
    min(identified_at) as identified_at
from worded
where anonymous_id is not null
group by source_system, anonymous_id, user_id
