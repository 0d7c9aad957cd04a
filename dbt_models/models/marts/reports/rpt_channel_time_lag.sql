with

lags as (

    select * from {{ ref('int_returns__time_lags') }}

),

brand_activities as (

    select
        activity_id,
        activity_name
    from {{ ref('int_planning__brand_activities') }}

),

sums as (

    select
        breakdown,
        member,
        {%- for days in [30, 90, 180, 365] %}
        sum(case when lookback_days = {{ days }} then amount else 0 end) as amount_{{ days }},
        {%- endfor %}
        count(case when lookback_days = 0 then opportunity_id end) as deals_won,
        sum(case when lookback_days = 0 then amount else 0 end) as won_amount,
        median(case when lookback_days = 0 then days_to_close end) as median_days_to_close,
        max(case when lookback_days = 0 then days_to_close end) as longest_days_to_close,
        sum(case when lookback_days = 0 then days_to_close end) as days_to_close_sum,
        count(case when lookback_days = 0 then days_to_close end) as days_to_close_count
    from lags
    group by breakdown, member

)

select
    sums.breakdown,
    sums.member,
    coalesce(brand_activities.activity_name, sums.member) as member_name,
    sums.deals_won,
    cast(sums.won_amount as decimal(18, 2)) as won_amount,
    cast(sums.median_days_to_close as decimal(9, 1)) as median_days_to_close,
    sums.longest_days_to_close,
    cast(coalesce(sums.days_to_close_sum, 0) as bigint) as days_to_close_sum,
    cast(sums.days_to_close_count as bigint) as days_to_close_count,
    {%- for days in [30, 90, 180, 365] %}
    cast(sums.amount_{{ days }} as decimal(18, 2)) as won_amount_within_{{ days }}_days,
    {%- endfor %}
    cast(sums.won_amount - sums.amount_90 as decimal(18, 2)) as hidden_at_90_days
from sums
left join brand_activities
    -- No condition of its own: with one on its left side alone, a left join compares every row with every row.
    on case when sums.breakdown = 'brand_activity' then sums.member end = brand_activities.activity_id
