with

source as (

    select * from {{ source('reference', 'shared_mailboxes') }}

),

renamed as (

    select lower(trim(local_part)) as local_part
    from source

)

select * from renamed
