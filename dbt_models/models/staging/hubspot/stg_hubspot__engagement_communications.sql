with

source as (

    select * from {{ source('raw_hubspot', 'engagement_communications') }}

),

renamed as (

    select
        -- ids
        id as engagement_id,
        hubspot_owner_id as owner_id,
        hs_created_by_user_id as created_by_user_id,
        hs_modified_by as modified_by_user_id,

        -- texts
        hs_object_source as creation_source,
        hs_communication_channel_type as channel_type,
        contacts as contact_ids,
        companies as company_ids,
        deals as deal_ids,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        hs_timestamp as happened_at,
        hs_createdate as created_at,
        LastModifiedDate as last_modified_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
