with

claims as (

    select * from {{ ref('int_identity__record_claims') }}

),

run_context as (

    select
        merge_max_records,
        conversion_max_leads,
        key_max_names
    from {{ ref('stg_reference__run_context') }}

),

statements as (

    select
        right_id as key_id,
        matched_by,
        left_id as member_id
    from {{ ref('int_identity__edges') }}
    where matched_by in ('conversion', 'merge')

),

members as (

    select
        key_id,
        matched_by,
        member_id
    from statements

    union

    select
        key_id,
        matched_by,
        key_id as member_id
    from statements

),

keys as (

    select
        members.key_id,
        members.matched_by,
        count(*) as records,
        max(case when members.member_id = members.key_id and claims.identifier_id is not null then 1 else 0 end) = 1
            as is_delivered,
        max(case when claims.is_staff then 1 else 0 end) = 1 as has_staff,
        max(case when claims.is_prospect then 1 else 0 end) = 1 as has_prospect,
        count(distinct claims.surname) as surnames,
        count(distinct claims.domain_name) as domains
    from members
    left join claims
        on members.member_id = claims.identifier_id
    group by members.key_id, members.matched_by

),

judged as (

    select
        keys.*,
        case
            when
                keys.records - 1 > case keys.matched_by
                    when 'merge' then run_context.merge_max_records
                    else run_context.conversion_max_leads
                end
                then 'too_many_records'
            when keys.has_staff and keys.has_prospect then 'staff_and_prospect'
            when keys.surnames > run_context.key_max_names or keys.domains > run_context.key_max_names
                then 'different_people'
            -- A record that nobody has seen can't show that it is one human's.
            when not keys.is_delivered and keys.domains > 1 then 'different_people'
        end as reason
    from keys
    cross join run_context

)

select
    key_id,
    matched_by,
    reason,
    records
from judged
where reason is not null
