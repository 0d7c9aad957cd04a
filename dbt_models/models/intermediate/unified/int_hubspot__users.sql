with

owners as (

    select
        owners.owner_id,
        owners.email,
        nullif(trim(coalesce(owners.first_name, '') || ' ' || coalesce(owners.last_name, '')), '') as user_name,
        owners.team_name,
        keys.user_key,
        not owners.is_deleted as is_active,
        owners.created_at
    from {{ ref('stg_hubspot__owners') }} as owners
    inner join {{ ref('int_hubspot__owners') }} as keys
        on owners.owner_id = keys.owner_given

),

teams as (

    select
        team_id,
        team_name
    from {{ ref('stg_hubspot__teams') }}

),

owner_teams as (

    select
        owners.user_key,
        teams.team_name
    from owners
    inner join {{ ref('stg_hubspot__owner_teams') }} as owner_teams
        on owners.owner_id = owner_teams.owner_id
    inner join teams
        on owner_teams.team_id = teams.team_id
    where not owner_teams.is_deleted
    qualify
        row_number() over (
            partition by owners.user_key
            order by coalesce(owner_teams.is_primary, false) desc, teams.team_name asc
        ) = 1

),

user_teams as (

    select
        team_users.user_id,
        teams.team_name
    from {{ ref('stg_hubspot__team_users') }} as team_users
    inner join teams
        on team_users.team_id = teams.team_id
    where not team_users.is_deleted
    qualify
        row_number() over (
            partition by team_users.user_id
            order by coalesce(team_users.is_secondary, false) asc, teams.team_name asc
        ) = 1

),

users as (

    select
        {{ record_key('hubspot', 'user', 'users.user_id') }} as user_key,
        users.email,
        nullif(trim(coalesce(users.first_name, '') || ' ' || coalesce(users.last_name, '')), '') as user_name,
        coalesce(teams.team_name, users.team_name, user_teams.team_name) as team_name,
        users.role_id,
        not users.is_deleted as is_active
    from {{ ref('stg_hubspot__users') }} as users
    left join teams
        on users.team_id = teams.team_id
    left join user_teams
        on users.user_id = user_teams.user_id

),

-- An owner's teams hold for a user whom no table of users names.
team_members as (

    select
        {{ record_key('hubspot', 'user', 'user_id') }} as user_key,
        team_name
    from user_teams

),

-- Somebody who left and came back owns records under two owner ids.
people_of_owners as (

    select * from owners
    qualify
        row_number() over (
            partition by user_key
            order by is_active desc, owner_id asc
        ) = 1

),

people as (

    select
        coalesce(users.user_key, people_of_owners.user_key) as user_key,
        coalesce(users.email, people_of_owners.email) as email,
        coalesce(users.user_name, people_of_owners.user_name) as user_name,
        coalesce(users.team_name, owner_teams.team_name, team_members.team_name, people_of_owners.team_name)
            as team_name,
        users.role_id,
        -- An owner is archived when the user leaves.
        coalesce(users.is_active, true) and coalesce(people_of_owners.is_active, true) as is_active,
        people_of_owners.created_at
    from users
    full outer join people_of_owners
        on users.user_key = people_of_owners.user_key
    left join owner_teams
        on people_of_owners.user_key = owner_teams.user_key
    left join team_members
        on coalesce(users.user_key, people_of_owners.user_key) = team_members.user_key

),

stand_ins as (

    select
        user_key,
        min(user_name) as user_name
    from {{ ref('int_crm__creation_sources') }}
    where source_system = 'hubspot'
    group by user_key

)

select
    'hubspot' as source_system,
    user_key,
    email,
    user_name,
    team_name,
    role_id,
    is_active,
    created_at
from people

union all

select
    'hubspot' as source_system,
    user_key,
    cast(null as {{ dbt.type_string() }}) as email,
    user_name,
    cast(null as {{ dbt.type_string() }}) as team_name,
    cast(null as {{ dbt.type_string() }}) as role_id,
    true as is_active,
    cast(null as timestamp) as created_at
from stand_ins
