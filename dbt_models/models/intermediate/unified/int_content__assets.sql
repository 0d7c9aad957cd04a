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
        published_at,
        planned_at,
        is_deleted
    from {{ ref('stg_content__assets') }}

)

select * from content
