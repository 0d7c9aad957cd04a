with

source as (

    select * from {{ source('raw_marketo', 'activities_change_revenue_stage') }}

),

renamed as (

    select
        -- ids
        marketoGUID as activity_id,
        leadId as lead_id,
        activityTypeId as activity_type_id,
        campaignId as smart_campaign_id,
        primaryAttributeValueId as asset_id,

        -- texts
        primaryAttributeValue as asset_name,
        old_stage,
        new_stage,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        activityDate as happened_at,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source

)

select * from renamed
