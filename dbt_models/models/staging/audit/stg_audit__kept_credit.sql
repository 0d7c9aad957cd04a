with

source as (

    select * from {{ source('audit', 'kept_credit') }}

),

renamed as (

    select
        opportunity_id,
        channel,
        amount,
        valid_from,
        valid_to
    from source

)

select * from renamed
