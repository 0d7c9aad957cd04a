with

source as (

    select * from {{ source('raw_stripe', 'credit_notes') }}

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
        coalesce(total_excluding_tax, total) as untaxed_minor_units,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        created as invoiced_at,

        -- lineage
        'stripe' as source_system,
        _file as source_file
    from source

)

select * from renamed
