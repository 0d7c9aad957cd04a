with

source as (

    select * from {{ source('raw_hubspot', 'property_history') }}

),

renamed as (

    select
        -- ids
        object_id,
        source_id,
        updated_by_user_id as changed_by_user_id,

        -- texts
        object_type,
        property,
        value,
        source_type,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        timestamp as changed_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
