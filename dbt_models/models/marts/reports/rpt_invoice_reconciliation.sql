with

won_deals as (

    select
        currency,
        count(*) as won_deals,
        sum(amount_original) as won_amount_original,
        sum(invoiced_amount_original) as invoiced_amount_original,
        sum(amount) as won_amount,
        sum(invoiced_amount) as invoiced_amount,
        sum(invoiced_amount_at_deal_rate) as invoiced_amount_at_deal_rate
    from {{ ref('int_revenue__invoiced_deals') }}
    group by currency

),

invoices as (

    select
        currency,
        sum(amount_original) as all_invoiced_amount_original,
        sum(amount) as all_invoiced_amount
    from {{ ref('int_revenue__invoices') }}
    group by currency

),

joined as (

    select
        coalesce(won_deals.currency, invoices.currency) as currency,
        coalesce(won_deals.won_deals, 0) as won_deals,
        coalesce(won_deals.won_amount_original, 0) as won_amount_original,
        coalesce(won_deals.invoiced_amount_original, 0) as invoiced_amount_original,
        coalesce(invoices.all_invoiced_amount_original, 0) as all_invoiced_amount_original,
        coalesce(won_deals.won_amount, 0) as won_amount,
        coalesce(won_deals.invoiced_amount, 0) as invoiced_amount,
        coalesce(won_deals.invoiced_amount_at_deal_rate, 0) as invoiced_amount_at_deal_rate,
        coalesce(invoices.all_invoiced_amount, 0) as all_invoiced_amount
    from won_deals
    full outer join invoices
        on won_deals.currency = invoices.currency

)

select
    currency,
    cast(won_deals as bigint) as won_deals,
    cast(won_amount_original as decimal(18, 2)) as won_amount_original,
    cast(invoiced_amount_original as decimal(18, 2)) as invoiced_amount_original,
    cast(won_amount_original - invoiced_amount_original as decimal(18, 2)) as uninvoiced_amount_original,
    cast(
        all_invoiced_amount_original - invoiced_amount_original as decimal(18, 2)
    ) as invoiced_elsewhere_amount_original,
    cast(won_amount as decimal(18, 2)) as won_amount,
    cast(all_invoiced_amount as decimal(18, 2)) as invoiced_amount,
    cast(won_amount - invoiced_amount_at_deal_rate as decimal(18, 2)) as uninvoiced_amount,
    cast(invoiced_amount_at_deal_rate - invoiced_amount as decimal(18, 2)) as exchange_difference,
    cast(all_invoiced_amount - invoiced_amount as decimal(18, 2)) as invoiced_elsewhere_amount
from joined
