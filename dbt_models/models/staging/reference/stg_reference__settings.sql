with

source as (

    select * from {{ source('reference', 'settings') }}

),

renamed as (

    select
        key,
        value
    from source

)

select * from renamed
