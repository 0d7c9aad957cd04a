with

finance as (

    select
        source_system,
        invoice_id,
        account_id,
        opportunity_id,
        {{ date_or_moment('invoiced_at') }} as invoiced_at,
        cast(amount as decimal(18, 2)) as amount_original,
        currency
    from {{ ref('stg_finance__invoices') }}
    where not is_deleted

),

-- An invoice that was never sent, was withdrawn or will never be paid is no revenue; a status that nobody knows stops
-- the run before anything is published.
stripe_invoices as (

    select
        invoices.source_system,
        invoices.invoice_id,
        coalesce(invoices.account_id, customers.account_id) as account_id,
        invoices.opportunity_id,
        invoices.invoiced_at,
        {{ minor_units_to_amount('invoices.untaxed_minor_units', 'invoices.currency', 'stripe') }} as amount_original,
        invoices.currency,
        invoices.status not in ('draft', 'void', 'uncollectible') as counts
    from {{ ref('stg_stripe__invoices') }} as invoices
    left join {{ ref('stg_stripe__customers') }} as customers
        on invoices.customer_id = customers.customer_id and not customers.is_deleted
    where not invoices.is_deleted

),

stripe as (

    select
        source_system,
        invoice_id,
        account_id,
        opportunity_id,
        invoiced_at,
        amount_original,
        currency
    from stripe_invoices
    where counts

),

-- A credit note is of its invoice's opportunity. One of an invoice that doesn't count takes nothing back.
stripe_credit_notes as (

    select
        credit_notes.source_system,
        'credit_note:' || credit_notes.credit_note_id as invoice_id,
        invoices.account_id,
        invoices.opportunity_id,
        credit_notes.invoiced_at,
        -{{ minor_units_to_amount('credit_notes.untaxed_minor_units', 'credit_notes.currency', 'stripe') }}
            as amount_original,
        credit_notes.currency
    from {{ ref('stg_stripe__credit_notes') }} as credit_notes
    left join stripe_invoices as invoices
        on credit_notes.invoice_id = invoices.invoice_id
    where
        not credit_notes.is_deleted
        and credit_notes.status not in ('void')
        and coalesce(invoices.counts, true)

),

chargebee_invoices as (

    select
        source_system,
        invoice_id,
        account_id,
        opportunity_id,
        invoiced_at,
        {{ minor_units_to_amount('untaxed_minor_units', 'currency', 'chargebee') }} as amount_original,
        currency,
        status not in ('pending', 'voided', 'not_paid') as counts
    from {{ ref('stg_chargebee__invoices') }}
    where not is_deleted

),

chargebee as (

    select
        source_system,
        invoice_id,
        account_id,
        opportunity_id,
        invoiced_at,
        amount_original,
        currency
    from chargebee_invoices
    where counts

),

chargebee_credit_notes as (

    select
        credit_notes.source_system,
        'credit_note:' || credit_notes.credit_note_id as invoice_id,
        invoices.account_id,
        invoices.opportunity_id,
        credit_notes.invoiced_at,
        -{{ minor_units_to_amount('credit_notes.untaxed_minor_units', 'credit_notes.currency', 'chargebee') }}
            as amount_original,
        credit_notes.currency
    from {{ ref('stg_chargebee__credit_notes') }} as credit_notes
    left join chargebee_invoices as invoices
        on credit_notes.invoice_id = invoices.invoice_id
    where
        not credit_notes.is_deleted
        and credit_notes.status not in ('voided')
        and coalesce(invoices.counts, true)

)

select * from finance
union all
select * from stripe
union all
select * from stripe_credit_notes
union all
select * from chargebee
union all
select * from chargebee_credit_notes
