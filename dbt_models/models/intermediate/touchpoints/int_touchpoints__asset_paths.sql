with

assets as (

    select
        asset_id,
        url_path,
        aliases,
        is_deleted
    from {{ ref('int_content__assets') }}

),

own_paths as (

    select
        asset_id,
        url_path as written_path,
        is_deleted,
        false as is_alias
    from assets

),

alias_paths as (

    select
        asset_id,
        {{ split_list('aliases') }} as written_path,
        is_deleted,
        true as is_alias
    from assets
    where aliases is not null

),

unioned as (

    select * from own_paths

    union all

    select * from alias_paths

),

paths as (

    select
        {{ url_path('written_path') }} as url_path,
        asset_id,
        is_alias,
        is_deleted
    from unioned
    where trim(written_path) != ''

)

-- Two assets that claim one path: a live one before a withdrawn one, its own path before a former one, then the lower
-- id, so that the choice is the same every night.
select
    url_path,
    {{ path_depth('url_path') }} as depth,
    asset_id,
    is_alias
from paths
qualify
    row_number() over (
        partition by url_path
        order by is_deleted asc, is_alias asc, asset_id asc
    ) = 1
