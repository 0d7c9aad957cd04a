with

source as (

    select * from {{ source('reference', 'opportunity_types') }}

),

renamed as (

    select
        source_system,
        type,
        opportunity_type
    from source

)

select * from renamed
