with

invoices as (

    select
        *,
        {{ company_date('invoiced_at') }} as invoice_date
    from {{ ref('int_finance__invoices') }}

),

-- The books number accounts and opportunities as their CRM does.
given_ids as (

    select * from {{ ref('int_crm__given_ids') }}

)

select
    invoices.source_system,
    invoices.invoice_id,
    coalesce(accounts.record_key, invoices.account_id) as account_id,
    coalesce(opportunities.record_key, invoices.opportunity_id) as opportunity_id,
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
left join given_ids as accounts
    on
        invoices.account_id = accounts.given_id
        and accounts.record_type = 'account'
left join given_ids as opportunities
    on
        invoices.opportunity_id = opportunities.given_id
        and opportunities.record_type = 'opportunity'
