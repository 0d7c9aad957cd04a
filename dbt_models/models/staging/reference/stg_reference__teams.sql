with

source as (

    select * from {{ source('reference', 'teams') }}

),

renamed as (

    select
        match_field,
        match_value,
        team,
        position
    from source

)

select * from renamed
