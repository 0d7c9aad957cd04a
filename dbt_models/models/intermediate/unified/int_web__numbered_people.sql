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

people as (

    select
        given_id,
        record_key
    from {{ ref('int_crm__given_ids') }}
    where record_type = 'person'

),

-- A CRM numbers its people, and a site may number its own users: nine of ten numbers must name somebody of the CRM
-- before any of them does. What names somebody and is no number stands for the number of somebody who was forgotten.
judged as (

    select
        named.user_id,
        people.record_key,
        count(people.record_key) over () * 10 >= count(*) over () * 9 as are_of_crm
    from named
    left join people
        on named.user_id = people.given_id
    where {{ matches_pattern('named.user_id', '^[0-9]+$') }} or people.record_key is not null

)

select
    user_id,
    record_key
from judged
where are_of_crm and record_key is not null
