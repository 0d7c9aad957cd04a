with

source as (

    select * from {{ source('reference', 'free_email_domains') }}

),

renamed as (

    select lower(trim(domain)) as domain
    from source

)

select * from renamed
