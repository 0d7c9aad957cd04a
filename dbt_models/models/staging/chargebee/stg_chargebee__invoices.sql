with

source as (

    select * from {{ source('raw_chargebee', 'invoices') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        id as invoice_id,
        customer_id,
        coalesce(
            {{ salesforce_id('account_id') }},
            {{ record_key('hubspot', 'account', 'hubspot_company_id') }}
        ) as account_id,
        coalesce(
            {{ salesforce_id('opportunity_id') }},
            {{ record_key('hubspot', 'opportunity', 'hubspot_deal_id') }}
        ) as opportunity_id,

        -- texts
        lower(trim(status)) as status,
        currency,

        -- numbers
        total - coalesce(tax, 0) as untaxed_minor_units,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        date as invoiced_at,

        -- lineage
        'chargebee' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
