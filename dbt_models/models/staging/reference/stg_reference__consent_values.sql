with

source as (

    select * from {{ source('reference', 'consent_values') }}

),

renamed as (

    select
        source_system,
        coalesce(lower(trim(value)), '') as value,
        consent
    from source

)

select * from renamed
