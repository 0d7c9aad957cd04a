with

invoices as (

    select
        *,
        {{ company_date('invoiced_at') }} as invoice_date
    from {{ ref('int_finance__invoices') }}

)

select
    invoices.source_system,
    invoices.invoice_id,
    invoices.account_id,
    invoices.opportunity_id,
    invoices.invoiced_at,
    invoices.invoice_date,
    invoices.amount_original,
    exchange_rates.currency,
    exchange_rates.exchange_rate,
    exchange_rates.has_rate,
    coalesce(
        {{ convert_money('invoices.amount_original', 'exchange_rates.from_rate', 'exchange_rates.to_rate') }},
        cast(0 as decimal(18, 2))
    ) as amount
from invoices
inner join {{ ref('int_revenue__exchange_rates') }} as exchange_rates
    on
        invoices.source_system = exchange_rates.source_system
        and coalesce(invoices.currency, '') = exchange_rates.currency_given
        and invoices.invoice_date is not distinct from exchange_rates.rate_date
