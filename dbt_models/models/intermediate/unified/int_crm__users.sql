with

salesforce as (

    select
        source_system,
        user_id,
        email,
        user_name,
        department,
        title,
        profile_id,
        user_role_id,
        coalesce(is_active, true) as is_active,
        created_at
    from {{ ref('stg_salesforce__user') }}

)

select * from salesforce
