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

)

select * from salesforce
