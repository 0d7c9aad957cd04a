with

source as (

    select * from {{ source('raw_salesforce', 'user') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as user_id,
        {{ salesforce_id('ProfileId') }} as profile_id,
        {{ salesforce_id('UserRoleId') }} as user_role_id,
        {{ salesforce_id('ManagerId') }} as manager_id,

        -- texts
        Name as user_name,
        lower(trim(Email)) as email,
        Username as username,
        Department as department,
        Title as title,

        -- booleans
        IsActive as is_active,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        CreatedDate as created_at,
        LastModifiedDate as last_modified_at,
        SystemModstamp as system_modstamp,

        -- lineage
        'salesforce' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
