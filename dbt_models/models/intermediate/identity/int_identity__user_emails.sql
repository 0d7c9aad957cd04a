with

addresses as (

    select
        users.email,
        users.source_system,
        users.user_id,
        users.user_name,
        users.created_at,
        coalesce(user_teams.team, 'unmapped') as team,
        case when users.is_active then 0 else 1 end as activity_rank,
        case coalesce(user_teams.team, 'unmapped') when 'system' then 2 when 'unmapped' then 1 else 0 end as team_rank
    from {{ ref('int_crm__users') }} as users
    left join {{ ref('int_identity__user_teams') }} as user_teams
        on
            users.source_system = user_teams.source_system
            and users.user_id = user_teams.user_id
    where users.email is not null and users.email <> ''

),

-- The address is the active user's; a person's before an integration's, the earliest before a later one's.
chosen as (

    select * from addresses
    qualify
        row_number() over (
            partition by email
            order by
                activity_rank asc,
                team_rank asc,
                created_at asc nulls last,
                user_id asc,
                source_system asc
        ) = 1

),

-- Two people of different teams behind one address: who of them acted, nobody can say.
rivals as (

    select
        chosen.email,
        count(distinct addresses.team) as teams,
        count(*) as users
    from chosen
    inner join addresses
        on
            chosen.email = addresses.email
            and chosen.activity_rank = addresses.activity_rank
    where addresses.team <> 'system'
    group by chosen.email

)

select
    chosen.email,
    chosen.source_system,
    chosen.user_id,
    chosen.user_name,
    chosen.team,
    coalesce(rivals.teams > 1, false) as is_ambiguous
from chosen
left join rivals
    on chosen.email = rivals.email
