with

-- A seller's latest word on an asset counts; two at one timestamp: the worse, so that the choice is the same every
-- night.
latest as (

    select
        asset_id,
        user_email,
        rating
    from {{ ref('int_content__feedback') }}
    where
        rating is not null
        and given_at <= {{ run_setting('as_of') }}
    qualify
        row_number() over (
            partition by asset_id, user_email
            order by given_at desc, rating asc
        ) = 1

),

ratings as (

    select
        asset_id,
        count(*) as raters,
        cast(sum(rating) as decimal(18, 2)) as rating_sum,
        cast(sum(rating) / count(*) as decimal(9, 2)) as average_rating
    from latest
    group by asset_id

),

shares as (

    select
        asset_id,
        count(*) as shares,
        max(shared_at) as last_shared_at
    from {{ ref('int_content__shares') }}
    where shared_at <= {{ run_setting('as_of') }}
    group by asset_id

)

select
    coalesce(ratings.asset_id, shares.asset_id) as asset_id,
    coalesce(ratings.raters, 0) as raters,
    coalesce(ratings.rating_sum, 0) as rating_sum,
    ratings.average_rating,
    coalesce(shares.shares, 0) as shares,
    shares.last_shared_at
from ratings
full outer join shares
    on ratings.asset_id = shares.asset_id
