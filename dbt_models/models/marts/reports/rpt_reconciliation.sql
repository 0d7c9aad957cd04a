with

models as (

    select model from {{ ref('stg_reference__attribution_models') }}
    where enabled

),

credit as (

    select
        model,
        sum(case when credit_status = 'credited' then attributed_amount else 0 end) as credited,
        sum(case when credit_status = 'pending' then attributed_amount else 0 end) as pending,
        sum(case when credit_status = 'unattributed' then attributed_amount else 0 end) as unattributed
    from {{ ref('fct_attribution') }}
    group by model

),

crm as (

    select
        coalesce(sum(amount), 0) as crm_amount,
        coalesce(sum(case when outcome = 'won' then amount else 0 end), 0) as won_amount
    from {{ ref('int_revenue__opportunities') }}

),

-- Null, not zero, when the books weren't delivered: nothing to compare is no difference of the whole revenue.
finance as (

    select
        sum(invoiced_amount) as invoiced_amount,
        sum(uninvoiced_amount) as uninvoiced_amount,
        sum(exchange_difference) as exchange_difference,
        sum(invoiced_elsewhere_amount) as invoiced_elsewhere_amount
    from {{ ref('rpt_invoice_reconciliation') }}
    where (select count(*) from {{ ref('int_revenue__invoices') }}) > 0

)

select
    models.model,
    cast(coalesce(credit.credited, 0) as decimal(18, 2)) as credited,
    cast(coalesce(credit.pending, 0) as decimal(18, 2)) as pending,
    cast(coalesce(credit.unattributed, 0) as decimal(18, 2)) as unattributed,
    cast(crm.crm_amount as decimal(18, 2)) as crm_amount,
    cast(
        coalesce(credit.credited, 0) + coalesce(credit.pending, 0) + coalesce(credit.unattributed, 0) - crm.crm_amount
        as decimal(18, 2)
    ) as difference,
    cast(crm.won_amount as decimal(18, 2)) as won_amount,
    cast(finance.invoiced_amount as decimal(18, 2)) as invoiced_amount,
    cast(crm.won_amount - finance.invoiced_amount as decimal(18, 2)) as invoice_difference,
    cast(finance.uninvoiced_amount as decimal(18, 2)) as uninvoiced_amount,
    cast(finance.exchange_difference as decimal(18, 2)) as exchange_difference,
    cast(finance.invoiced_elsewhere_amount as decimal(18, 2)) as invoiced_elsewhere_amount
from models
cross join crm
cross join finance
left join credit
    on models.model = credit.model
