with

assets as (

    select * from {{ ref('int_content__assets') }}

)

select
    asset_id as content_asset_id,
    source_system,
    title,
    asset_type,
    topic,
    persona,
    author,
    url_path,
    status,
    stage,
    published_at,
    planned_at,
    first_planned_at,
    is_deleted
from assets
