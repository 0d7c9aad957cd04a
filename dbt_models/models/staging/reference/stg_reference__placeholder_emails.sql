with

source as (

    select * from {{ source('reference', 'placeholder_emails') }}

),

renamed as (

    select lower(trim(value)) as value
    from source

)

select distinct value from renamed
where value is not null
