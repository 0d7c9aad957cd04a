with

users as (

    select * from {{ ref('int_crm__users') }}

),

user_teams as (

    select * from {{ ref('int_identity__user_teams') }}

)

select
    users.user_id,
    users.source_system,
    users.user_name,
    {{ salted_hash('users.email') }} as email_hash,
    users.department,
    users.title,
    user_teams.team,
    -- The field only: a rule may name an address, and the marts hold none.
    {{ dbt.split_part('user_teams.matched_by', "' = '", 1) }} as team_matched_by,
    coalesce(user_teams.is_integration, false) as is_integration,
    users.is_active,
    users.created_at
from users
left join user_teams
    on
        users.source_system = user_teams.source_system
        and users.user_id = user_teams.user_id
