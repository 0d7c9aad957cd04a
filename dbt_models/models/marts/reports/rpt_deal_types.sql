with

deals as (

    select
        cast({{ dbt.date_trunc('month', 'close_date') }} as date) as month,
        opportunity_type,
        is_won,
        amount,
        days_lead_to_close,
        days_opportunity_to_close
    from {{ ref('fct_opportunities') }}
    where is_closed

)

select
    month,
    {{ month_name('month') }} as month_name,
    opportunity_type,
    count(*) as closed,
    cast(sum(case when is_won then 1 else 0 end) as bigint) as won,
    cast(sum(case when is_won then 0 else 1 end) as bigint) as lost,
    cast(sum(case when is_won then 1 else 0 end) * 1.0 / count(*) as decimal(9, 6)) as win_rate,
    cast(sum(case when is_won then amount else 0 end) as decimal(18, 2)) as won_amount,
    cast(median(case when is_won then days_lead_to_close end) as decimal(9, 1)) as median_days_lead_to_close,
    cast(median(case when is_won then days_opportunity_to_close end) as decimal(9, 1))
        as median_days_opportunity_to_close,
    cast(coalesce(sum(case when is_won then days_lead_to_close end), 0) as bigint) as days_lead_to_close_sum,
    count(case when is_won then days_lead_to_close end) as days_lead_to_close_count,
    cast(coalesce(sum(case when is_won then days_opportunity_to_close end), 0) as bigint)
        as days_opportunity_to_close_sum,
    count(case when is_won then days_opportunity_to_close end) as days_opportunity_to_close_count
from deals
group by month, opportunity_type
