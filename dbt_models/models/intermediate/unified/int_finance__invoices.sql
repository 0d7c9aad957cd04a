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

)

select * from finance
