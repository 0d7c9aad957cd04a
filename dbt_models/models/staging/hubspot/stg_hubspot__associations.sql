with

source as (

    select * from {{ source('raw_hubspot', 'associations') }}

),

renamed as (

    select
        -- ids
        from_id,
        to_id,
        type_id,

        -- texts
        from_type,
        to_type,
        category,
        label,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
