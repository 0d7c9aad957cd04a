with

identifiers as (

    select * from {{ ref('int_identity__identifiers') }}

),

run_context as (

    select
        anonymous_id_max_people,
        key_max_browsers
    from {{ ref('stg_reference__run_context') }}

),

placeholders as (

    select distinct value
    from {{ ref('stg_reference__placeholder_emails') }}
    where value not like '%@%'

),

-- What stands for nobody in particular, by its word or by the number of browsers that carried it on one day. Who clears
-- cookies has a new browser every day or week, so that ten times as many are let pass in all.
constants as (

    select
        identifiers.identifier_id as key_id,
        case when identifiers.identifier_type = 'anonymous_id' then 'anonymous_id' else 'user_id' end as key_type,
        case
            when
                identifiers.is_weak
                and (placeholders.value is not null or {{ is_unfilled_field('identifiers.identifier') }})
                then 'placeholder_id'
            when
                key_browsers.browsers_of_a_day > run_context.key_max_browsers
                or key_browsers.browsers > 10 * run_context.key_max_browsers
                then 'too_many_browsers'
        end as reason,
        coalesce(key_browsers.browsers, 1) as people
    from identifiers
    cross join run_context
    left join placeholders
        on {{ placeholder_id('identifiers.identifier') }} = placeholders.value
    left join {{ ref('int_identity__key_browsers') }} as key_browsers
        -- One equality: with a second condition on one side, DuckDB compares every row with every row.
        on case when identifiers.identifier_type <> 'anonymous_id' then identifiers.identifier end = key_browsers.key

),

refused_constants as (

    select * from constants
    where reason is not null

),

-- Whom a key that browsers carry points at: the person that records and e-mail addresses form, or a user id. A record
-- id or an address that is sent as user id beside an address is such a key, too.
all_pointed_at as (

    select
        edges.left_id as key_id,
        case when edges.is_left_weak then identifiers.identifier_type else 'user_id' end as key_type,
        coalesce(record_components.component_id, edges.right_id) as target_id,
        edges.right_id as edge_target_id,
        edges.is_right_weak as is_target_weak
    from {{ ref('int_identity__edges') }} as edges
    inner join identifiers
        on edges.left_id = identifiers.identifier_id
    left join {{ ref('int_identity__record_components') }} as record_components
        on edges.right_id = record_components.identifier_id
    left join {{ ref('int_identity__email_components') }} as left_emails
        on edges.left_id = left_emails.identifier_id
    left join {{ ref('int_identity__email_components') }} as right_emails
        on edges.right_id = right_emails.identifier_id
    where
        edges.matched_by = 'identify'
        and left_emails.refusal_reason is null
        and right_emails.refusal_reason is null

    union all

    select
        edges.left_id as key_id,
        'user_id' as key_type,
        record_components.component_id as target_id,
        edges.left_id as edge_target_id,
        false as is_target_weak
    from {{ ref('int_identity__edges') }} as edges
    inner join {{ ref('int_identity__record_components') }} as record_components
        on edges.left_id = record_components.identifier_id
    left join {{ ref('int_identity__email_components') }} as left_emails
        on edges.left_id = left_emails.identifier_id
    where edges.matched_by = 'identify' and not edges.is_left_weak and left_emails.refusal_reason is null

),

pointed_at as (

    select all_pointed_at.*
    from all_pointed_at
    left join refused_constants as refused_keys
        on all_pointed_at.key_id = refused_keys.key_id
    left join refused_constants as refused_targets
        on all_pointed_at.edge_target_id = refused_targets.key_id
    where refused_keys.key_id is null and refused_targets.key_id is null

),

-- A user id that came with one person's e-mail address is that person, so that both count once.
user_id_people as (

    select
        key_id as user_id,
        min(target_id) as person_id
    from pointed_at
    where not is_target_weak
    group by key_id
    having count(distinct target_id) = 1

),

anonymous_id_people as (

    select distinct
        pointed_at.key_id,
        pointed_at.key_type,
        coalesce(user_id_people.person_id, pointed_at.target_id) as person_id
    from pointed_at
    left join user_id_people
        on pointed_at.target_id = user_id_people.user_id
    where pointed_at.key_type = 'anonymous_id'

),

judged_anonymous_ids as (

    {{ contradictions_of('anonymous_id_people') | indent(4) }}

),

refused_anonymous_ids as (

    select * from judged_anonymous_ids
    where reason is not null

),

-- A user id such as "undefined" welds through the cookies that carry it, so theirs are counted with its own.
user_id_reach as (

    select
        key_id,
        key_type,
        target_id as person_id
    from pointed_at
    where key_type = 'user_id'

    union

    select
        carried.target_id as key_id,
        'user_id' as key_type,
        others.target_id as person_id
    from pointed_at as carried
    inner join pointed_at as others
        on carried.key_id = others.key_id
    left join refused_anonymous_ids
        on carried.key_id = refused_anonymous_ids.key_id
    where
        carried.is_target_weak
        and not others.is_target_weak
        and refused_anonymous_ids.key_id is null

),

judged_user_ids as (

    {{ contradictions_of('user_id_reach') | indent(4) }}

)

select
    key_id,
    key_type,
    reason,
    people
from refused_constants

union all

select
    key_id,
    key_type,
    reason,
    people
from refused_anonymous_ids

union all

select
    key_id,
    key_type,
    reason,
    people
from judged_user_ids
where reason is not null
