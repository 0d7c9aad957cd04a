select
    ratings.asset_id,
    assets.title,
    ratings.user_id as seller_user_id,
    sellers.user_name as seller_name,
    sellers.team as seller_team,
    ratings.given_at,
    cast(ratings.rating as decimal(9, 2)) as rating,
    ratings.comment,
    ratings.is_latest
from {{ ref('int_content_use__ratings') }} as ratings
left join {{ ref('dim_content_asset') }} as assets
    on ratings.asset_id = assets.content_asset_id
left join {{ ref('dim_user') }} as sellers
    on ratings.user_id = sellers.user_id
