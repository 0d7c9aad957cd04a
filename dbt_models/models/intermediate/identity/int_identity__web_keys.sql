with

observed as (

    select
        anonymous_id,
        user_id,
        email,
        min({{ possible_moment('identified_at') }}) as first_seen_at
    from {{ ref('int_web__identifies') }}
    group by anonymous_id, user_id, email

    union all

    select
        anonymous_id,
        user_id,
        null as email,
        min({{ possible_moment('viewed_at') }}) as first_seen_at
    from {{ ref('int_web__page_views') }}
    group by anonymous_id, user_id

    union all

    select
        anonymous_id,
        user_id,
        null as email,
        min({{ possible_moment('occurred_at') }}) as first_seen_at
    from {{ ref('int_web__events') }}
    group by anonymous_id, user_id

    union all

    select
        null as anonymous_id,
        person_key as user_id,
        null as email,
        min({{ possible_moment('responded_at') }}) as first_seen_at
    from {{ ref('int_marketing__responses') }}
    group by person_key

),

-- Should two systems share an id, the lead and then the first system's name are taken.
crm_records as (

    select
        record_id,
        identifier_type
    from {{ ref('int_identity__record_creations') }}
    qualify row_number() over (partition by record_id order by record_type desc, identifier_type asc) = 1

),

classified as (

    select
        observed.anonymous_id,
        case
            when observed.user_id like '%@%' then 'email'
            when observed.user_id is not null then coalesce(crm_records.identifier_type, 'user_id')
        end as user_key_type,
        case
            when observed.user_id like '%@%' then lower(trim(observed.user_id))
            else observed.user_id
        end as user_key,
        observed.email,
        observed.first_seen_at
    from observed
    left join crm_records
        on observed.user_id = crm_records.record_id

)

select
    anonymous_id,
    user_key_type,
    user_key,
    email,
    min(first_seen_at) as first_seen_at
from classified
group by anonymous_id, user_key_type, user_key, email
