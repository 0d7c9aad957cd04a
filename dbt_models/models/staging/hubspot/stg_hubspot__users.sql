with

source as (

    select * from {{ source('raw_hubspot', 'users') }}

),

renamed as (

    select
        -- ids
        id as user_id,
        primary_team_id as team_id,
        role_id,

        -- texts
        lower(trim(email)) as email,
        first_name,
        last_name,
        primary_team as team_name,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
