with

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

),

edges as (

    select * from {{ ref('int_identity__edges') }}

),

record_components as (

    select * from {{ ref('int_identity__record_components') }}

),

run_context as (

    select anonymous_id_max_people from {{ ref('stg_reference__run_context') }}

),

refused_emails as (

    select
        'email' as identifier_type,
        emails.email as identifier,
        emails.refusal_reason as reason,
        count(distinct record_components.component_id) as people
    from {{ ref('int_identity__emails') }} as emails
    left join {{ ref('int_identity__links') }} as links
        on
            links.right_type = 'email'
            and emails.email = links.right_identifier
            and links.matched_by = 'same_email'
    left join identifiers
        on
            links.left_type = identifiers.identifier_type
            and links.left_identifier = identifiers.identifier
    left join record_components
        on identifiers.identifier_id = record_components.identifier_id
    where emails.refusal_reason is not null
    group by emails.email, emails.refusal_reason

),

-- Whom a key that browsers carry points at: the person that records and e-mail addresses form, or a user id.
pointed_at as (

    select
        edges.left_id as weak_id,
        coalesce(record_components.component_id, edges.right_id) as target_id,
        edges.is_right_weak as is_target_weak
    from edges
    left join record_components
        on edges.right_id = record_components.identifier_id
    where edges.is_left_weak

),

-- A user id that came with one person's e-mail address is that person, so that both count once.
user_id_people as (

    select
        weak_id as user_id,
        min(target_id) as person_id
    from pointed_at
    where not is_target_weak
    group by weak_id
    having count(distinct target_id) = 1

),

anonymous_id_people as (

    select
        pointed_at.weak_id,
        count(distinct coalesce(user_id_people.person_id, pointed_at.target_id)) as people
    from pointed_at
    inner join identifiers
        on pointed_at.weak_id = identifiers.identifier_id
    left join user_id_people
        on pointed_at.target_id = user_id_people.user_id
    where identifiers.identifier_type = 'anonymous_id'
    group by pointed_at.weak_id

),

refused_anonymous_ids as (

    select
        anonymous_id_people.weak_id,
        anonymous_id_people.people
    from anonymous_id_people
    cross join run_context
    where anonymous_id_people.people > run_context.anonymous_id_max_people

),

-- A user id such as "undefined" welds through the cookies that carry it, so theirs are counted with its own.
user_id_reach as (

    select
        pointed_at.weak_id as user_id,
        pointed_at.target_id as person_id
    from pointed_at
    inner join identifiers
        on pointed_at.weak_id = identifiers.identifier_id
    where identifiers.identifier_type = 'user_id'

    union

    select
        carried.target_id as user_id,
        others.target_id as person_id
    from pointed_at as carried
    inner join pointed_at as others
        on carried.weak_id = others.weak_id
    left join refused_anonymous_ids
        on carried.weak_id = refused_anonymous_ids.weak_id
    where
        carried.is_target_weak
        and not others.is_target_weak
        and refused_anonymous_ids.weak_id is null

),

refused_user_ids as (

    select
        user_id_reach.user_id as weak_id,
        count(distinct user_id_reach.person_id) as people
    from user_id_reach
    cross join run_context
    group by user_id_reach.user_id, run_context.anonymous_id_max_people
    having count(distinct user_id_reach.person_id) > run_context.anonymous_id_max_people

),

refused_weak_keys as (

    select * from refused_anonymous_ids
    union all
    select * from refused_user_ids

)

select
    identifier_type,
    identifier,
    reason,
    people
from refused_emails

union all

select
    identifiers.identifier_type,
    identifiers.identifier,
    'too_many_people' as reason,
    refused_weak_keys.people
from refused_weak_keys
inner join identifiers
    on refused_weak_keys.weak_id = identifiers.identifier_id
