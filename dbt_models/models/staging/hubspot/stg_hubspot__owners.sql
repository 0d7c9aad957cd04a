with

source as (

    select * from {{ source('raw_hubspot', 'owners') }}

),

renamed as (

    select
        -- ids
        id as owner_id,
        user_id,
        former_user_id,

        -- texts
        lower(trim(email)) as email,
        first_name,
        last_name,
        team_name,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        created_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
