with

source as (

    select * from {{ source('raw_hubspot', 'email_events') }}

),

renamed as (

    select
        -- ids
        id as event_id,
        email_campaign_id,
        obsoleted_by_id,

        -- texts
        type as event_type,
        lower(trim(recipient)) as email,
        url,
        referer as referrer,
        user_agent,

        -- booleans
        filtered_event as is_filtered,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        created as happened_at,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
