{{ config(meta={'dagster': {'ref': {'name': 'int_finance__invoices'}}}) }}
-- Fails if two systems deliver the same invoices, so that the books would show each twice. Deliver them from one of the
-- two: take the other's folder out of the landing folder and run a full refresh.
with

invoices as (

    select
        source_system,
        invoice_id,
        coalesce(opportunity_id, account_id) as billed,
        amount_original,
        currency,
        {{ company_date('invoiced_at') }} as invoiced_on
    from {{ ref('int_finance__invoices') }}
    where amount_original <> 0

),

counted as (

    select
        source_system,
        count(*) as invoices
    from invoices
    group by source_system

),

-- The clock of a payment system and the day of the books may lie a day apart.
shared as (

    select
        one.source_system,
        other.source_system as other_system,
        count(distinct one.invoice_id) as invoices,
        min(one.invoice_id) as example
    from invoices as one
    inner join invoices as other
        on
            one.billed = other.billed
            and one.amount_original = other.amount_original
            and one.currency = other.currency
            and one.source_system < other.source_system
    where abs({{ dbt.datediff('one.invoiced_on', 'other.invoiced_on', 'day') }}) <= 1
    group by one.source_system, other.source_system

)

-- One amount may be billed by two systems by chance; a fifth of all can't be.
select
    shared.source_system,
    shared.other_system,
    shared.invoices as shared_invoices,
    shared.example,
    counted.invoices,
    other_counted.invoices as other_invoices
from shared
inner join counted on shared.source_system = counted.source_system
inner join counted as other_counted on shared.other_system = other_counted.source_system
where shared.invoices * 5 > least(counted.invoices, other_counted.invoices)
