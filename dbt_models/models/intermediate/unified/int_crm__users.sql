with

salesforce as (

    select
        source_system,
        {{ record_key('salesforce', 'user', 'user_id') }} as user_id,
        email,
        user_name,
        department,
        title,
        {{ record_key('salesforce', 'profile', 'profile_id') }} as profile_id,
        {{ record_key('salesforce', 'role', 'user_role_id') }} as user_role_id,
        coalesce(is_active, true) as is_active,
        created_at
    from {{ ref('stg_salesforce__user') }}

),

-- Users, the owners who are no users any more, and the forms, apps and imports that made records.
hubspot as (

    select
        source_system,
        user_key as user_id,
        email,
        user_name,
        team_name as department,
        cast(null as {{ dbt.type_string() }}) as title,
        cast(null as {{ dbt.type_string() }}) as profile_id,
        role_id as user_role_id,
        is_active,
        created_at
    from {{ ref('int_hubspot__users') }}

),

marketo as (

    select
        source_system,
        user_key as user_id,
        email,
        user_name,
        department,
        title,
        profile_id,
        user_role_id,
        is_active,
        cast(null as timestamp) as created_at
    from {{ ref('int_marketo__users') }}

),

unioned as (

    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from marketo

)

select * from unioned
