with

source as (

    select * from {{ source('raw_chargebee', 'credit_notes') }}

),

renamed as (

    select
        -- ids
        id as credit_note_id,
        invoice_id,

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

)

select * from renamed
