with

source as (

    select * from {{ source('raw_hubspot', 'owner_teams') }}

),

renamed as (

    select
        -- ids
        owner_id,
        team_id,

        -- booleans
        is_team_primary as is_primary,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
