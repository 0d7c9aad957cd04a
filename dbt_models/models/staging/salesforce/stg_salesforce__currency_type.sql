with

source as (

    select * from {{ source('raw_salesforce', 'currency_type') }}

),

run_context as (

    select expand_short_ids from {{ ref('stg_reference__run_context') }}

),

renamed as (

    select
        -- ids
        {{ salesforce_id('Id') }} as currency_type_id,

        -- texts
        upper(trim(IsoCode)) as currency,

        -- numbers
        ConversionRate as units_per_corporate,
        DecimalPlaces as decimal_places,

        -- booleans
        IsCorporate as is_corporate,
        IsActive as is_active,
        _deleted_at is not null or coalesce(_deleted_by_loader, false) as is_deleted,

        -- dates and times
        LastModifiedDate as last_modified_at,
        SystemModstamp as system_modstamp,

        -- lineage
        'salesforce' as source_system,
        _file as source_file
    from source
    cross join run_context

)

select * from renamed
