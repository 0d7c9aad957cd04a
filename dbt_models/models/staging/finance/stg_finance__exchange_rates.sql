with

source as (

    select * from {{ source('raw_finance', 'exchange_rates') }}

),

renamed as (

    select
        -- texts
        upper(trim(currency)) as currency,

        -- numbers
        units_per_reporting_currency,

        -- booleans
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        valid_from,
        valid_to,

        -- lineage
        'finance' as source_system,
        _file as source_file
    from source

)

select * from renamed
