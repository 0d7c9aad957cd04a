with

source as (

    select * from {{ source('reference', 'lifecycle_statuses') }}

),

renamed as (

    select
        source_system,
        status,
        stage,
        reason_class
    from source

)

select * from renamed
