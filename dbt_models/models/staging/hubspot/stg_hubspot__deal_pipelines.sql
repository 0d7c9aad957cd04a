with

source as (

    select * from {{ source('raw_hubspot', 'deal_pipelines') }}

),

renamed as (

    select
        -- ids
        id as pipeline_id,

        -- texts
        label as pipeline_name,
        stages,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
