with

source as (

    select * from {{ source('raw_finance', 'invoices') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        invoice_id,
        {{ salesforce_id('account_id') }} as account_id,
        {{ salesforce_id('opportunity_id') }} as opportunity_id,

        -- texts
        upper(trim(currency)) as currency,

        -- numbers
        amount,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        invoiced_at,

        -- lineage
        'finance' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
