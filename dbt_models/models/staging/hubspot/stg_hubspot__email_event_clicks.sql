with

source as (

    select * from {{ source('raw_hubspot', 'email_event_clicks') }}

),

renamed as (

    select
        -- ids
        id as event_id,

        -- texts
        url,
        referer as referrer,
        user_agent,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- lineage
        'hubspot' as source_system,
        _file as source_file
    from source

)

select * from renamed
