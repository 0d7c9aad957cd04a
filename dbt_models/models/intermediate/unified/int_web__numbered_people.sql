with

observed as (

    {% for model in [
        'segment__pages', 'segment__tracks', 'segment__identifies', 'rudderstack__pages', 'rudderstack__tracks',
        'rudderstack__identifies', 'ga4__events', 'snowplow__events'
    ] -%}
    select user_id
    from {{ ref('stg_' ~ model) }}
    where user_id is not null and not is_deleted
    {% if not loop.last %}
    union

    {% endif -%}
    {% endfor %}
),

named as (

    select user_id from observed
    union
    select user_id from {{ ref('int_web__ga4_user_ids') }}

),

numbers as (

    select user_id
    from named
    where {{ matches_pattern('user_id', '^[0-9]+$') }}

),

-- A CRM numbers its people, and a site may number its own users: nine of ten numbers must name somebody of the CRM
-- before any of them does.
judged as (

    select
        numbers.user_id,
        given_ids.record_key,
        count(given_ids.record_key) over () * 10 >= count(*) over () * 9 as are_of_crm
    from numbers
    left join {{ ref('int_crm__given_ids') }} as given_ids
        on
            numbers.user_id = given_ids.given_id
            and given_ids.record_type = 'person'

)

select
    user_id,
    record_key
from judged
where are_of_crm and record_key is not null
