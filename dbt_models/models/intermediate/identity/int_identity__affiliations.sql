with

placements as (

    select
        person_id,
        account_id,
        min(placed_at) as placed_at
    from {{ ref('int_identity__placements') }}
    group by person_id, account_id

),

ranked as (

    select
        *,
        rank() over (partition by person_id order by placed_at asc nulls last) = 1 as is_first_account
    from placements

)

-- The first account that is known of a person counts from the person's own creation: the form was filled by someone of
-- that company, even if a contact said so only later. Any further account counts from the record that says so, so that
-- a move to another company doesn't rewrite whom that company's older deals came from.
select
    ranked.person_id,
    ranked.account_id,
    case when ranked.is_first_account then persons.created_at else ranked.placed_at end as affiliated_from
from ranked
inner join {{ ref('int_identity__persons') }} as persons
    on ranked.person_id = persons.person_id
where persons.created_at is not null
