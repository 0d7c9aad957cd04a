with

shares as (

    select * from {{ ref('int_content_use__shares') }}

),

counted as (

    select
        asset_id,
        user_id,
        count(*) as shares,
        count(distinct person_id) as recipients,
        count(opened_at) as opened_after,
        max(shared_at) as last_shared_at
    from shares
    group by asset_id, user_id

),

-- A share that counts in an opportunity was given at or before its close.
shared_deals as (

    select distinct
        shares.asset_id,
        shares.user_id,
        deal_uses.opportunity_id
    from shares
    inner join {{ ref('int_content_use__deal_uses') }} as deal_uses
        on
            shares.touch_key = deal_uses.touch_key
            and shares.asset_id = deal_uses.asset_id
            and deal_uses.use_type = 'share'

),

deals as (

    select
        shared_deals.asset_id,
        shared_deals.user_id,
        count(*) as opportunities,
        sum(case when opportunities.is_won then 1 else 0 end) as deals_won_after,
        sum(case when opportunities.is_won then opportunities.amount else 0 end) as won_amount_after
    from shared_deals
    inner join {{ ref('fct_opportunities') }} as opportunities
        on shared_deals.opportunity_id = opportunities.opportunity_id
    group by shared_deals.asset_id, shared_deals.user_id

)

select
    counted.asset_id,
    assets.title,
    assets.asset_type,
    counted.user_id as seller_user_id,
    sellers.user_name as seller_name,
    sellers.team as seller_team,
    cast(counted.shares as bigint) as shares,
    cast(counted.recipients as bigint) as recipients,
    cast(counted.opened_after as bigint) as opened_after,
    cast(coalesce(deals.opportunities, 0) as bigint) as opportunities,
    cast(coalesce(deals.deals_won_after, 0) as bigint) as deals_won_after,
    cast(coalesce(deals.won_amount_after, 0) as decimal(18, 2)) as won_amount_after,
    counted.last_shared_at
from counted
left join deals
    on
        counted.asset_id = deals.asset_id
        and counted.user_id = deals.user_id
left join {{ ref('dim_content_asset') }} as assets
    on counted.asset_id = assets.content_asset_id
left join {{ ref('dim_user') }} as sellers
    on counted.user_id = sellers.user_id
