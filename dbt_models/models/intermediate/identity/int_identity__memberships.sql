with

statements as (

    select
        person_id,
        account_id,
        placed_at,
        known_at,
        is_live and account_match_method = 'contact' as is_live_contact
    from {{ ref('int_identity__placements') }}
    where account_match_method in ('contact', 'converted_lead')

),

stated as (

    select
        person_id,
        account_id,
        min(placed_at) as placed_at,
        max(placed_at) as last_placed_at,
        max(case when is_live_contact then 1 else 0 end) = 1 as is_current
    from statements
    group by person_id, account_id

),

-- When the person was next said to be elsewhere, be it where they were before. A conversion of the past whose contact
-- is elsewhere today tells no day of the move: the night that first saw the contact there is the latest that it can
-- have been.
moves as (

    select
        stated.person_id,
        stated.account_id,
        coalesce(
            min(case when others.placed_at > stated.last_placed_at then others.placed_at end),
            min(case when others.is_live_contact then others.known_at end)
        ) as moved_at
    from stated
    inner join statements as others
        on
            stated.person_id = others.person_id
            and stated.account_id <> others.account_id
    group by stated.person_id, stated.account_id

),

ranked as (

    select
        stated.*,
        moves.moved_at,
        rank() over (partition by stated.person_id order by stated.placed_at asc nulls last) = 1 as is_first_account
    from stated
    left join moves
        on
            stated.person_id = moves.person_id
            and stated.account_id = moves.account_id

),

stated_people as (

    select distinct person_id
    from stated

)

-- Whatever somebody did before the CRM knew of an account was done by someone of the first account.
select
    person_id,
    account_id,
    case when not is_first_account then placed_at end as member_from,
    case when not is_current then moved_at end as member_until
from ranked

union all

-- Domain and company name are guesses, which count only while nothing better is known.
select
    person_accounts.person_id,
    person_accounts.account_id,
    cast(null as timestamp) as member_from,
    cast(null as timestamp) as member_until
from {{ ref('int_identity__person_accounts') }} as person_accounts
left join stated_people
    on person_accounts.person_id = stated_people.person_id
where person_accounts.account_id is not null and stated_people.person_id is null
