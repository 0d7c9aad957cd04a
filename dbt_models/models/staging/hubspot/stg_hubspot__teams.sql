with

source as (

    select * from {{ source('raw_hubspot', 'teams') }}

),

renamed as (

    select
        -- ids
        id as team_id,

        -- texts
        name as team_name,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
