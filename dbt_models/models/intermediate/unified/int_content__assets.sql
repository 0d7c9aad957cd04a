with

content as (

    select
        source_system,
        asset_id,
        title,
        asset_type,
        topic,
        persona,
        author,
        url_path,
        aliases,
        campaigns,
        status,
        stage,
        requested_by,
        published_at,
        planned_at,
        first_planned_at,
        is_deleted
    from {{ ref('stg_content__assets') }}

)

select * from content
