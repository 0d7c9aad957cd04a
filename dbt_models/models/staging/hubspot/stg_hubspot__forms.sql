with

source as (

    select * from {{ source('raw_hubspot', 'forms') }}

),

renamed as (

    select
        -- ids
        guid as form_id,

        -- texts
        name as form_name,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
