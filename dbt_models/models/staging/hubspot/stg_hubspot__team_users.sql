with

source as (

    select * from {{ source('raw_hubspot', 'team_users') }}

),

renamed as (

    select
        -- ids
        team_id,
        user_id,

        -- booleans
        is_secondary_user as is_secondary,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
