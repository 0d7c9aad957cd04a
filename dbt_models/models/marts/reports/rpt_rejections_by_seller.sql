with

rejections as (

    select
        rejections.month,
        rejections.reason,
        rejections.reason_class,
        pairs.seller_user_id,
        pairs.marketer_user_id,
        mql_sources.source,
        mql_sources.campaign,
        rejections.later_opportunities,
        rejections.later_won,
        rejections.later_won_amount
    from {{ ref('int_velocity__rejections') }} as rejections
    inner join {{ ref('int_velocity__pairs') }} as pairs
        on
            rejections.person_id = pairs.person_id
            and rejections.occurrence = pairs.occurrence
    inner join {{ ref('int_velocity__mql_sources') }} as mql_sources
        on
            rejections.person_id = mql_sources.person_id
            and rejections.occurrence = mql_sources.occurrence

),

summed as (

    select
        month,
        reason,
        reason_class,
        seller_user_id,
        marketer_user_id,
        source,
        campaign,
        count(*) as rejected_mqls,
        sum(later_opportunities) as later_opportunities,
        sum(later_won) as later_won,
        sum(later_won_amount) as later_won_amount
    from rejections
    group by month, reason, reason_class, seller_user_id, marketer_user_id, source, campaign

),

users as (

    select * from {{ ref('dim_user') }}

)

select
    summed.month,
    summed.reason,
    summed.reason_class,
    summed.seller_user_id,
    sellers.user_name as seller_name,
    summed.marketer_user_id,
    marketers.user_name as marketer_name,
    summed.source,
    summed.campaign,
    cast(summed.rejected_mqls as bigint) as rejected_mqls,
    cast(summed.later_opportunities as bigint) as later_opportunities,
    cast(summed.later_won as bigint) as later_won,
    cast(summed.later_won_amount as decimal(18, 2)) as later_won_amount
from summed
left join users as sellers
    on summed.seller_user_id = sellers.user_id
left join users as marketers
    on summed.marketer_user_id = marketers.user_id
