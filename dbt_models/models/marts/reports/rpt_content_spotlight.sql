with

won_deals as (

    select
        *,
        {{ company_month('closed_at') }} as month
    from {{ ref('fct_opportunities') }}
    where is_won and closed_at is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by month
            order by amount desc, opportunity_id asc
        ) as deal_rank
    from won_deals

)

select
    ranked.month,
    cast(ranked.deal_rank as integer) as deal_rank,
    ranked.opportunity_id,
    ranked.opportunity_name,
    ranked.account_id,
    accounts.account_name,
    ranked.owner_user_id as seller_user_id,
    sellers.user_name as seller_name,
    ranked.amount,
    ranked.closed_at,
    cast(
        case
            when uses.opportunity_id is null then 0
            else row_number() over (
                partition by ranked.opportunity_id
                order by uses.used_at asc, uses.touchpoint_id asc, uses.asset_id asc, uses.use_type asc
            )
        end as integer
    ) as position,
    uses.asset_id,
    assets.title,
    assets.asset_type,
    uses.used_at,
    uses.person_id as used_by_person_id,
    case when uses.person_id is not null then coalesce(roles.role, '(none)') end as used_by_role,
    coalesce(uses.use_type, 'none') as use_type,
    uses.uses,
    uses.touchpoint_id
from ranked
left join {{ ref('int_content_use__deal_uses') }} as uses
    on ranked.opportunity_id = uses.opportunity_id
left join {{ ref('dim_content_asset') }} as assets
    on uses.asset_id = assets.content_asset_id
left join {{ ref('int_journeys__roles') }} as roles
    on
        uses.opportunity_id = roles.opportunity_id
        and uses.person_id = roles.person_id
left join {{ ref('dim_account') }} as accounts
    on ranked.account_id = accounts.account_id
left join {{ ref('dim_user') }} as sellers
    on ranked.owner_user_id = sellers.user_id
where ranked.deal_rank <= 3
