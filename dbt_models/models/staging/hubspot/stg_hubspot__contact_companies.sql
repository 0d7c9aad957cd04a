with

source as (

    select * from {{ source('raw_hubspot', 'contact_companies') }}

),

renamed as (

    select
        -- ids
        contact_id,
        company_id,
        type_id,

        -- texts
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
