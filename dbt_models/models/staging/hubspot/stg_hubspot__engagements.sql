with

source as (

    select * from {{ source('raw_hubspot', 'engagements') }}

),

renamed as (

    select
        -- ids
        id as engagement_id,
        owner_id,
        created_by as created_by_user_id,
        modified_by as modified_by_user_id,

        -- texts
        type as engagement_type,
        status,
        subject,
        from_email,
        outcome,
        contacts as contact_ids,
        companies as company_ids,
        deals as deal_ids,

        -- numbers
        duration_ms as call_milliseconds,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        timestamp as happened_at,
        created_at,
        start_time as started_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
