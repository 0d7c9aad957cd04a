with

records as (

    select
        identifier_type,
        record_id as identifier,
        created_at as first_seen_at,
        creation_rank
    from {{ ref('int_identity__record_creations') }}

),

emails as (

    select
        'email' as identifier_type,
        email as identifier,
        first_seen_at,
        null as creation_rank
    from {{ ref('int_identity__emails') }}
    where refusal_reason is null

),

web_keys as (

    select
        'anonymous_id' as identifier_type,
        anonymous_id as identifier,
        first_seen_at,
        null as creation_rank
    from {{ ref('int_identity__web_keys') }}
    where anonymous_id is not null

    union all

    select
        user_key_type as identifier_type,
        user_key as identifier,
        first_seen_at,
        null as creation_rank
    from {{ ref('int_identity__web_keys') }}
    where user_key_type = 'user_id'

),

-- A contact or a surviving record that was never delivered still joins the records that point to it.
pointed_at as (

    select
        right_type as identifier_type,
        right_identifier as identifier,
        first_seen_at,
        null as creation_rank
    from {{ ref('int_identity__links') }}
    where matched_by in ('conversion', 'merge')

),

unioned as (

    select * from records
    union all
    select * from emails
    union all
    select * from web_keys
    union all
    select * from pointed_at

),

identifiers as (

    select
        identifier_type,
        identifier,
        min(first_seen_at) as first_seen_at,
        min(creation_rank) as creation_rank,
        case identifier_type
            when 'email' then 2
            when 'user_id' then 3
            when 'anonymous_id' then 4
            else 1
        end as type_rank
    from unioned
    group by identifier_type, identifier

)

-- Records first and in the order of their creation: the smallest id of a person is then the record that came first,
-- and a new cookie renames nobody.
select
    row_number() over (
        order by creation_rank asc nulls last, type_rank asc, identifier_type asc, identifier asc
    ) as identifier_id,
    identifier_type,
    identifier,
    type_rank >= 3 as is_weak,
    first_seen_at
from identifiers
