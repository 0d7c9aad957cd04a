with

source as (

    select * from {{ source('raw_hubspot', 'marketing_campaign_assets') }}

),

renamed as (

    select
        -- ids
        campaign_id,
        id as asset_id,

        -- texts
        asset_type,
        name as asset_name,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
