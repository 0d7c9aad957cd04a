with

source as (

    select * from {{ source('raw_marketo', 'activities') }}

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
        query_parameters,
        referrer_url as referrer,
        user_agent,
        link,
        webpage_url as url,
        new_status,
        source_type,
        source_info,
        form_name,
        list_name,
        sfdc_type as salesforce_type,
        api_method_name,
        modifying_user,
        old_value,
        new_value,
        old_stage,
        new_stage,
        source as change_source,
        merge_ids as merged_ids,

        -- booleans
        is_bot_activity,
        success as is_success,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        activityDate as happened_at,

        -- lineage
        'marketo' as source_system,
        _file as source_file
    from source

)

select * from renamed
