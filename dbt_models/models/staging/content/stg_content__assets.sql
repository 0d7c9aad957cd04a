with

source as (

    select * from {{ source('raw_content', 'assets') }}

),

renamed as (

    select
        -- ids
        asset_id,

        -- texts
        title,
        type as asset_type,
        topic,
        persona,
        author,
        url_path,
        aliases,
        campaigns,
        status,
        stage,
        lower(trim(requested_by)) as requested_by,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        published_at,
        planned_at,
        first_planned_at,

        -- lineage
        'content' as source_system,
        _file as source_file
    from source

)

select * from renamed
