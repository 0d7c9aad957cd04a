with

named as (

    select distinct
        month_start,
        as_of_date,
        account_id,
        team,
        user_id
    from {{ ref('int_velocity__portfolio_months') }}
    where is_current

),

shared as (

    select * from {{ ref('int_velocity__shared_accounts') }}

),

events as (

    select * from {{ ref('int_velocity__account_events') }}

),

portfolios as (

    select
        month_start,
        as_of_date,
        team,
        user_id,
        count(*) as accounts
    from named
    group by month_start, as_of_date, team, user_id

),

-- Every marketer with every seller who names accounts on that day, and those who shared one earlier in the month.
pairs as (

    select
        marketers.month_start,
        marketers.as_of_date,
        marketers.user_id as marketer_user_id,
        sellers.user_id as seller_user_id
    from portfolios as marketers
    inner join portfolios as sellers
        on marketers.month_start = sellers.month_start
    where marketers.team = 'marketing' and sellers.team = 'sales'

    union

    select
        month_start,
        as_of_date,
        marketer_user_id,
        seller_user_id
    from shared
    where shared_from < shared_to

),

-- Ownership may be recorded in overlapping periods: an event counts once per pair.
shared_events as (

    select distinct
        shared.month_start,
        shared.marketer_user_id,
        shared.seller_user_id,
        events.account_id,
        events.event_type,
        events.event_date,
        events.events,
        events.amount
    from shared
    inner join events
        on
            shared.account_id = events.account_id
            and shared.shared_from <= events.event_date
            and shared.shared_to > events.event_date

),

funnels as (

    select
        month_start,
        marketer_user_id,
        seller_user_id,
        sum(case when event_type = 'mql' then events else 0 end) as mqls,
        sum(case when event_type = 'sql' then events else 0 end) as sqls,
        sum(case when event_type = 'opportunity' then events else 0 end) as opportunities,
        sum(case when event_type = 'won' then events else 0 end) as won,
        sum(case when event_type = 'won' then amount else 0 end) as won_amount
    from shared_events
    group by month_start, marketer_user_id, seller_user_id

),

-- The accounts that both have on the as-of date, and which of the two teams did anything there while both had them.
shared_now as (

    select
        shared.month_start,
        shared.marketer_user_id,
        shared.seller_user_id,
        shared.account_id,
        max(case when shared_events.event_type = 'marketing_touch' then 1 else 0 end) as has_marketing,
        max(case when shared_events.event_type = 'sales_action' then 1 else 0 end) as has_sales
    from shared
    left join shared_events
        on
            shared.month_start = shared_events.month_start
            and shared.marketer_user_id = shared_events.marketer_user_id
            and shared.seller_user_id = shared_events.seller_user_id
            and shared.account_id = shared_events.account_id
    where shared.is_current
    group by shared.month_start, shared.marketer_user_id, shared.seller_user_id, shared.account_id

),

shared_counts as (

    select
        month_start,
        marketer_user_id,
        seller_user_id,
        count(*) as shared_accounts,
        sum(has_marketing * has_sales) as worked_together_accounts,
        sum(has_marketing * (1 - has_sales)) as marketing_only_accounts,
        sum((1 - has_marketing) * has_sales) as sales_only_accounts
    from shared_now
    group by month_start, marketer_user_id, seller_user_id

),

users as (

    select * from {{ ref('dim_user') }}

),

counted as (

    select
        pairs.*,
        coalesce(marketers.accounts, 0) as marketer_accounts,
        coalesce(sellers.accounts, 0) as seller_accounts,
        coalesce(shared_counts.shared_accounts, 0) as shared_accounts,
        coalesce(shared_counts.worked_together_accounts, 0) as worked_together_accounts,
        coalesce(shared_counts.marketing_only_accounts, 0) as marketing_only_accounts,
        coalesce(shared_counts.sales_only_accounts, 0) as sales_only_accounts,
        coalesce(funnels.mqls, 0) as mqls,
        coalesce(funnels.sqls, 0) as sqls,
        coalesce(funnels.opportunities, 0) as opportunities,
        coalesce(funnels.won, 0) as won,
        coalesce(funnels.won_amount, 0) as won_amount
    from pairs
    left join portfolios as marketers
        on
            pairs.month_start = marketers.month_start
            and pairs.marketer_user_id = marketers.user_id
            and marketers.team = 'marketing'
    left join portfolios as sellers
        on
            pairs.month_start = sellers.month_start
            and pairs.seller_user_id = sellers.user_id
            and sellers.team = 'sales'
    left join shared_counts
        on
            pairs.month_start = shared_counts.month_start
            and pairs.marketer_user_id = shared_counts.marketer_user_id
            and pairs.seller_user_id = shared_counts.seller_user_id
    left join funnels
        on
            pairs.month_start = funnels.month_start
            and pairs.marketer_user_id = funnels.marketer_user_id
            and pairs.seller_user_id = funnels.seller_user_id

)

select
    counted.as_of_date,
    counted.marketer_user_id,
    marketing_users.user_name as marketer_name,
    counted.seller_user_id,
    sales_users.user_name as seller_name,
    cast(counted.marketer_accounts as bigint) as marketer_accounts,
    cast(counted.seller_accounts as bigint) as seller_accounts,
    cast(counted.shared_accounts as bigint) as shared_accounts,
    cast(
        counted.marketer_accounts + counted.seller_accounts - counted.shared_accounts as bigint
    ) as either_accounts,
    cast(
        counted.shared_accounts * 1.0
        / nullif(counted.marketer_accounts + counted.seller_accounts - counted.shared_accounts, 0) as decimal(9, 6)
    ) as overlap,
    cast(counted.worked_together_accounts as bigint) as worked_together_accounts,
    cast(counted.marketing_only_accounts as bigint) as marketing_only_accounts,
    cast(counted.sales_only_accounts as bigint) as sales_only_accounts,
    cast(counted.mqls as bigint) as mqls,
    cast(counted.sqls as bigint) as sqls,
    cast(counted.opportunities as bigint) as opportunities,
    cast(counted.won as bigint) as won,
    cast(counted.won_amount as decimal(18, 2)) as won_amount
from counted
left join users as marketing_users
    on counted.marketer_user_id = marketing_users.user_id
left join users as sales_users
    on counted.seller_user_id = sales_users.user_id
