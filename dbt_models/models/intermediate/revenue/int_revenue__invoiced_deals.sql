with

won_deals as (

    select * from {{ ref('int_revenue__opportunities') }}
    where outcome = 'won'

),

invoices as (

    select
        opportunity_id,
        currency,
        sum(amount_original) as invoiced_amount_original,
        sum(amount) as invoiced_amount
    from {{ ref('int_revenue__invoices') }}
    where opportunity_id is not null
    group by opportunity_id, currency

)

select
    won_deals.opportunity_id,
    won_deals.currency,
    won_deals.amount_original,
    won_deals.amount,
    cast(coalesce(invoices.invoiced_amount_original, 0) as decimal(18, 2)) as invoiced_amount_original,
    cast(coalesce(invoices.invoiced_amount, 0) as decimal(18, 2)) as invoiced_amount,
    -- An opportunity invoiced in full is its amount, whatever the digits of the rate.
    case
        when invoices.invoiced_amount_original is null then cast(0 as decimal(18, 2))
        when invoices.invoiced_amount_original = won_deals.amount_original then won_deals.amount
        else {{ convert_money(
            'cast(invoices.invoiced_amount_original as decimal(18, 2))', 'cast(1 as decimal(28, 12))',
            'won_deals.exchange_rate'
        ) }}
    end as invoiced_amount_at_deal_rate
from won_deals
left join invoices
    on
        won_deals.opportunity_id = invoices.opportunity_id
        and won_deals.currency = invoices.currency
