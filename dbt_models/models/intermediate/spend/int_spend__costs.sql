with

converted as (

    select
        daily_costs.*,
        exchange_rates.currency as cost_currency,
        exchange_rates.has_rate,
        coalesce(
            {{ convert_to_billionths(
                'daily_costs.cost_original', 'exchange_rates.from_rate', 'exchange_rates.to_rate'
            ) }},
            0
        ) as billionths
    from {{ ref('int_spend__daily_costs') }} as daily_costs
    inner join {{ ref('int_spend__exchange_rates') }} as exchange_rates
        on
            daily_costs.source_system = exchange_rates.source_system
            and coalesce(daily_costs.currency, '') = exchange_rates.currency_given
            and daily_costs.spend_date = exchange_rates.rate_date

),

running as (

    select
        *,
        sum(billionths) over (
            partition by bill
            order by
                {{ dbt.date_trunc('month', 'spend_date') }} asc,
                campaign_id asc nulls first,
                ad_account_id asc nulls first,
                spend_date asc
            rows between unbounded preceding and current row
        ) as billionths_so_far
    from converted

)

-- A day costs what it adds to the rounded sum so far. So the days of a bill always sum to the bill, rounded once, and
-- every month, and every campaign within it, lies less than a cent from its own sum.
select
    source_system,
    spend_date,
    ad_account_id,
    campaign_id,
    campaign,
    source,
    medium,
    campaign_type,
    cost_currency as currency,
    cast(cost_original as decimal(18, 6)) as cost_original,
    has_rate,
    {{ cents_to_amount(
        billionths_to_cents('billionths_so_far') ~ ' - ' ~ billionths_to_cents('(billionths_so_far - billionths)')
    ) }} as cost,
    impressions,
    clicks
from running
