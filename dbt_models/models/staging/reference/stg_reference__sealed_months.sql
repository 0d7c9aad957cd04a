with

source as (

    select * from {{ source('reference', 'sealed_months') }}

),

renamed as (

    select
        month,
        sealed_at
    from source

)

select * from renamed
