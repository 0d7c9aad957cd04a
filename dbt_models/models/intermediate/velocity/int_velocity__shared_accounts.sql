with

named as (

    select * from {{ ref('int_velocity__portfolio_months') }}

)

-- The days of the month on which both had the account.
select
    marketers.month_start,
    marketers.as_of_date,
    marketers.account_id,
    marketers.user_id as marketer_user_id,
    sellers.user_id as seller_user_id,
    greatest(marketers.valid_from, sellers.valid_from, marketers.month_start) as shared_from,
    least(
        marketers.valid_to,
        sellers.valid_to,
        cast({{ dbt.dateadd('day', 1, 'marketers.as_of_date') }} as date)
    ) as shared_to,
    marketers.is_current and sellers.is_current as is_current
from named as marketers
inner join named as sellers
    on
        marketers.month_start = sellers.month_start
        and marketers.account_id = sellers.account_id
        and greatest(marketers.valid_from, sellers.valid_from) < least(marketers.valid_to, sellers.valid_to)
where marketers.team = 'marketing' and sellers.team = 'sales'
