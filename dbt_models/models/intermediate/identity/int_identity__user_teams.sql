with

evidence as (

    select * from {{ ref('int_crm__creation_sources') }}

),

told as (

    {{ told_creations() | indent(4) }}

),

-- The forms, apps and imports that made records. The work of a user whom nobody names is nobody's.
stand_ins as (

    select
        source_system,
        user_key as user_id,
        case when team <> 'user' then team end as team,
        'creation_source = ' || user_name as matched_by
    from told

),

users as (

    select
        users.source_system,
        users.user_id,
        users.email,
        users.department,
        users.title,
        users.profile_id,
        users.user_role_id,
        stand_ins.user_id is null as is_known,
        stand_ins.user_id is not null or {{ is_integration('users') }} as is_integration
    from {{ ref('int_crm__users') }} as users
    left join stand_ins
        on
            users.source_system = stand_ins.source_system
            and users.user_id = stand_ins.user_id

),

-- Creators that the user object doesn't list can still be given a team by their id.
creators as (

    select
        source_system,
        created_by_id as user_id
    from {{ ref('int_crm__leads') }}

    union

    select
        source_system,
        created_by_id as user_id
    from {{ ref('int_crm__contacts') }}

    union

    select
        source_system,
        created_by_id as user_id
    from {{ ref('int_crm__opportunities') }}

),

missing_users as (

    select
        creators.source_system,
        creators.user_id,
        null as email,
        null as department,
        null as title,
        null as profile_id,
        null as user_role_id,
        false as is_known,
        cast(null as boolean) as is_integration
    from creators
    left join users
        on
            creators.source_system = users.source_system
            and creators.user_id = users.user_id
    where creators.user_id is not null and users.user_id is null

),

all_users as (

    select * from users
    union all
    select * from missing_users

),

-- `*` stands for any run of characters; the two wildcards of `like` are escaped, since both occur in e-mail addresses.
rules as (

    select
        teams.match_field,
        teams.match_value,
        teams.team,
        teams.position,
        replace(replace(replace(teams.pattern, '%', '^%'), '_', '^_'), '*', '%') as pattern
    from {{ ref('stg_reference__teams') }} as teams

),

-- Ids are case-sensitive, everything that people type isn't.
matched as (

    select
        all_users.source_system,
        all_users.user_id,
        all_users.is_integration,
        rules.team,
        rules.match_field || ' = ' || rules.match_value as matched_by
    from all_users
    left join rules
        on
            (all_users.is_known or rules.match_field = 'id')
            and case rules.match_field
                when 'id' then all_users.user_id
                when 'email' then lower(coalesce(all_users.email, ''))
                when 'department' then lower(coalesce(all_users.department, ''))
                when 'title' then lower(coalesce(all_users.title, ''))
                when 'profile_id' then coalesce(all_users.profile_id, '')
                when 'user_role_id' then coalesce(all_users.user_role_id, '')
            end like rules.pattern escape '^'
    qualify
        row_number() over (
            partition by all_users.source_system, all_users.user_id
            order by rules.position asc nulls last, rules.match_field asc, rules.match_value asc, rules.team asc
        ) = 1

)

select
    matched.source_system,
    matched.user_id,
    coalesce(stand_ins.team, matched.team, 'unmapped') as team,
    case when stand_ins.team is not null then stand_ins.matched_by else matched.matched_by end as matched_by,
    matched.is_integration
from matched
left join stand_ins
    on
        matched.source_system = stand_ins.source_system
        and matched.user_id = stand_ins.user_id
