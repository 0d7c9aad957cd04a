with

source as (

    select * from {{ source('raw_hubspot', 'deal_pipeline_stages') }}

),

renamed as (

    select
        -- ids
        stage_id,
        pipeline_id,

        -- texts
        label as stage_name,

        -- numbers
        probability,

        -- booleans
        is_closed,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
