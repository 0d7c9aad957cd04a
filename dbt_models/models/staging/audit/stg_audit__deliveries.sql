with

source as (

    select * from {{ source('audit', 'deliveries') }}

),

renamed as (

    select
        source_system,
        object as object_name,
        file as file_name,
        rows as delivered_rows,
        loaded_at
    from source

)

select * from renamed
